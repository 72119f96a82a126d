// SPDX-License-Identifier: Apache-2.0
// The single calls that took longest. What is scanned is durations; summaries have every call of a millisecond and more, so
// where they show that the slowest ones are among those, only the blocks are read that hold such a call. Then the texts of
// the few that are left are written. Of equal durations the one that lies first in the file comes first.
#include <algorithm>
#include <memory>
#include <queue>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/long_calls.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "analyzer/questions/events.h"
#include "schema/values.h"
#include "trace/read/summaries.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostCalls = 10'000;

struct SlowCall {
  uint64_t duration_ns;
  uint32_t frame, row;
  uint32_t number;
  bool compat;
};

struct Slower {
  bool operator()(const SlowCall& a, const SlowCall& b) const {
    if (a.duration_ns != b.duration_ns) return a.duration_ns > b.duration_ns;
    return a.frame != b.frame ? a.frame < b.frame : a.row < b.row;
  }
};

// The slowest so many of what is added.
class Slowest {
 public:
  explicit Slowest(size_t most) : most_(most) {}

  // What is shorter needs not be added.
  uint64_t threshold_ns() const { return most_ && calls_.size() == most_ ? calls_.top().duration_ns : 0; }
  void add(const SlowCall& call) {
    if (!most_ || (calls_.size() == most_ && !Slower()(call, calls_.top()))) return;
    if (calls_.size() == most_) calls_.pop();
    calls_.push(call);
  }
  // The slowest first; nothing is left.
  std::vector<SlowCall> take() {
    std::vector<SlowCall> calls(calls_.size());
    for (auto at = calls.rbegin(); at != calls.rend(); ++at, calls_.pop()) *at = calls_.top();
    return calls;
  }

 private:
  size_t most_;
  std::priority_queue<SlowCall, std::vector<SlowCall>, Slower> calls_;  // the fastest on top
};

class Worker {
 public:
  // least_ns: shorter ones are none of the slowest.
  Worker(const Session& session, const CallQuery& query, size_t most, uint64_t least_ns)
      : trace_(session.trace()),
        everything_(query.choice.everything()),
        rows_(session, query, {"durationNs", "number", "flags"}),
        least_ns_(least_ns),
        slowest_(most) {}

  void operator()(uint32_t position) {
    if (!rows_.load(trace_.frames()[position])) return;
    const auto range = rows_.range(kDuration);
    if (everything_ && range && range->most < threshold_ns()) return;
    while (rows_.next_tile()) {
      const uint64_t* duration = rows_.column(kDuration);
      uint64_t threshold = threshold_ns();
      auto look_at = [&](size_t i) {
        if (duration[i] < threshold || rows_.column(kFlags)[i] & SYSCALL_NO_DURATION) return;
        add(position, i);
        threshold = threshold_ns();
      };
      if (rows_.all()) {
        for (size_t i = 0, n = rows_.rows(); i < n; ++i) look_at(i);
      } else {
        chosen_ += rows_.selected().count();
        rows_.selected().for_each(look_at);
      }
    }
  }

  uint64_t chosen() const { return chosen_; }  // calls that passed the filter, if there is one
  Slowest& slowest() { return slowest_; }

 private:
  enum { kDuration, kNumber, kFlags };

  uint64_t threshold_ns() const { return std::max(least_ns_, slowest_.threshold_ns()); }
  void add(uint32_t position, size_t i) {
    slowest_.add({rows_.column(kDuration)[i], position, static_cast<uint32_t>(rows_.tile_start() + i),
                  static_cast<uint32_t>(rows_.column(kNumber)[i]), (rows_.column(kFlags)[i] & SYSCALL_COMPAT) != 0});
  }

  const trace::Trace& trace_;
  const bool everything_;
  CallRows rows_;
  const uint64_t least_ns_;
  uint64_t chosen_ = 0;
  Slowest slowest_;
};

struct Found {
  std::vector<SlowCall> calls;  // the slowest first
  uint64_t chosen = 0;
};

Found scan(const Session& session, const CallQuery& query, const trace::Positions& positions, size_t most,
           uint64_t least_ns) {
  std::vector<std::unique_ptr<Worker>> workers;
  const unsigned count = worker_count(session.trace(), positions);
  for (unsigned i = 0; i < count; ++i) workers.push_back(std::make_unique<Worker>(session, query, most, least_ns));
  share_out(
      count, positions.size(),
      [&](unsigned own) { return [&worker = *workers[own], positions](size_t i) { worker(positions[i]); }; },
      query.watch);
  Found found;
  Slowest all(most);
  for (const auto& worker : workers) {
    for (const SlowCall& call : worker->slowest().take()) all.add(call);
    found.chosen += worker->chosen();
  }
  found.calls = all.take();
  return found;
}

// Blocks that can hold one of the slowest calls, by what the summaries say of the long ones.
struct Candidates {
  trace::Positions positions;
  uint64_t least_ns = 0;  // the slowest `most` take at least so long
};

// Nothing: the summaries don't say enough.
std::optional<Candidates> candidates(const trace::Trace& trace, size_t most) {
  std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> durations;
  trace::SummaryReader reader(trace);
  for (uint32_t i = 0; i < trace.frames().size(); ++i) {
    if (!trace.frames()[i].is(trace::FrameKind::kSummary) || !reader.load_facts(i)) continue;
    for (const trace::LongCall& call : reader.long_calls()) {
      durations.push(call.duration_ns);
      if (durations.size() > most) durations.pop();
    }
  }
  if (!most || durations.size() < most) return std::nullopt;
  Candidates result;
  result.least_ns = durations.top();
  const std::vector<bool> without = blocks_without_calls_of(trace, result.least_ns);
  trace::Positions::Builder positions;
  for (const uint32_t position : trace.blocks_of("syscall"))
    if (!without[position]) positions.insert(position);
  result.positions = std::move(positions).done();
  return result;
}

Found find_slowest(const Session& session, const CallQuery& query, size_t most) {
  const trace::Trace& trace = session.trace();
  if (query.how_to_read() == Reading::kSummaries) {
    if (const auto some = candidates(trace, most)) {
      Found found = scan(session, query, some->positions, most, some->least_ns);
      if (found.calls.size() == most || query.watch->stopped()) return found;
      // There are fewer such calls than the summaries say: blocks are damaged, or the summaries are wrong.
    }
  }
  return scan(session, query, trace.blocks_of("syscall"), most, 0);
}

std::vector<ResultColumn> columns() {
  return {
      {"duration_ns", Unit::kDuration, "DURATION", "How long it took; of an unfinished one, as long as it was seen."},
      {"time_ns", Unit::kTime, "BEGAN", "When it began."},
      {"pid", Unit::kIdentity, "PID", "Its process; nothing: not described."},
      {"tid", Unit::kIdentity, "", "Its thread."},
      {"process", Unit::kText, "PROCESS", "The process's name at that time."},
      {"args", Unit::kText, "CALL", "", Show::kOnlyPeople},
      {"syscall", Unit::kText, "", "The call."},
      {"args", Unit::kText, "", "Its arguments as strace shows them."},
      {"result", Unit::kSigned, "", "What the kernel returned; nothing: it did not return."},
      {"result_text", Unit::kText, "", "The same as strace shows it."},
      {"path", Unit::kText, "", "The file behind its descriptor, else its path argument."},
      {"unfinished", Unit::kTruth, "", "It had not returned when its thread or the recording ended."},
      {"began_before", Unit::kTruth, "", "It was in progress when its thread's recording began: it took longer."}};
}

// As a line of --events has it.
std::string call_text(const Event& event) {
  std::string text(event.event);
  text += '(';
  text += event.args;
  text += ") = ";
  text += event.result_text;
  if (event.began_before) text += " <began before>";
  if (event.unfinished && event.returns) text += " <unfinished>";
  return text;
}

void add(Result& result, const Event& event) {
  result.add({event.duration_ns ? Cell(*event.duration_ns) : Cell(), event.time_ns, pid_cell(event.pid),
              pid_cell(event.tid), name_cell(event.process, event.pid), call_text(event), std::string(event.event),
              std::string(event.args), cell_of(event.result), std::string(event.result_text),
              event.path ? Cell(with_cut_mark(*event.path, event.path_cut)) : Cell(), event.unfinished,
              event.began_before});
}

Result answer(const Source& session, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  const Watch watch(asked);
  const CallQuery query = call_query(session, asked, watch);
  const Found found = find_slowest(session, query, std::min(asked.limit, kMostCalls));

  // Where a path began that was given from the working directory on, as --events shows it.
  std::vector<EventKey> rows;
  uint64_t directories_up_to_ns = 0;
  for (const SlowCall& call : found.calls) {
    const trace::Frame frame = trace.frames()[call.frame];
    rows.push_back({frame.last_ns, call.frame, call.row});
    const trace::SyscallType* type = trace.catalogue().table(call.compat).find(call.number);
    if (type && std::any_of(type->args.begin(), type->args.end(),
                            [](const trace::SyscallArg& arg) { return arg.how.kind == trace::ArgKind::kDirfd; }))
      directories_up_to_ns = std::max(directories_up_to_ns, frame.last_ns);
  }
  Result result("slowest", columns());
  hand_over_events(session, rows, directories_up_to_ns, [&](const Event& event) {
    add(result, event);
    return true;
  });
  const bool timed = !trace.facts().no_durations;
  if (timed) result.all_rows = found.chosen;
  if (timed && query.choice.everything())
    for (const uint32_t position : trace.blocks_of("syscall")) result.all_rows += trace.frames()[position].count;
  if (result.all_rows > kMostCalls && asked.limit > kMostCalls)
    result.shortfalls.push_back("no more than the " + std::to_string(kMostCalls) + " slowest calls are listed");
  result.stopped = watch.stopped();
  result.coverage = coverage_of(trace, scope);
  return result;
}

constexpr RankedBy kRankedBy[] = {{"duration_ns"}};

}  // namespace

extern constinit const Question kSlowestQuestion{
    .name = "slowest",
    .help = "The single calls that took longest, with file and arguments",
    .place = 34,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents, .time = Takes::Over::kEvents, .stop = true, .durations = true},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
