// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/doctor.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "recorder/kernel/hook_trials.h"
#include "recorder/kernel/kernel_btf.h"
#include "recorder/kernel/probes.h"
#include "recorder/run/privileges.h"
#include "recorder/run/report_lines.h"

namespace ebpftrace::recorder {
namespace {

std::optional<std::string> first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

// The number behind "NAME:" in /proc/meminfo, in KiB.
uint64_t meminfo_kib(std::string_view name) {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name) && line[name.size()] == ':') return std::stoull(line.substr(name.size() + 1));
  return 0;
}

class Report {
 public:
  explicit Report(size_t width) : width_(width) {}
  void heading(std::string_view text) const { fmt::print("\n{}\n", text); }
  void good(std::string_view term, std::string_view text) const { line("ok", term, text); }
  // Prevents recording.
  void bad(std::string_view term, std::string_view text) const { line("!!", term, text); }
  // Is not to be had, and recording does without.
  void lacking(std::string_view term, std::string_view text) const { line("no", term, text); }
  void note(std::string_view term, std::string_view text) const { line("-", term, text); }
  // A setting of the kernel, with what its values mean.
  void setting(std::string_view term, const char* path, std::string_view meaning) const {
    const auto value = first_line(path);
    note(term, value ? fmt::format("{} ({})", *value, meaning) : fmt::format("{} is not there", path));
  }
  void trial(std::string_view term, const Trial& trial, bool needed) const {
    if (trial.works()) return good(term, "works");
    line(needed ? "!!" : "no", term,
         fmt::format("{}: {}{}", trial.doing, std::strerror(trial.error), why(trial.error)));
  }

 private:
  void line(std::string_view mark, std::string_view term, std::string_view text) const {
    fmt::print("{}", report_line(mark, term, text, width_));
  }
  static std::string why(int error) {
    if (error != EPERM && error != EACCES) return {};
    const std::string missing = missing_capabilities();
    return missing.empty() ? describe_lockdown() : fmt::format("; this process lacks {}", missing);
  }
  size_t width_;
};

void kernel(const Report& report) {
  report.heading("Kernel");
  utsname name{};
  ::uname(&name);
  unsigned major = 0, minor = 0;
  std::sscanf(name.release, "%u.%u", &major, &minor);
  const std::string release = fmt::format("{} {}", name.release, name.machine);
  if (std::string_view(name.machine) != "x86_64")
    report.bad("release", release + "; system calls are known for x86_64 only");
  else if (major < 6 || (major == 6 && minor < 1))
    report.bad("release", release + "; 6.1 or later is needed");
  else
    report.good("release", release);
  report.note(
      "lockdown",
      first_line("/sys/kernel/security/lockdown").value_or("unknown: /sys/kernel/security/lockdown is not there"));
  std::string modules =
      first_line("/sys/kernel/security/lsm").value_or("unknown: /sys/kernel/security/lsm is not there");
  for (size_t comma = 0; (comma = modules.find(',', comma)) != std::string::npos; comma += 2)
    modules.insert(comma + 1, " ");
  report.note("security modules", modules);
  report.setting("unprivileged BPF", "/proc/sys/kernel/unprivileged_bpf_disabled",
                 "0: allowed; 1, 2: capabilities are needed, as for us anyway");
  report.setting("BPF JIT", "/proc/sys/net/core/bpf_jit_enable", "1: compiled; 0: interpreted, several times slower");
  report.setting("perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid", "only matters without CAP_PERFMON");
}

void btf(const Report& report, const KernelBtf* types, const std::string& why_not) {
  if (types)
    report.good("BTF", fmt::format("{} KiB from {}", types->bytes() >> 10, types->source()));
  else
    report.bad("BTF", why_not);
  std::ifstream events("/sys/kernel/tracing/events/header_page");
  report.note("tracefs", events ? "mounted at /sys/kernel/tracing"
                                : "not readable at /sys/kernel/tracing; recording does not need it");
}

void privilege(const Report& report) {
  report.heading("Privilege");
  struct Use {
    cap_value_t capability;
    const char* use;
    bool needed;
  };
  constexpr Use kUses[] = {
      {CAP_BPF, "load programs", true},
      {CAP_PERFMON, "attach them and read kernel memory", true},
      {CAP_SYS_ADMIN, "includes both; also reads the kernel's BTF where /sys is hidden", false},
      {CAP_SYS_NICE, "drain before what is recorded runs", false},
      {CAP_SYS_PTRACE, "see what programs of other users run at the start", false},
      {CAP_DAC_READ_SEARCH, "read cgroup and /proc files of others", false},
      {CAP_NET_ADMIN, "attach to network interfaces", false},
      {CAP_SETPCAP, "empty the bounding set when privileges go", false},
      {CAP_SETUID, "run the command, and then ourselves, as the user who called sudo", false},
  };
  const std::unique_ptr<_cap_struct, decltype(&::cap_free)> own(::cap_get_proc(), ::cap_free);
  const bool enough = missing_capabilities().empty();
  for (const auto& [capability, use, needed] : kUses) {
    cap_flag_value_t value = CAP_CLEAR;
    if (own) ::cap_get_flag(own.get(), capability, CAP_EFFECTIVE, &value);
    char* name = ::cap_to_name(capability);
    std::string upper = name ? name : "?";
    ::cap_free(name);
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (value == CAP_SET)
      report.good(upper, use);
    else if (needed && !enough)
      report.bad(upper, fmt::format("missing: {}", use));
    else
      report.lacking(upper, fmt::format("missing: {}", use));
  }
  report.note("user", fmt::format("uid {}, effective {}", ::getuid(), ::geteuid()));
  report.note("seccomp",
              first_line("/proc/sys/kernel/seccomp/actions_avail").value_or("unknown: no /proc/sys/kernel/seccomp"));
}

void features(const Report& report, const KernelBtf* types) {
  report.heading("Ways to hook, each tried");
  report.trial("tracepoint", try_tracepoint(types), true);
  report.trial("kprobe", try_kprobe(), false);
  report.trial("kprobe.multi", try_kprobe_multi(), false);
  report.trial("fentry", try_fentry(types), false);

  report.heading("BPF features");
  auto have = [&](std::string_view term, bool there, std::string_view otherwise) {
    if (there)
      report.good(term, "there");
    else
      report.bad(term, otherwise);
  };
  const bool may_ask = missing_capabilities().empty();
  auto map = [&](std::string_view term, bpf_map_type type, std::string_view otherwise) {
    const int answer = libbpf_probe_bpf_map_type(type, nullptr);
    if (!may_ask && answer <= 0)
      report.note(term, "unknown: asking takes the capabilities above");
    else
      have(term, answer > 0, otherwise);
  };
  map("ring buffer", BPF_MAP_TYPE_RINGBUF, "missing; Linux 5.8 has it");
  map("task storage", BPF_MAP_TYPE_TASK_STORAGE, "missing; Linux 5.11 has it");
  if (types) {
    have("task iterator", types->has_function("bpf_iter_task"), "missing; Linux 5.8 has it");
    if (types->has_function("bpf_rdonly_cast"))
      report.good("rdonly_cast", "there");
    else
      report.lacking("rdonly_cast", "missing (Linux 6.2 has it): kernel memory is read by a helper, which costs more");
  }
}

void machine(const Report& report, const Options& options) {
  report.heading("Machine");
  const int cpus = libbpf_num_possible_cpus();
  report.note("CPUs", fmt::format("{} possible, {} online", cpus, ::sysconf(_SC_NPROCESSORS_ONLN)));
  const uint64_t ring_mib = std::bit_ceil(std::max<uint64_t>(options.ring_bytes, CHUNK_BYTES)) >> 20;
  const uint64_t rings_mib = ring_mib * static_cast<uint64_t>(std::max(cpus, 1));
  const uint64_t available_mib = meminfo_kib("MemAvailable") >> 10;
  const std::string memory =
      fmt::format("{} MiB for {} CPUs, of {} MiB that are available", rings_mib, cpus, available_mib);
  if (rings_mib * 2 > available_mib)
    report.bad("ring memory", memory + "; choose a smaller --ring-size");
  else
    report.good("ring memory", memory);
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  report.note("memlock limit",
              limit.rlim_cur == RLIM_INFINITY
                  ? "none"
                  : fmt::format("{} KiB; BPF maps have not counted since Linux 5.11", limit.rlim_cur >> 10));
  const std::string clock =
      first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource").value_or("unknown");
  if (clock == "hpet" || clock == "acpi_pm" || clock == "jiffies")
    report.note(
        "clock",
        fmt::format("{}; reading it takes long, which every record does twice; tsc or kvm-clock is wanted", clock));
  else
    report.good("clock", clock);
  const Trial cycles = try_cycle_counter();
  report.trial("hardware counters", cycles, false);
  const auto io_uring = first_line("/proc/sys/kernel/io_uring_disabled");
  report.note("io_uring", !io_uring || *io_uring == "0"
                              ? "enabled; what programs do through it makes no system calls and is not recorded"
                          : *io_uring == "1" ? "for one group only (io_uring_disabled is 1)"
                                             : "disabled");
}

// What a recording would do until it records: the whole object, loaded and attached. Nothing is chosen, so nothing is traced.
int rehearse(const Report& report, const Options& options) {
  report.heading("Our own programs");
  try {
    const auto begin = std::chrono::steady_clock::now();
    ProbeOptions probe_options;
    probe_options.rules = RULE_PROCESS;  // and none is chosen
    probe_options.ring_bytes_per_cpu = 1;
    probe_options.btf_file = options.btf_file;
    Probes probes(probe_options);
    probes.attach();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    report.good("load and attach", fmt::format("works, in {} ms", took.count()));
    fmt::print("\nRecording works here.\n");
    return 0;
  } catch (const ProbeError& error) {
    report.bad("load and attach", error.what());
    fmt::print("\nRecording will not work here: see the lines with !!.\n");
    return exit_status_of(error.kind);
  }
}

}  // namespace

int doctor(const Options& options) {
  libbpf_set_print(nullptr);
  const Report report(terminal_width());
  fmt::print("What ebpf-record finds here (!!: prevents recording; no: missing, not needed)\n");
  std::optional<KernelBtf> types;
  std::string why_not;
  try {
    types.emplace(options.btf_file);
  } catch (const ProbeError& error) {
    why_not = error.what();
  }
  const KernelBtf* known = types ? &*types : nullptr;
  kernel(report);
  btf(report, known, why_not);
  privilege(report);
  features(report, known);
  machine(report, options);
  return rehearse(report, options);
}

}  // namespace ebpftrace::recorder
