// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <memory>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/control_groups.h"
#include "analyzer/dictionaries/io_uring.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_query.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/tables/table.h"
#include "trace/read/block.h"
#include "trace/read/rewritten.h"
#include "trace/read/summaries.h"

namespace ebpftrace::analyzer {
namespace {

struct Totals {
  std::map<uint16_t, uint64_t> events;
  uint64_t first_ns = UINT64_MAX, last_ns = 0;
  uint64_t read_bytes = 0, write_bytes = 0, peeked_bytes = 0, began_before = 0;
  std::vector<bool> threads;  // of a choice: positions in the thread table of those that it has events of
};

class Worker {
 public:
  Worker(const Session& session, const Choice& choice)
      : threads_(session.threads()),
        flow_(session.flow()),
        everything_(choice.everything()),
        no_durations_(session.trace().facts().no_durations),
        payload_(std::make_shared<trace::FramePayload>()),
        sieve_(session, choice, payload_) {
    const trace::Trace& trace = session.trace();
    for (const EventType& type : trace.catalogue().types) {
      // Without a choice nothing is read of other events: the frames say how many they are, and when.
      std::span<const std::string_view> columns;
      if (type.name == "syscall")
        columns = std::span(kCallColumns).first(everything_ ? size_t{kTime} : std::size(kCallColumns));
      else if (!everything_)
        columns = kOtherColumns;
      blocks_.try_emplace(type.id, trace, type, columns, payload_);
    }
    if (!everything_) totals_.threads.resize(threads_.threads().size());
    const EventType* syscall = trace.catalogue().type("syscall");
    if (syscall) syscall_ = syscall->id;
  }

  void operator()(const trace::Frame& frame) {
    trace::Block& block = blocks_.at(frame.type);
    if (!everything_) return add_chosen(frame, block);
    if (!block.load(frame)) return;
    totals_.events[frame.type] += block.rows();
    if (block.rows()) add_times(frame);
    if (frame.type != syscall_) return;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) add_call(block, i);
  }

  // Sums of calls instead of their rows; false: they don't say how many of the calls began before, and nothing was added.
  bool add(std::span<const trace::CallSum> sums) {
    // Each of those that are unfinished may have begun before, too.
    if (std::any_of(sums.begin(), sums.end(), [](const trace::CallSum& sum) { return sum.unfinished != 0; }))
      return false;
    for (const trace::CallSum& sum : sums) {
      totals_.events[syscall_] += sum.calls;
      if (!no_durations_) totals_.began_before += sum.calls - sum.timed;
      const uint8_t flow = flow_.of(sum.number, sum.flags);
      if (!(flow & CallFlow::kMoves)) continue;
      const CallBytes bytes = CallFlow::bytes(CallFlow::directed(flow, sum.flags), sum);
      totals_.read_bytes += bytes.read;
      totals_.write_bytes += bytes.written;
      totals_.peeked_bytes += bytes.peeked;
    }
    return true;
  }
  void add_times(const trace::Frame& frame) {
    totals_.first_ns = std::min(totals_.first_ns, frame.first_ns);
    totals_.last_ns = std::max(totals_.last_ns, frame.last_ns);
  }

  const Totals& totals() const { return totals_; }

 private:
  enum : unsigned { kNumber, kFlags, kResult, kMoved, kPeeked, kTime, kThread, kDuration };
  static constexpr std::string_view kCallColumns[] = {"number", "flags",  "result", "moved",
                                                      "peeked", "timeNs", "thread", "durationNs"};
  static constexpr unsigned kOtherTime = 0, kOtherThread = 1;
  static constexpr std::string_view kOtherColumns[] = {"timeNs", "thread"};

  void add_call(trace::Block& block, size_t i) {
    const uint64_t flags = block.column(kFlags)[i];
    totals_.began_before += (flags & SYSCALL_BEGAN_BEFORE) != 0;
    const uint8_t flow = flow_.of(block.column(kNumber)[i], flags);
    if (!(flow & CallFlow::kMoves)) return;
    const CallBytes bytes = CallFlow::bytes(CallFlow::directed(flow, flags), flags, block.column(kResult)[i],
                                            block.column(kMoved)[i], block.column(kPeeked)[i]);
    totals_.read_bytes += bytes.read;
    totals_.write_bytes += bytes.written;
    totals_.peeked_bytes += bytes.peeked;
  }

  void add_chosen(const trace::Frame& frame, trace::Block& block) {
    if (!sieve_.load(frame) || !block.load(frame)) return;
    const bool is_call = frame.type == syscall_;
    totals_.events[frame.type] += sieve_.count();
    while (block.next_tile())
      sieve_.selected(block.tile_start() / predicate::kTileRows).for_each([&](size_t i) {
        const uint64_t time = block.column(is_call ? unsigned{kTime} : kOtherTime)[i];
        totals_.first_ns = std::min(totals_.first_ns, time);
        totals_.last_ns = std::max(totals_.last_ns, time + (is_call ? block.column(kDuration)[i] : 0));
        totals_.threads[threads_.position(block.column(is_call ? unsigned{kThread} : kOtherThread)[i])] = true;
        if (is_call) add_call(block, i);
      });
  }

  const ThreadTable& threads_;
  const CallFlow& flow_;
  const bool everything_, no_durations_;
  std::shared_ptr<trace::FramePayload> payload_;
  Sieve sieve_;
  std::map<uint16_t, trace::Block> blocks_;
  uint16_t syscall_ = 0;
  Totals totals_;
};

std::vector<ContainerCount> count_containers(const Session& session, const std::vector<bool>& counted) {
  const CgroupTable& groups = session.cgroups();
  std::map<uint64_t, uint64_t> by_group;
  for (size_t i = 1; i < counted.size(); ++i)
    if (counted[i]) by_group[session.threads().processes()[i].cgroup]++;
  std::map<std::string, uint64_t> by_container;
  for (const auto& [group, processes] : by_group)
    if (std::string name = short_name(container_of_cgroup(groups.path(group))); !name.empty())
      by_container[std::move(name)] += processes;
  std::vector<ContainerCount> counts;
  for (const auto& [name, processes] : by_container) counts.push_back({name, processes});
  std::stable_sort(counts.begin(), counts.end(),
                   [](const ContainerCount& a, const ContainerCount& b) { return a.processes > b.processes; });
  return counts;
}

std::vector<ResultColumn> columns() {
  return {{"events", Unit::kNumber, "EVENTS", "Events of all types, without descriptions and counters."},
          {"duration_ns", Unit::kDuration, "DURATION", "From the first event, or the start, to the end of the last."},
          {"processes", Unit::kNumber, "PROCESSES", "Processes that are described."},
          {"threads", Unit::kNumber, "THREADS", "Threads that are described."},
          {"syscalls", Unit::kNumber, "SYSCALLS", "System calls."},
          {"read_bytes", Unit::kBytes, "READ", "Bytes that calls read."},
          {"write_bytes", Unit::kBytes, "WRITTEN", "Bytes that calls wrote."},
          {"lost", Unit::kNumber, "LOST", "Events that were lost; nothing: not known."},
          {"file_bytes", Unit::kBytes, "FILE", "Size of the trace."},
          {"probe", Unit::kText, "PROBE", "How system calls were caught."},
          {"host_kernel", Unit::kText, "KERNEL", "Kernel of the recorded host."},
          {"containers", Unit::kNumber, "CONTAINERS", "Containers that processes are in."},
          {"io_uring_processes", Unit::kNumber, "IO_URING", "Processes whose I/O is not fully visible."},
          {"part", Unit::kNumber, "PART", "Of a recording in several files, from 1; else 0."},
          {"began_before", Unit::kNumber, "BEGAN BEFORE", "Calls that began before their thread was recorded."},
          {"peeked_bytes", Unit::kBytes, "PEEKED", "Bytes that calls only looked at.", Show::kIfAny},
          {"host_label", Unit::kText, "", "What the recorded host is called."}};
}

std::string wall_clock(int64_t real_ns) {
  const std::time_t seconds = real_ns / 1'000'000'000;
  std::tm local{};
  if (real_ns <= 0 || !::localtime_r(&seconds, &local)) return "unknown";
  char text[64];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &local);
  return std::string(text, size);
}

std::string names_of_containers(const std::vector<ContainerCount>& containers) {
  constexpr size_t kNamed = 5;
  std::string names;
  for (size_t i = 0; i < std::min(kNamed, containers.size()); ++i)
    names += fmt::format("{}{} ({} processes)", i ? ", " : "", containers[i].container, containers[i].processes);
  return fmt::format("{}: {}{}", containers.size(), names, containers.size() > kNamed ? ", ..." : "");
}

// For people: a fact a line.
std::vector<Fact> facts_of(const Summary& summary) {
  std::vector<Fact> facts;
  auto fact = [&](std::string label, std::string text) { facts.push_back({std::move(label), std::move(text)}); };
  fact("recorded",
       fmt::format("{}, {} long", wall_clock(summary.facts.start_real_ns), human_duration(summary.duration_ns)));
  if (summary.facts.part) fact("part", fmt::format("{} of a recording in several files", summary.facts.part));
  if (!summary.facts.command_line.empty())
    fact("command", fmt::format("{}", fmt::join(summary.facts.command_line, " ")));
  const std::string label = summary.facts.host_label.empty() ? "" : summary.facts.host_label + ": ";
  fact("host", fmt::format("{}{} {}, {} CPUs", label, summary.facts.kernel, summary.facts.machine,
                           summary.facts.possible_cpus));
  fact("probe", summary.facts.probe);
  if (!summary.facts.filter.empty()) fact("filter", summary.facts.filter);
  std::string by_type;
  for (const TypeCount& count : summary.by_type)
    by_type += fmt::format("{}{} {}", by_type.empty() ? "" : ", ", count.events, count.type);
  fact("events", fmt::format("{}{}", summary.events, by_type.empty() ? "" : " (" + by_type + ")"));
  fact("processes", fmt::format("{} with {} threads", summary.processes, summary.threads));
  if (!summary.containers.empty()) fact("containers", names_of_containers(summary.containers));
  fact("system calls", std::to_string(summary.syscalls));
  if (summary.began_before)
    fact("", fmt::format("{} of them began before {} recorded: {} at least as long as shown", summary.began_before,
                         summary.began_before == 1 ? "its thread was" : "their threads were",
                         summary.began_before == 1 ? "it took" : "they took"));
  if (summary.facts.no_durations) fact("", "what they took was not measured (ebpf-record --no-latency)");
  fact("read", human_bytes(summary.read_bytes));
  fact("written", human_bytes(summary.write_bytes));
  if (summary.io_uring_processes)
    fact("not visible", fmt::format("what {} process{} did through io_uring", summary.io_uring_processes,
                                    summary.io_uring_processes == 1 ? "" : "es"));
  const std::string per_call =
      summary.syscalls && !summary.chosen
          ? fmt::format(", {:.2f} bytes per system call",
                        static_cast<double>(summary.file_bytes) / static_cast<double>(summary.syscalls))
          : "";
  fact("file", human_bytes(summary.file_bytes) + per_call);
  if (!summary.cost.stopped_by.empty()) fact("stopped by", summary.cost.stopped_by);
  if (summary.cost.cpu_ns)
    fact("recorder",
         fmt::format(
             "{} CPU time, {} memory{}", human_duration(summary.cost.cpu_ns), human_bytes(summary.cost.max_rss_bytes),
             summary.cost.bpf_runs ? fmt::format(", {} in BPF programs", human_duration(summary.cost.bpf_ns)) : ""));
  const Coverage& coverage = summary.coverage;
  if (!coverage.lost_known)
    fact("lost", coverage.lost ? fmt::format("at least {}; the trace has no closing account", coverage.lost)
                               : "unknown: the trace has no closing account");
  else
    fact("lost", coverage.lost ? std::to_string(coverage.lost) : "nothing");
  for (const LostEvents& lost : coverage.losses)
    fact("", fmt::format("{}: {} {} ({})", lost.cpu == trace::kNoCpu ? "CPU unknown" : fmt::format("CPU {}", lost.cpu),
                         lost.count, lost.type, lost.reason));
  if (!coverage.complete) fact("complete", "no: the trace is damaged or has no end");
  return facts;
}

// Of a file that was made of another one.
std::vector<Fact> rewriting_of(const trace::Trace& trace) {
  std::vector<Fact> facts;
  for (const trace::RewritingStep& step : trace::read_rewriting(trace)) {
    uint64_t left_out = 0;
    for (const auto& [type, rows] : step.left_out) left_out += rows;
    facts.push_back(
        {step.what,
         fmt::format("made of another trace by {}{}{}{}", step.program, step.choice.empty() ? "" : ", " + step.choice,
                     left_out ? "; left out: " : "", left_out ? fmt::format("{} rows", left_out) : "")});
  }
  return facts;
}

Result answer(const Source& source, const Asked& asked) {
  const Watch watch(asked);
  Result result = result_of(summarise(source, call_query(source, asked, watch)));
  const std::vector<Fact> rewriting = rewriting_of(source.trace());
  result.facts.insert(result.facts.begin() + std::min<std::ptrdiff_t>(1, std::ssize(result.facts)), rewriting.begin(),
                      rewriting.end());
  result.stopped = watch.stopped();
  return result;
}

}  // namespace

extern constinit const Question kSummaryQuestion{.name = "summary",
                                                 .help = "The trace in numbers (default)",
                                                 .place = 0,
                                                 .takes = {.filter = Takes::Over::kEvents,
                                                           .time = Takes::Over::kEvents,
                                                           .stop = true,
                                                           .sort = false,
                                                           .limit = false},
                                                 .columns = columns,
                                                 .answer = answer};

Result result_of(const Summary& summary) {
  Result result("summary", columns());
  result.add(
      {{summary.events, summary.duration_ns, summary.processes, summary.threads, summary.syscalls, summary.read_bytes,
        summary.write_bytes, summary.coverage.lost_known ? Cell(summary.coverage.lost) : Cell(), summary.file_bytes,
        summary.facts.probe, summary.facts.kernel, uint64_t{summary.containers.size()}, summary.io_uring_processes,
        uint64_t{summary.facts.part}, summary.began_before, summary.peeked_bytes,
        summary.facts.host_label.empty() ? Cell() : Cell(summary.facts.host_label)}});
  result.facts = facts_of(summary);
  result.coverage = summary.coverage;
  return result;
}

namespace {

// Adds up what summaries say of calls; `rest` gets the blocks that are to be read for the rest. A call that had not returned at the end
// is told from one that had not begun at the start by its row only, so where there are such calls the smallest piece is read.
void add_summed_calls(const trace::Trace& trace, const CallQuery& query, Worker& to, trace::Positions::Builder& rest) {
  trace::SummaryReader reader(trace);
  auto add = [&](const trace::CallWork& piece) {
    if (!reader.load(piece) || !to.add(reader.sums())) return false;
    for (const uint32_t position : reader.blocks()) to.add_times(trace.frames()[position]);
    return true;
  };
  const trace::CallPlan plan = trace::plan_calls(trace, query.how_to_read() == Reading::kSummaries);
  for (const uint32_t position : plan.blocks) rest.insert(position);
  for (const trace::CallWork& piece : plan.summed) {
    if (query.watch && query.watch->stopped()) break;
    if (add(piece)) continue;
    std::vector<uint32_t> left(reader.blocks().begin(), reader.blocks().end()), known;
    std::sort(left.begin(), left.end());
    std::vector<trace::CallWork> units;
    if (piece.unit == trace::CallWork::kTotal) units = trace::all_sums(trace);
    for (const trace::CallWork& unit : units) {
      if (unit.position != piece.position || unit.unit == trace::CallWork::kTotal || !add(unit)) continue;
      known.insert(known.end(), reader.blocks().begin(), reader.blocks().end());
    }
    std::sort(known.begin(), known.end());
    for (const uint32_t position : left)
      if (!std::binary_search(known.begin(), known.end(), position)) rest.insert(position);
  }
}

}  // namespace

Summary summarise(const trace::Trace& trace) { return summarise(Session(trace), {}); }

Summary summarise(const Session& session, const CallQuery& query) {
  const trace::Trace& trace = session.trace();
  const ThreadTable& threads = session.threads();
  const bool everything = query.choice.everything();
  trace::Positions::Builder read;
  for (size_t i = 0; i < trace.frames().size(); ++i) {
    const trace::Frame frame = trace.frames()[i];
    if (!frame.is(trace::FrameKind::kBlock)) continue;
    const EventType* type = trace.catalogue().type(frame.type);
    if (!type)
      trace.damage().report(frame.offset, "block of a type that the trace doesn't describe");
    else if (type->is_event() && (!everything || type->name != "syscall"))
      read.insert(static_cast<uint32_t>(i));
  }
  auto summed = std::make_unique<Worker>(session, query.choice);
  if (everything) add_summed_calls(trace, query, *summed, read);
  const trace::Positions positions = std::move(read).done();
  auto workers = scan_blocks(
      trace, positions, [&] { return std::make_unique<Worker>(session, query.choice); }, query.watch);
  workers.push_back(std::move(summed));

  Totals all;
  all.threads.resize(everything ? 0 : threads.threads().size());
  for (const auto& worker : workers) {
    const Totals& totals = worker->totals();
    for (size_t i = 0; i < totals.threads.size(); ++i)
      if (totals.threads[i]) all.threads[i] = true;
    for (const auto& [type, events] : totals.events) all.events[type] += events;
    all.first_ns = std::min(all.first_ns, totals.first_ns);
    all.last_ns = std::max(all.last_ns, totals.last_ns);
    all.read_bytes += totals.read_bytes;
    all.write_bytes += totals.write_bytes;
    all.began_before += totals.began_before;
    all.peeked_bytes += totals.peeked_bytes;
  }

  Summary summary;
  for (const auto& [type, events] : all.events) {
    const EventType& known = *trace.catalogue().type(type);
    summary.events += events;
    if (known.name == "syscall") summary.syscalls = events;
    summary.by_type.push_back({known.name, events});
  }
  // A later part of a recording has calls that began in the one before.
  const uint64_t from = std::max(all.first_ns, trace.facts().start_boot_ns);
  summary.duration_ns = all.last_ns > from ? all.last_ns - from : 0;
  // All that are described; of a choice, those that it has events of.
  std::vector<bool> counted(threads.processes().size(), everything);
  for (size_t i = 1; i < all.threads.size(); ++i) {
    if (!all.threads[i]) continue;
    ++summary.threads;
    counted[threads.threads()[i].process] = true;
  }
  if (everything) summary.threads = threads.threads().size() - 1;
  const std::vector<bool> rings = processes_with_rings(trace, threads);
  for (size_t i = 1; i < counted.size(); ++i) {
    summary.processes += counted[i];
    summary.io_uring_processes += counted[i] && rings[i];
  }
  summary.containers = count_containers(session, counted);
  summary.chosen = !everything;
  summary.began_before = all.began_before;
  summary.read_bytes = all.read_bytes;
  summary.write_bytes = all.write_bytes;
  summary.peeked_bytes = all.peeked_bytes;
  summary.file_bytes = trace.bytes().size();
  summary.facts = trace.facts();
  summary.cost = trace.cost();
  summary.coverage = coverage_of(trace);
  return summary;
}

}  // namespace ebpftrace::analyzer
