// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/recording.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "recorder/choice/config_file.h"
#include "recorder/drain/drain.h"
#include "recorder/drain/own_record.h"
#include "recorder/edge/edge.h"
#include "recorder/kernel/probes.h"
#include "recorder/machine/machine_counters.h"
#include "recorder/machine/process_list.h"
#include "recorder/machine/process_snapshot.h"
#include "recorder/machine/this_host.h"
#include "recorder/output/trace_writer.h"
#include "recorder/output/user_dictionary.h"
#include "recorder/run/command.h"
#include "recorder/run/marker_socket.h"
#include "recorder/run/sandbox.h"
#include "recorder/run/status_line.h"
#include "recorder/run/stop_conditions.h"
#include "recorder/version.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"
#include "trace/write/trace_file.h"

namespace ebpftrace::recorder {
namespace {

using Clock = std::chrono::steady_clock;

// How long a pass waits for the next. At 5 million calls a second and 64 bytes each, 2 ms are 0.6 MiB of a 16 MiB ring, 8 ms
// 2.5 MiB: enough while no more comes. Each pass takes a CPU from what is recorded.
constexpr std::chrono::milliseconds kBusyWait{2};
constexpr std::chrono::milliseconds kCalmWait{8};
constexpr uint64_t kCalmRingBytes = 10u << 20;  // a smaller ring is looked at often
constexpr double kCalmFill = 0.1;               // at 8 ms a pass: the ring would last for 80
// A ring this full is emptied again at once.
constexpr double kHurryFill = 0.25;
// After this, no program still runs that began before a part did.
constexpr std::chrono::milliseconds kProgramsEnd{10};
// For a disk that does not answer; then what finds no room is lost, and counted.
constexpr std::chrono::seconds kLongestWait{2};
// Blocks that may wait for the compressor while the snapshot is taken, of at least 64 that there are of a type.
constexpr size_t kMostWaiting = 16;

std::string ring_text(uint64_t bytes) {
  return bytes < 1u << 20 ? fmt::format("{} KiB", bytes >> 10) : fmt::format("{} MiB", bytes >> 20);
}

std::vector<Fd> open_targets(const std::vector<uint32_t>& pids, std::vector<uint32_t>& tgids) {
  std::vector<Fd> fds;
  for (const uint32_t pid : pids) {
    const auto tgid = process_of(pid);
    Fd fd(tgid ? static_cast<int>(::syscall(SYS_pidfd_open, *tgid, 0)) : -1);
    if (fd.fd < 0) throw ProbeError(ProbeError::Kind::kNoSuchProcess, fmt::format("there is no process {} (-p)", pid));
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

std::vector<Probes::Target> probe_targets(const std::vector<uint32_t>& tgids, const Command* command,
                                          target_mode mode) {
  std::vector<Probes::Target> targets;
  for (const uint32_t tgid : tgids) targets.push_back({tgid, TARGET_TRACED});
  if (command) targets.push_back({static_cast<uint32_t>(command->pid()), mode});
  return targets;
}

// Nothing of what is recorded runs before COMMAND, and nothing is introduced later.
bool begins_with_command(const Options& options) {
  return !options.command.empty() && options.config.empty() && !options.rotation.wanted();
}

ProbeOptions probe_options(const Options& options) {
  return {.system_calls = !options.network_only(),
          .back_end = options.back_end,
          .calls = options.filter.calls,
          .rules = options.filter.rules(!options.command.empty()),
          .may_change = !options.config.empty(),
          .returns_only = options.no_latency,
          .only_command = begins_with_command(options),
          .processes = options.config.empty() ? options.filter.pids.size() + 1 : 0,
          .ring_bytes_per_cpu = options.ring_bytes,
          .content = options.content,
          .keep_environment = !options.environment.empty(),
          .verbose = options.verbose,
          .btf_file = options.btf_file,
          .count_calls = options.interval_seconds > 0};
}

// The members are made in this order, and each needs those before it. Everything runs on one thread, which drains; the
// writer has its own.
class Recording {
 public:
  Recording(const Options& options, const std::vector<std::string>& command_line);
  int run();

 private:
  void start_command();
  void begin();
  void look_around_before();
  void look_around_after();
  ProcessSnapshot new_snapshot();
  void start_counters();
  void introduce();
  std::unique_ptr<trace::TraceFile> open_output();
  TraceWriter::NextFile next_file();
  bool part_is_complete() const;
  void rotate();
  void note_process(std::span<const std::byte> record);
  bool add_marker(const MarkerSocket::Marker& marker);
  void announce() const;
  void record_until(StopConditions& stop, StatusLine& status_line);
  int end(const std::string& reason, StatusLine& status_line);

  void reload();
  void keep_up();
  void drain_rest();
  void sample_counters();
  StatusReport report() const;
  uint64_t kernel_lost() const { return probes_.lost() + (edge_ ? edge_->lost() : 0); }
  void add_own(std::span<const std::byte> record, uint16_t type);
  trace::OutputOwner output_owner() const;

  const Options& options_;
  const SignalSettings invokers_signals_ = signal_settings();
  const std::optional<InvokingUser> user_ = invoking_user();
  const std::vector<EventType> catalogue_ = event_catalogue();
  const bool network_only_, snapshot_wanted_;
  const bool
      chosen_by_programs_;  // who is recorded depends on what only the programs look at: name, user, control group
  const Fd signals_;
  std::unique_ptr<Command> command_;
  std::vector<uint32_t> tgids_;
  std::vector<Fd> targets_;
  Probes probes_;
  std::unique_ptr<NetworkEdge> edge_;
  trace::OutputCalls output_calls_;
  std::unique_ptr<PartFiles> parts_;        // only of a recording in parts
  std::unique_ptr<trace::TraceFile> file_;  // until the writer has it
  std::mutex facts_mutex_;
  trace::RecordingFacts facts_;
  LossLedger losses_;
  BlockQueue queue_;
  Drain drain_;
  MarkerSocket marker_socket_;
  UserDictionary users_;
  ProcessSnapshot snapshot_;
  std::set<uint32_t> described_processes_;
  bool rotate_now_ = false, noting_processes_ = false, told_of_error_ = false;
  unsigned marks_ = 0;
  Clock::time_point part_began_ = Clock::now();
  std::atomic<uint64_t> ring_peak_{0};
  std::unique_ptr<MachineCounters> counters_;
  std::unique_ptr<TraceWriter> writer_;
};

Recording::Recording(const Options& options, const std::vector<std::string>& command_line)
    : options_(options),
      network_only_(options.network_only()),
      snapshot_wanted_(options.snapshot && !network_only_),
      chosen_by_programs_(snapshot_wanted_ && options.command.empty() && options.filter.pids.empty() &&
                          options.filter.rules(false) & (RULE_COMM | RULE_USER | RULE_CGROUP)),
      signals_(catch_signals(options.rotation.wanted())),
      command_(options.command.empty() ? nullptr
                                       : std::make_unique<Command>(options.command, user_, invokers_signals_)),
      targets_(open_targets(options.filter.pids, tgids_)),
      probes_(probe_options(options)),
      edge_(options.edge.interfaces.empty() ? nullptr : std::make_unique<NetworkEdge>(options.edge)),
      file_(open_output()),
      queue_({.syscall_blocks = std::max<size_t>(64, 2 * probes_.possible_cpus())}),
      drain_(catalogue_, probes_.rings(), queue_, losses_,
             [this] {
               probes_.consume_shared();
               if (edge_) edge_->consume();
             }),
      marker_socket_(output_owner().uid),
      users_([this](std::span<const std::byte> record) { add_own(record, EVENT_USER); }),
      snapshot_(new_snapshot()) {
  if (command_ && options.output == "-") command_->leave_standard_output();
  facts_.recorder_version = kVersion;
  facts_.host = this_host();
  facts_.probe =
      network_only_ ? "xdp"
                    : probes_.plan().describe() + (options.no_latency ? ", returns only" : "") + (edge_ ? ", xdp" : "");
  facts_.filter = describe_filter(options);
  facts_.command_line = command_line;
  facts_.part = parts_ ? 1 : 0;
  facts_.recording_id = new_recording_id();
  facts_.utc_offset_seconds = utc_offset_seconds();
  facts_.no_durations = options.no_latency && !network_only_;
  facts_.host.label = options.host_label;
  facts_.possible_cpus = probes_.possible_cpus();
  facts_.ring_bytes_per_cpu = probes_.ring_bytes_per_cpu();
  drain_.keep_variables(options.environment);
  probes_.on_shared_record([this](std::span<const std::byte> record) {
    users_.mention_user_of(record);
    drain_.add_shared(record);
    if (noting_processes_) note_process(record);
  });
}

trace::OutputOwner Recording::output_owner() const {
  return user_ ? trace::OutputOwner{user_->uid, user_->gid, options_.readers}
               : trace::OutputOwner{::geteuid(), ::getegid(), options_.readers};
}

std::unique_ptr<trace::TraceFile> Recording::open_output() {
  const trace::OutputOwner owner = output_owner();
  if (!options_.rotation.wanted()) return std::make_unique<trace::TraceFile>(options_.output, owner, output_calls_);
  parts_ = std::make_unique<PartFiles>(options_.output, owner, output_calls_, options_.rotation.keep);
  // Later parts are made without privileges: better to know now that they can't be.
  if (const int error = ask_without_privileges(user_, [this] { return parts_->why_not(); }))
    parts_->refuse(error, owner.uid);
  return parts_->next();
}

// A row that the recorder makes itself.
void Recording::add_own(std::span<const std::byte> record, uint16_t type) {
  losses_.add(trace::kNoCpu, type, schema::Count::What::PRODUCED, 1);
  drain_.add_shared(record);
}

StatusReport Recording::report() const {
  StatusReport status{probes_.counts(), own_cost()};
  probes_.add_cost(status.cost);
  if (edge_)
    for (const EventCount& count : edge_->counts()) status.counts.push_back(count);
  status.cost.ring_peak_bytes = ring_peak_.load(std::memory_order_relaxed);
  return status;
}

void Recording::start_command() {
  // Late, so that the trace begins with it, but before there are threads.
  facts_.start = trace::read_clocks();
  if (command_) command_->start();
  // Recording may preempt what it records, the compressor (which inherits this) included: a ring that nobody empties is
  // the one way to lose events, and a frame that is not written yet is lost with the recorder. Needs CAP_SYS_NICE;
  // without it we do what we can.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), -20);
}

// Nobody empties the rings while /proc is read, which takes some 50 us a process: most of it is done before there are
// events, and who has come meanwhile is added afterwards.
void Recording::look_around_before() {
  if (!snapshot_wanted_ || command_ || !tgids_.empty()) return;
  if (chosen_by_programs_) snapshot_.hold();
  snapshot_.add_all();
}

ProcessSnapshot Recording::new_snapshot() {
  return {static_cast<uint32_t>(::getpid()),
          options_.full_ancestors ? ProcessSnapshot::Detail::kFull : ProcessSnapshot::Detail::kName,
          [this](std::span<const std::byte> record) {
            users_.mention_user_of(record);
            add_own(record, EVENT_PROCESS);
          }};
}

void Recording::look_around_after() {
  look_around_before();
  if (!snapshot_wanted_) return;
  for (const uint32_t tgid : tgids_) {
    snapshot_.add(tgid);
    for (const uint32_t descendant : descendants_of(tgid)) snapshot_.add(descendant);
  }
  for (const uint32_t tgid : tgids_) snapshot_.add_ancestors(tgid);
  if (command_) snapshot_.add_ancestors(static_cast<uint32_t>(command_->pid()));
}

void Recording::start_counters() {
  if (options_.interval_seconds <= 0 || network_only_) return;
  counters_ = std::make_unique<MachineCounters>(
      MachineCounters::Sources{.rings = {probes_.rings().controls, probes_.possible_cpus()},
                               .all_calls_counted = probes_.counts_all_calls(),
                               .sample_run_queues = [this] { probes_.sample_run_queues(); },
                               .counts =
                                   [this] {
                                     auto counts = probes_.counts();
                                     for (const EventCount& count : losses_.counts()) counts.push_back(count);
                                     return counts;
                                   },
                               .recorder_ns = [] { return own_cost().user_ns + own_cost().system_ns; },
                               .take_ring_peak = [this](uint32_t cpu) { return drain_.take_ring_peak(cpu); }});
}

void Recording::sample_counters() {
  counters_->sample([this](const metrics_record& row) { add_own(std::as_bytes(std::span(&row, 1)), EVENT_METRICS); });
}

// Attaches, and gives up all privileges.
void Recording::begin() {
  look_around_before();
  if (edge_) edge_->begin([this](std::span<const std::byte> record) { drain_.add_shared(record); });
  if (!network_only_) probes_.set_filter(options_.filter, probe_targets(tgids_, command_.get(), TARGET_FROM_EXEC));
  noting_processes_ = chosen_by_programs_;  // until introduce() has seen everybody
  probes_.attach(begins_with_command(options_) ? std::optional<uint32_t>(command_->pid()) : std::nullopt);
  // At once: what a thread returns from before it is seen here is not recorded.
  probes_.introduce_threads([this] { drain_.pass(); });
  look_around_after();
  start_counters();
  // Nothing from here on needs privilege. The writer's thread is made in between: capabilities belong to threads.
  give_up_privileges(user_, parts_ ? options_.readers : std::nullopt);
  capnp::MallocMessageBuilder header;
  trace::build_header(header, facts_);
  writer_ = std::make_unique<TraceWriter>(
      std::move(file_), queue_, losses_, header, trace::built_in_catalogue_frame(), [this] { return report(); },
      options_.level);
  if (parts_) writer_->go_on_with([this] { return next_file(); });
  enter_sandbox({.command = command_ ? command_->pid() : -1,
                 .output_folder = parts_ ? parts_->folder() : -1,
                 .readers = options_.readers,
                 .marker_socket = marker_socket_.fd()});
}

// What the rings hold of the beginning is brought on its way before there is more than they and the queue hold.
void Recording::keep_up() {
  drain_.pass();
  const auto patience = Clock::now() + kLongestWait;
  while (queue_.backlog() > kMostWaiting && Clock::now() < patience) {
    std::this_thread::sleep_for(kBusyWait);
    drain_.pass();
  }
}

void Recording::introduce() {
  probes_.introduce_threads([this] { keep_up(); });
  if (std::exchange(noting_processes_, false)) {
    keep_up();
    snapshot_.release(std::exchange(described_processes_, {}));
  }
  if (snapshot_wanted_) probes_.list_open_files([this] { keep_up(); });
}

void Recording::announce() const {
  if (marker_socket_.error())
    fmt::print(stderr, "ebpf-record: markers (--mark) can't be taken: {}\n", std::strerror(marker_socket_.error()));
  if (!options_.verbose) return;
  if (edge_) fmt::print(stderr, "ebpf-record: observing {}\n", edge_->description());
  if (network_only_) {
    fmt::print(stderr, "ebpf-record: recording {}\n", facts_.filter);
    return;
  }
  const ProbePlan& plan = probes_.plan();
  if (!plan.absent.empty())
    fmt::print(stderr, "ebpf-record: this kernel does not have {}\n", fmt::join(plan.absent, ", "));
  fmt::print(stderr, "ebpf-record: back end {} ({}), {} ring for each of {} CPUs, recording {}\n", plan.describe(),
             plan.reason, ring_text(probes_.ring_bytes_per_cpu()), probes_.possible_cpus(), facts_.filter);
}

// False: there is no room for it, and it is counted as lost.
bool Recording::add_marker(const MarkerSocket::Marker& marker) {
  users_.mention(marker.uid);
  marker_record record{};
  record.time_ns = static_cast<uint64_t>(trace::clock_ns(CLOCK_BOOTTIME));
  record.uid = marker.uid;
  record.pid = static_cast<uint32_t>(marker.pid);
  record.text = size_of(marker.text);
  const int cpu = ::sched_getcpu();
  std::vector<std::byte> bytes;
  write_own_record(bytes, EVENT_MARKER, static_cast<uint16_t>(std::max(cpu, 0)), record, {marker.text});
  const uint64_t lost = losses_.lost_of(EVENT_MARKER);
  add_own(bytes, EVENT_MARKER);
  return losses_.lost_of(EVENT_MARKER) == lost;
}

void Recording::reload() {
  if (edge_) edge_->reload();
  if (options_.config.empty()) return;
  try {
    const Filter filter = read_config(options_.config);
    if (command_ && !filter.pids.empty())
      throw ConfigError(fmt::format("{}: either processes (pid) or a COMMAND, not both", options_.config));
    if (options_.no_latency && filter.min_duration_ns)
      throw ConfigError(fmt::format("{}: min-duration: durations are not measured with --no-latency", options_.config));
    std::vector<uint32_t> new_tgids;
    std::vector<Fd> new_targets = open_targets(filter.pids, new_tgids);
    probes_.set_filter(filter, probe_targets(new_tgids, command_.get(), TARGET_TRACED));
    targets_ = std::move(new_targets);
    probes_.introduce_threads([this] { keep_up(); });  // whoever is chosen now may be in a call
    {
      std::lock_guard lock(facts_mutex_);
      facts_.filter = filter.describe(options_.command.empty() ? "" : options_.command.front());
    }
    if (!options_.quiet)
      fmt::print(stderr, "ebpf-record: read {} again: recording {}\n", options_.config,
                 filter.describe(options_.command.empty() ? "" : options_.command.front()));
  } catch (const std::runtime_error& error) {
    fmt::print(stderr, "ebpf-record: {}; nothing has changed\n", error.what());
  }
}

// On the writer's thread.
TraceWriter::NextFile Recording::next_file() {
  TraceWriter::NextFile next;
  try {
    next.file = parts_->next();
  } catch (const trace::OutputError& error) {
    fmt::print(stderr, "ebpf-record: {}; the recording goes on in the part before\n", error.what());
    return {};
  }
  if (options_.verbose) fmt::print(stderr, "ebpf-record: the recording goes on in {}\n", next.file->path());
  auto header = std::make_unique<capnp::MallocMessageBuilder>();
  std::lock_guard lock(facts_mutex_);
  facts_.start = trace::read_clocks();
  facts_.part = parts_->part();
  trace::build_header(*header, facts_);
  next.header = std::move(header);
  return next;
}

bool Recording::part_is_complete() const {
  if (!parts_ || writer_->marks() != marks_) return false;  // the writer is not there yet
  if (rotate_now_) return true;
  const RotationLimits& limits = options_.rotation;
  if (limits.seconds > 0 && Clock::now() - part_began_ >= std::chrono::duration<double>(limits.seconds)) return true;
  // A part that descriptions alone fill still gets room for events.
  const TraceWriter::Size size = writer_->size();
  return limits.bytes && size.file >= limits.bytes && size.own() >= limits.bytes / 4;
}

// Who is described anew: see rotate().
void Recording::note_process(std::span<const std::byte> record) {
  thread_record thread;
  if (record.size() < sizeof thread) return;
  std::memcpy(&thread, record.data(), sizeof thread);
  if (thread.head.type == EVENT_THREAD) described_processes_.insert(thread.tgid);
}

// A recording is in parts, each of which can be understood without the others: what its events refer to is described in
// it, and what runs when it begins is as in the first. See Drain::begin_carrying() for the order.
void Recording::rotate() {
  probes_.begin_part();
  drain_.begin_carrying();
  users_.begin_part();
  noting_processes_ = true;
  probes_.introduce_threads([this] { keep_up(); });
  const auto programs_end = Clock::now() + kProgramsEnd;
  do {
    std::this_thread::sleep_for(kBusyWait);
    drain_.pass();
  } while (Clock::now() < programs_end);
  const auto patience = Clock::now() + kLongestWait;
  do keep_up();
  while (!drain_.caught_up() && Clock::now() < patience);
  noting_processes_ = false;
  drain_.end_part();
  ++marks_;

  if (edge_) edge_->describe();
  if (snapshot_wanted_) {
    probes_.list_open_files([this] { keep_up(); });
    ProcessSnapshot snapshot = new_snapshot();
    const std::set<uint32_t> recorded = std::exchange(described_processes_, {});
    for (const uint32_t tgid : recorded) {
      snapshot.add(tgid);
      keep_up();
    }
    for (const uint32_t tgid : recorded) {
      snapshot.add_ancestors(tgid);
      keep_up();
    }
  }
  rotate_now_ = false;
  part_began_ = Clock::now();
}

void Recording::record_until(StopConditions& stop, StatusLine& status_line) {
  std::chrono::milliseconds wait{0};
  const auto interval =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.interval_seconds));
  auto next_sample = Clock::now() + interval;
  while (!stop.wait(wait)) {
    marker_socket_.serve([this](const MarkerSocket::Marker& marker) { return add_marker(marker); });
    if (counters_ && Clock::now() >= next_sample) {
      sample_counters();
      // Stays in step; what was missed (a suspended machine) is one long interval.
      next_sample = std::max(next_sample + interval, Clock::now());
    }
    if (part_is_complete()) rotate();
    if (const int error = writer_->error(); error && !std::exchange(told_of_error_, true))
      fmt::print(stderr, "ebpf-record: writing '{}' failed: {}; what has no room is lost, and counted\n",
                 options_.output, std::strerror(error));
    const size_t events = drain_.pass();
    ring_peak_.store(drain_.ring_peak_bytes(), std::memory_order_relaxed);
    const bool calm = drain_.fill() < kCalmFill && !edge_ && probes_.ring_bytes_per_cpu() >= kCalmRingBytes;
    // Where nothing could be taken out of a full ring, the queue is full: the disk is waited for, and at our priority a loop
    // without pauses would leave no CPU to whoever is recorded.
    wait = events && drain_.fill() > kHurryFill     ? std::chrono::milliseconds{0}
           : (events || drain_.fill() > 0) && !calm ? kBusyWait
                                                    : kCalmWait;
    status_line.update(drain_.events(), writer_->size().all(), [this] { return kernel_lost() + losses_.total(); });
  }
}

// After detaching, programs that were running still finish: until nothing has come for two waits, and the rings are empty. Where
// the queue is full that takes until the disk has taken some of it, as the end of the file does.
void Recording::drain_rest() {
  for (int quiet = 0; quiet < 2 || !drain_.caught_up();) {
    std::this_thread::sleep_for(kBusyWait);
    quiet = drain_.pass() ? 0 : quiet + 1;
  }
}

int Recording::end(const std::string& reason, StatusLine& status_line) {
  marker_socket_.close();
  if (counters_) sample_counters();
  probes_.end_calls([this] { keep_up(); });
  probes_.detach();
  drain_rest();
  if (edge_) edge_->finish();
  drain_.flush();
  queue_.close();
  const bool complete = writer_->finish(reason);
  const std::string where = writer_->parts() == 1
                                ? writer_->file().path()
                                : fmt::format("{} parts, the last {}", writer_->parts(), writer_->file().path());
  status_line.finish(drain_.events(), writer_->size().all(), kernel_lost() + losses_.total(), where, reason);

  if (options_.verbose) {
    fmt::print(stderr, "ebpf-record: zstd level {}\n", describe_levels(writer_->levels()));
    const RecorderCost cost = own_cost();
    fmt::print(
        stderr,
        "ebpf-record: used {:.2f} s of CPU in user and {:.2f} s in kernel mode, {} MiB at most; fullest ring {} KiB\n",
        static_cast<double>(cost.user_ns) / 1e9, static_cast<double>(cost.system_ns) / 1e9, cost.max_rss_bytes >> 20,
        drain_.ring_peak_bytes() >> 10);
  }
  if (!complete) {
    fmt::print(stderr,
               "ebpf-record: the trace is incomplete: writing '{}' failed: {}; {} records are lost and counted in it\n",
               writer_->file().path(), std::strerror(writer_->error()), losses_.total());
    return kExitIncomplete;
  }
  return command_ ? command_->exit_status().value_or(0) : 0;
}

int Recording::run() {
  start_command();
  begin();
  introduce();
  if (command_) command_->go();
  announce();
  StopConditions stop({.signals = signals_,
                       .command = command_.get(),
                       .targets = targets_,
                       .edge = edge_.get(),
                       .network_only = network_only_,
                       .seconds = options_.seconds,
                       .reload = options_.config.empty() && !edge_ ? std::function<void()>() : [this] { reload(); },
                       .rotate = [this] { rotate_now_ = true; },
                       .wake = [this] { return marker_socket_.wake_fd(); }});
  StatusLine status_line(options_.quiet);
  record_until(stop, status_line);
  stop.ending();
  return end(stop.reason(), status_line);
}

}  // namespace

int record(const Options& options, const std::vector<std::string>& command_line) {
  if (!options.network_only() && !in_initial_pid_namespace())
    throw ProbeError(ProbeError::Kind::kRefused,
                     "this process is in a PID namespace of its own, where the kernel's process ids are "
                     "not to be had; run it on the host, or in a container that shares the host's "
                     "(--pid=host)");
  return Recording(options, command_line).run();
}

}  // namespace ebpftrace::recorder
