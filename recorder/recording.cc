// SPDX-License-Identifier: Apache-2.0
#include "recorder/recording.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "recorder/command.h"
#include "recorder/config_file.h"
#include "recorder/drain.h"
#include "recorder/header_message.h"
#include "recorder/machine_counters.h"
#include "recorder/network/edge.h"
#include "recorder/probes.h"
#include "recorder/process_list.h"
#include "recorder/process_snapshot.h"
#include "recorder/sandbox.h"
#include "recorder/status_line.h"
#include "recorder/trace_file.h"
#include "recorder/trace_writer.h"

namespace ebpftrace {
namespace {

using Clock = std::chrono::steady_clock;

// How long a pass waits for the next. At 5 million calls a second and 64 bytes each, 2 ms are 0.6 MiB of a 16 MiB ring.
constexpr std::chrono::milliseconds kBusyWait{2};
constexpr std::chrono::milliseconds kIdleWait{8};
// A ring this full is emptied again at once.
constexpr double kHurryFill = 0.25;
// Blocks that may wait for the compressor while the snapshot is taken, of at least 64 that there are of a type.
constexpr size_t kMostWaiting = 16;
// After the first signal, a command has so long to end by it, so that its end is in the trace.
constexpr std::chrono::seconds kCommandGrace{1};

struct Fd {
  int fd = -1;
  explicit Fd(int fd) : fd(fd) {}
  Fd(Fd&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
};

// SIGINT, SIGTERM and SIGHUP as a descriptor; blocked for all threads made from here on.
Fd catch_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::vector<Fd> open_targets(const std::vector<uint32_t>& pids, std::vector<uint32_t>& tgids) {
  std::vector<Fd> fds;
  for (const uint32_t pid : pids) {
    const auto tgid = process_of(pid);
    Fd fd(tgid ? static_cast<int>(::syscall(SYS_pidfd_open, *tgid, 0)) : -1);
    if (fd.fd < 0)
      throw ProbeError(ProbeError::Kind::kNoSuchProcess, fmt::format("there is no process {} (-p)", pid));
    fds.push_back(std::move(fd));
    tgids.push_back(*tgid);
  }
  return fds;
}

RecorderCost own_cost() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto ns = [](const timeval& t) { return uint64_t(t.tv_sec) * 1'000'000'000 + uint64_t(t.tv_usec) * 1000; };
  RecorderCost cost;
  cost.user_ns = ns(usage.ru_utime);
  cost.system_ns = ns(usage.ru_stime);
  cost.max_rss_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  return cost;
}

std::string describe_filter(const Options& options) {
  if (options.network_only()) return fmt::format("interfaces {}", fmt::join(options.edge.interfaces, ","));
  return options.filter.describe(options.command.empty() ? "" : options.command.front()) +
         (options.config.empty() ? "" : fmt::format(" (from {}, read again on SIGHUP)", options.config));
}

std::vector<Probes::Target> probe_targets(const std::vector<uint32_t>& tgids, const Command* command, target_mode mode) {
  std::vector<Probes::Target> targets;
  for (const uint32_t tgid : tgids) targets.push_back({tgid, TARGET_TRACED});
  if (command) targets.push_back({static_cast<uint32_t>(command->pid()), mode});
  return targets;
}

// Waits for something to do; true if the recording should end, with why.
class StopConditions {
 public:
  // reload: what SIGHUP does, if it does not end the recording.
  StopConditions(const Options& options, const Fd& signals, Command* command, std::vector<Fd>& targets, NetworkEdge* edge,
                 std::function<void()> reload)
      : signals_(signals), command_(command), targets_(targets), edge_(edge), network_only_(options.network_only()),
        reload_(std::move(reload)) {
    if (options.seconds > 0)
      deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
  }

  bool wait(std::chrono::milliseconds longest) {
    pollfd fds[2] = {{signals_.fd, POLLIN, 0}, {command_ ? command_->pidfd() : -1, POLLIN, 0}};
    ::poll(fds, 2, static_cast<int>(longest.count()));
    if (fds[0].revents) take_signal();
    if (command_ && command_->exit_status()) return because(signal_ ? ::strsignal(signal_) : "command exited");
    if (signal_ && (!command_ || Clock::now() >= grace_end_)) return because(::strsignal(signal_));
    if (deadline_ && Clock::now() >= *deadline_) return because("duration reached");
    if (network_only_ && edge_->over()) return because("interfaces gone");
    if (!targets_.empty() && all_targets_gone()) return because("processes exited");
    return false;
  }

  const std::string& reason() const { return reason_; }

 private:
  bool because(const char* reason) {
    reason_ = reason;
    return true;
  }

  void take_signal() {
    signalfd_siginfo info;
    while (::read(signals_.fd, &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGHUP && reload_) {
        reload_();
        continue;
      }
      // The file is valid at every prefix: the second time we just go.
      if (signal_) ::_exit(128 + static_cast<int>(info.ssi_signo));
      signal_ = static_cast<int>(info.ssi_signo);
      grace_end_ = Clock::now() + kCommandGrace;
      // The terminal (no sender) signals the command itself.
      if (command_ && info.ssi_code != SI_KERNEL) command_->send_signal(signal_);
    }
  }

  bool all_targets_gone() {
    for (const Fd& target : targets_) {
      pollfd fd{target.fd, POLLIN, 0};
      if (::poll(&fd, 1, 0) == 0) return false;
    }
    return true;
  }

  const Fd& signals_;
  Command* command_;
  std::vector<Fd>& targets_;
  NetworkEdge* edge_;
  bool network_only_;
  std::function<void()> reload_;
  std::optional<Clock::time_point> deadline_;
  Clock::time_point grace_end_;
  int signal_ = 0;
  std::string reason_;
};

// After detaching, programs that were running still finish: until nothing has come for two waits.
void drain_rest(Drain& drain) {
  for (int quiet = 0; quiet < 2;) {
    std::this_thread::sleep_for(kBusyWait);
    quiet = drain.pass() ? 0 : quiet + 1;
  }
}

}  // namespace

int record(const Options& options, const std::vector<std::string>& command_line) {
  if (!options.network_only() && !in_initial_pid_namespace())
    throw ProbeError(ProbeError::Kind::kRefused, "this process is in a PID namespace of its own, where the kernel's process ids are "
                                                 "not to be had; run it on the host, or in a container that shares the host's "
                                                 "(--pid=host)");
  const SignalSettings invokers_signals = signal_settings();
  const Fd signals = catch_signals();
  const auto user = invoking_user();
  const auto catalogue = event_catalogue();

  std::unique_ptr<Command> command;
  if (!options.command.empty()) command = std::make_unique<Command>(options.command, user, invokers_signals);
  std::vector<uint32_t> tgids;
  std::vector<Fd> targets = open_targets(options.filter.pids, tgids);

  Probes probes({.system_calls = !options.network_only(),
                 .back_end = options.back_end,
                 .calls = options.filter.calls,
                 .rules = options.filter.rules(command != nullptr),
                 .may_change = !options.config.empty(),
                 .ring_bytes_per_cpu = uint64_t{options.ring_mib} << 20,
                 .content = options.content,
                 .keep_environment = !options.environment.empty(),
                 .verbose = options.verbose,
                 .btf_file = options.btf_file,
                 .count_calls = options.interval_seconds > 0});
  std::unique_ptr<NetworkEdge> edge;
  if (!options.edge.interfaces.empty()) edge = std::make_unique<NetworkEdge>(options.edge);
  OutputCalls output_calls;
  TraceFile file(options.output, user ? OutputOwner{user->uid, user->gid} : OutputOwner{::geteuid(), ::getegid()},
                 output_calls);

  // Started late, so that the trace begins with it, but before there are threads.
  RecordingFacts facts;
  facts.start = read_clocks();
  if (command) command->start();
  // Recording may preempt what it records, the compressor (which inherits this) included: a ring that nobody empties is
  // the one way to lose events, and a frame that is not written yet is lost with the recorder. Needs CAP_SYS_NICE;
  // without it we do what we can.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), -20);
  facts.probe = options.network_only() ? "xdp" : probes.plan().describe() + (edge ? ", xdp" : "");
  facts.filter = describe_filter(options);
  facts.command_line = command_line;
  facts.possible_cpus = probes.possible_cpus();
  facts.ring_bytes_per_cpu = probes.ring_bytes_per_cpu();
  capnp::MallocMessageBuilder header;
  build_header(header, facts, catalogue);

  LossLedger losses;
  BlockQueue queue({.syscall_blocks = std::max<size_t>(64, 2 * probes.possible_cpus())});
  Drain drain(catalogue, probes.rings(), queue, losses, [&] {
    probes.consume_shared();
    if (edge) edge->consume();
  });
  drain.keep_variables(options.environment);
  probes.on_shared_record([&](std::span<const std::byte> record) { drain.add_shared(record); });
  std::atomic<uint64_t> ring_peak{0};
  auto kernel_lost = [&] { return probes.lost() + (edge ? edge->lost() : 0); };
  auto report = [&] {
    StatusReport status{probes.counts(), own_cost()};
    probes.add_cost(status.cost);
    if (edge)
      for (const EventCount& count : edge->counts()) status.counts.push_back(count);
    status.cost.ring_peak_bytes = ring_peak.load(std::memory_order_relaxed);
    return status;
  };

  // Rows that the recorder makes itself.
  auto add_own = [&](std::span<const std::byte> record, uint16_t type) {
    losses.add(kNoCpu, type, schema::Count::What::PRODUCED, 1);
    drain.add_shared(record);
  };
  ProcessSnapshot snapshot(static_cast<uint32_t>(::getpid()),
                           [&](std::span<const std::byte> record) { add_own(record, EVENT_PROCESS); });

  // Nobody empties the rings while /proc is read, which takes some 50 µs a process: most of it is done before there are
  // events, and who has come meanwhile is added afterwards.
  const bool look_around = options.snapshot && !options.network_only();
  const bool everybody = look_around && !command && tgids.empty();
  if (everybody) snapshot.add_all();
  if (edge) edge->begin([&](std::span<const std::byte> record) { drain.add_shared(record); });
  if (!options.network_only())
    probes.set_filter(options.filter, probe_targets(tgids, command.get(), TARGET_FROM_EXEC));
  probes.attach();
  if (everybody) snapshot.add_all();
  for (const uint32_t tgid : look_around ? tgids : std::vector<uint32_t>{}) {
    snapshot.add(tgid);
    for (const uint32_t descendant : descendants_of(tgid)) snapshot.add(descendant);
    snapshot.add_ancestors(tgid);
  }
  if (command && look_around) snapshot.add_ancestors(static_cast<uint32_t>(command->pid()));
  std::unique_ptr<MachineCounters> counters;
  if (options.interval_seconds > 0 && !options.network_only())
    counters = std::make_unique<MachineCounters>(MachineCounters::Sources{
        .rings = {probes.rings().controls, probes.possible_cpus()},
        .all_calls_counted = probes.counts_all_calls(),
        .sample_run_queues = [&] { probes.sample_run_queues(); },
        .counts =
            [&] {
              auto counts = probes.counts();
              for (const EventCount& count : losses.counts()) counts.push_back(count);
              return counts;
            },
        .recorder_ns = [] { return own_cost().user_ns + own_cost().system_ns; },
        .take_ring_peak = [&](uint32_t cpu) { return drain.take_ring_peak(cpu); }});
  auto sample_counters = [&] {
    counters->sample([&](const metrics_record& row) { add_own(std::as_bytes(std::span(&row, 1)), EVENT_METRICS); });
  };
  // Nothing from here on needs privilege. The writer's thread is made in between: capabilities belong to threads.
  give_up_privileges(user);
  TraceWriter writer(file, queue, losses, header, report, options.level);
  enter_sandbox(command ? command->pid() : -1);
  // What the rings hold of the beginning is brought on its way before there is more than they and the queue hold.
  auto keep_up = [&] {
    drain.pass();
    while (queue.backlog() > kMostWaiting) {
      std::this_thread::sleep_for(kBusyWait);
      drain.pass();
    }
  };
  probes.introduce_threads(keep_up);
  if (look_around) probes.list_open_files(keep_up);
  if (command) command->go();
  if (options.verbose && edge) fmt::print(stderr, "ebpf-record: observing {}\n", edge->description());
  if (options.verbose && options.network_only()) {
    fmt::print(stderr, "ebpf-record: recording {}\n", facts.filter);
  } else if (options.verbose) {
    const ProbePlan& plan = probes.plan();
    if (!plan.absent.empty())
      fmt::print(stderr, "ebpf-record: this kernel does not have {}\n", fmt::join(plan.absent, ", "));
    fmt::print(stderr, "ebpf-record: back end {} ({}), {} MiB ring for each of {} CPUs, recording {}\n", plan.describe(),
               plan.reason, probes.ring_bytes_per_cpu() >> 20, probes.possible_cpus(), facts.filter);
  }

  StatusLine status_line(options.quiet);
  std::function<void()> reload;
  if (!options.config.empty() || edge)
    reload = [&] {
      if (edge) edge->reload();
      if (options.config.empty()) return;
      try {
        const Filter filter = read_config(options.config);
        if (command && !filter.pids.empty())
          throw ConfigError(fmt::format("{}: either processes (pid) or a COMMAND, not both", options.config));
        std::vector<uint32_t> new_tgids;
        std::vector<Fd> new_targets = open_targets(filter.pids, new_tgids);
        probes.set_filter(filter, probe_targets(new_tgids, command.get(), TARGET_TRACED));
        targets = std::move(new_targets);
        if (!options.quiet)
          fmt::print(stderr, "ebpf-record: read {} again: recording {}\n", options.config,
                     filter.describe(options.command.empty() ? "" : options.command.front()));
      } catch (const std::runtime_error& error) {
        fmt::print(stderr, "ebpf-record: {}; nothing has changed\n", error.what());
      }
    };
  StopConditions stop(options, signals, command.get(), targets, edge.get(), reload);
  std::chrono::milliseconds wait{0};
  const auto interval = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.interval_seconds));
  auto next_sample = Clock::now() + interval;
  while (!stop.wait(wait)) {
    if (counters && Clock::now() >= next_sample) {
      sample_counters();
      // Stays in step; what was missed (a suspended machine) is one long interval.
      next_sample = std::max(next_sample + interval, Clock::now());
    }
    const size_t events = drain.pass();
    ring_peak.store(drain.ring_peak_bytes(), std::memory_order_relaxed);
    wait = drain.fill() > kHurryFill ? std::chrono::milliseconds{0} : events ? kBusyWait : kIdleWait;
    status_line.update(drain.events(), writer.bytes(), [&] { return kernel_lost() + losses.total(); });
  }

  if (counters) sample_counters();
  probes.detach();
  drain_rest(drain);
  probes.report_unfinished();
  drain_rest(drain);
  if (edge) edge->finish();
  drain.flush();
  queue.close();
  const bool complete = writer.finish(stop.reason());
  const uint64_t lost = kernel_lost() + losses.total();
  status_line.finish(drain.events(), writer.bytes(), lost, file.path(), stop.reason());

  if (options.verbose) {
    const RecorderCost cost = own_cost();
    fmt::print(stderr, "ebpf-record: used {:.2f} s of CPU in user and {:.2f} s in kernel mode, {} MiB at most; fullest ring {} KiB\n",
               static_cast<double>(cost.user_ns) / 1e9, static_cast<double>(cost.system_ns) / 1e9, cost.max_rss_bytes >> 20,
               drain.ring_peak_bytes() >> 10);
  }

  if (!complete) {
    fmt::print(stderr, "ebpf-record: the trace is incomplete: writing '{}' failed: {}; {} records are lost and counted in it\n",
               file.path(), std::strerror(writer.error()), losses.total());
    return kExitIncomplete;
  }
  return command ? command->exit_status().value_or(0) : 0;
}

}  // namespace ebpftrace
