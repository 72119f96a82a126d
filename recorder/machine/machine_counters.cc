// SPDX-License-Identifier: Apache-2.0
#include "recorder/machine/machine_counters.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <charconv>

#include "recorder/event_columns.h"
#include "trace/format/clocks.h"
#include "trace/format/frame.h"

namespace ebpftrace::recorder {
namespace {

// A counter of one CPU, whoever runs there. -1 if there is none, or we may not.
int open_counter(uint32_t type, uint64_t config, uint32_t cpu, int group) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = type;
  attr.config = config;
  attr.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return static_cast<int>(
      ::syscall(SYS_perf_event_open, &attr, -1, static_cast<int>(cpu), group, PERF_FLAG_FD_CLOEXEC));
}

uint64_t load(u64& counter) { return std::atomic_ref(counter).load(std::memory_order_relaxed); }

// Fields of a line of /proc/stat, behind its name.
std::vector<uint64_t> numbers(std::string_view line) {
  std::vector<uint64_t> values;
  for (size_t at = line.find(' '); at != std::string_view::npos && values.size() < 16;) {
    at = line.find_first_not_of(' ', at);
    if (at == std::string_view::npos) break;
    uint64_t value = 0;
    std::from_chars(line.data() + at, line.data() + line.size(), value);
    values.push_back(value);
    at = line.find(' ', at);
  }
  return values;
}

}  // namespace

ProcStat parse_proc_stat(std::string_view text, uint32_t cpus, uint64_t ns_per_tick) {
  enum { kUser, kNice, kSystem, kIdle, kIoWait, kIrq, kSoftIrq, kFields };
  ProcStat stat;
  stat.cpus.resize(cpus);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    const auto values = numbers(line);
    if (line.starts_with("procs_running ") && !values.empty()) stat.running = static_cast<uint32_t>(values[0]);
    uint32_t cpu = 0;
    if (!line.starts_with("cpu") || line.size() < 4 ||
        std::from_chars(line.data() + 3, line.data() + line.size(), cpu).ec != std::errc() || cpu >= cpus ||
        values.size() < kFields)
      continue;
    stat.cpus[cpu] = CpuTimes{(values[kUser] + values[kNice]) * ns_per_tick,
                              (values[kSystem] + values[kIrq] + values[kSoftIrq]) * ns_per_tick,
                              (values[kIdle] + values[kIoWait]) * ns_per_tick};
  }
  return stat;
}

MachineCounters::MachineCounters(Sources sources)
    : sources_(std::move(sources)),
      cpus_(sources_.rings.size()),
      proc_stat_(::open("/proc/stat", O_RDONLY | O_CLOEXEC)),
      ns_per_tick_(1'000'000'000 / static_cast<uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)))) {
  for (uint32_t cpu = 0; cpu < cpus_.size(); ++cpu) open(cpu);
  sample([](const metrics_record&) {});  // what there was before
}

MachineCounters::~MachineCounters() {
  for (const Cpu& cpu : cpus_)
    for (const int fd : cpu.members) ::close(fd);
  if (proc_stat_ >= 0) ::close(proc_stat_);
}

void MachineCounters::open(uint32_t number) {
  Cpu& cpu = cpus_[number];
  auto group = [&](uint32_t type, std::initializer_list<uint64_t> configs) {
    std::vector<int> fds;
    for (const uint64_t config : configs) {
      const int fd = open_counter(type, config, number, fds.empty() ? -1 : fds.front());
      if (fd < 0) {
        for (const int opened : fds) ::close(opened);
        return -1;
      }
      fds.push_back(fd);
    }
    cpu.members.insert(cpu.members.end(), fds.begin(), fds.end());
    return fds.front();
  };
  cpu.software = group(PERF_TYPE_SOFTWARE, {PERF_COUNT_SW_PAGE_FAULTS_MIN, PERF_COUNT_SW_PAGE_FAULTS_MAJ,
                                            PERF_COUNT_SW_CONTEXT_SWITCHES, PERF_COUNT_SW_CPU_MIGRATIONS});
  cpu.hardware = group(PERF_TYPE_HARDWARE, {PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS});
}

void MachineCounters::read_counters(Cpu& cpu) const {
  auto read_group = [&](int fd, Counter first, size_t count) {
    for (size_t i = 0; i < count; ++i) cpu.counters[first + i].reset();
    uint64_t values[3 + 4];  // number of counters, time enabled, time running, the counters
    if (fd < 0 || ::read(fd, values, sizeof values) != static_cast<ssize_t>((3 + count) * sizeof values[0]) ||
        values[0] != count)
      return;
    for (size_t i = 0; i < count; ++i) {
      // Hardware counters may have been shared with somebody: the kernel says for how long they really counted.
      const auto scale = values[2] ? static_cast<double>(values[1]) / static_cast<double>(values[2]) : 0;
      if (values[2] == values[1])
        cpu.counters[first + i] = values[3 + i];
      else if (values[2])
        cpu.counters[first + i] = static_cast<uint64_t>(static_cast<double>(values[3 + i]) * scale);
    }
  };
  read_group(cpu.software, kMinor, 4);
  read_group(cpu.hardware, kCycles, 2);
}

std::string MachineCounters::read_proc_stat() const {
  std::string text;
  char piece[16384];
  for (ssize_t n; proc_stat_ >= 0 && text.size() < (8u << 20) &&
                  (n = ::pread(proc_stat_, piece, sizeof piece, static_cast<off_t>(text.size()))) > 0;)
    text.append(piece, static_cast<size_t>(n));
  return text;
}

// What is not of a known CPU counts with the first.
std::vector<uint64_t> MachineCounters::lost_by_cpu() const {
  std::vector<uint64_t> lost(cpus_.size());
  for (const EventCount& count : sources_.counts())
    if (count.what != schema::Count::What::PRODUCED) lost[count.cpu < lost.size() ? count.cpu : 0] += count.count;
  return lost;
}

void MachineCounters::sample(const std::function<void(const metrics_record&)>& take) {
  sources_.sample_run_queues();
  const ProcStat stat = parse_proc_stat(read_proc_stat(), static_cast<uint32_t>(cpus_.size()), ns_per_tick_);
  const auto lost = lost_by_cpu();
  const uint64_t recorder_ns = sources_.recorder_ns(), now = static_cast<uint64_t>(trace::clock_ns(CLOCK_BOOTTIME));
  bool queues_known = false;
  for (ring_control& ring : sources_.rings) queues_known |= std::atomic_ref(ring.runnable_known).load() != 0;

  for (uint32_t number = 0; number < cpus_.size(); ++number) {
    Cpu& cpu = cpus_[number];
    ring_control& ring = sources_.rings[number];
    const Cpu before = cpu;
    read_counters(cpu);
    cpu.times = stat.cpus[number];
    cpu.syscalls = load(ring.syscalls_made);
    cpu.forks = load(ring.forks);
    cpu.lost = lost[number];
    cpu.was_online |= cpu.times.has_value();

    using namespace metrics_columns;
    metrics_record row{};
    row.head.type = EVENT_METRICS;
    row.head.cpu = static_cast<u16>(number);
    row.head.size = sizeof row;
    row.time_ns = now;
    row.interval_ns = now - last_ns_;
    auto set = [&](u64& value, unsigned column, bool known, uint64_t count) {
      value = known ? count : 0;
      if (!known) row.unavailable |= 1u << column;
    };
    auto counter = [&](u64& value, unsigned column, Counter which) {
      const auto &from = before.counters[which], &to = cpu.counters[which];
      const bool known = cpu.times && from && to && *to >= *from;  // of a CPU that is offline they stand still
      set(value, column, known, known ? *to - *from : 0);
    };
    set(row.syscalls, syscalls, sources_.all_calls_counted, cpu.syscalls - before.syscalls);
    counter(row.minor_faults, minor_faults, kMinor);
    counter(row.major_faults, major_faults, kMajor);
    counter(row.context_switches, context_switches, kSwitches);
    counter(row.migrations, migrations, kMigrations);
    row.forks = cpu.forks - before.forks;
    counter(row.cycles, cycles, kCycles);
    counter(row.instructions, instructions, kInstructions);
    auto time = [&](u64& value, unsigned column, uint64_t CpuTimes::*part) {
      const bool known = cpu.times && before.times;
      // The kernel's idle time may go back by a tick.
      set(value, column, known, known ? (*cpu.times).*part - std::min((*cpu.times).*part, (*before.times).*part) : 0);
    };
    time(row.user_ns, user_ns, &CpuTimes::user_ns);
    time(row.system_ns, system_ns, &CpuTimes::system_ns);
    time(row.idle_ns, idle_ns, &CpuTimes::idle_ns);
    if (std::atomic_ref(ring.runnable_known).load())
      row.runnable = std::atomic_ref(ring.runnable).load();
    else if (!queues_known && number == 0 && stat.running)
      row.runnable = *stat.running ? *stat.running - 1 : 0;  // without the recorder, which is asking
    else
      row.unavailable |= 1u << runnable;
    row.ring_peak_bytes = sources_.take_ring_peak(number);
    row.lost = cpu.lost - before.lost;
    row.recorder_ns = number == 0 ? recorder_ns - recorder_ns_ : 0;
    if (cpu.was_online) take(row);
  }
  last_ns_ = now;
  recorder_ns_ = recorder_ns;
}

}  // namespace ebpftrace::recorder
