// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/syscalls.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>

#include "analyzer/api/question.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/group_passes.h"
#include "analyzer/query/latency_histogram.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "trace/format/latency_buckets.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

struct Calls {
  uint64_t calls = 0, errors = 0, total_ns = 0, min_ns = UINT64_MAX, max_ns = 0;
  LatencyHistogram latency;

  void merge(const Calls& other) {
    calls += other.calls;
    errors += other.errors;
    total_ns += other.total_ns;
    min_ns = std::min(min_ns, other.min_ns);
    max_ns = std::max(max_ns, other.max_ns);
    latency.merge(other.latency);
  }
};

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query)
      : rows_(session, query, {"number", "flags", "result", "durationNs"}),
        grouped_(!query.by.empty()),
        positions_(2 << 16) {}

  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    while (rows_.next_tile()) {
      const uint64_t *number = rows_.column(kNumber), *flags = rows_.column(kFlags), *result = rows_.column(kResult),
                     *duration = rows_.column(kDuration);
      auto add = [&](Calls& calls, size_t i) { add_row(calls, flags[i], result[i], duration[i]); };
      if (grouped_)
        rows_.selected().for_each([&](size_t i) { add(groups_.of(rows_.groups()[i]), i); });
      else if (rows_.all())
        for (size_t i = 0, n = rows_.rows(); i < n; ++i) add(of(number[i], flags[i]), i);
      else
        rows_.selected().for_each([&](size_t i) { add(of(number[i], flags[i]), i); });
    }
  }

  void add(const trace::CallSum& sum) {
    Calls& calls = of(sum.number, sum.flags);
    calls.calls += sum.calls;
    calls.total_ns += sum.total_ns;
    calls.errors += sum.errors;
    if (!sum.timed) return;
    calls.min_ns = std::min(calls.min_ns, sum.min_ns);
    calls.max_ns = std::max(calls.max_ns, sum.max_ns);
    for (const trace::SumBucket& bucket : sum.buckets) calls.latency.add_bucket(bucket.bucket, bucket.count, budget_);
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (size_t i = 0; i < positions_.size(); ++i)
      if (positions_[i]) visit(i >> 16, static_cast<uint32_t>(i & 0xffff), calls_[positions_[i] - 1]);
    for (const auto& [key, position] : large_) visit(key >> 32, static_cast<uint32_t>(key), calls_[position - 1]);
  }
  // Numbers that no table has, past those that are told apart.
  const Calls& rest() const { return rest_; }
  KeyGroups& keys() { return rows_.keys(); }
  GroupSums<Calls>& groups() { return groups_; }

 private:
  enum { kNumber, kFlags, kResult, kDuration };

  void add_row(Calls& calls, uint64_t flags, uint64_t result, uint64_t duration) {
    calls.calls++;
    calls.total_ns += duration;
    if (flags & SYSCALL_UNFINISHED) return;
    calls.errors += is_error(result);
    if (flags & trace::kNoDuration) return;
    calls.min_ns = std::min(calls.min_ns, duration);
    calls.max_ns = std::max(calls.max_ns, duration);
    calls.latency.add(duration, budget_);
  }

  Calls& of(uint64_t number, uint64_t flags) {
    if (number > 0xffff) [[unlikely]] {
      const uint64_t key = (flags & SYSCALL_COMPAT) << 31 | (number & 0xffffffff);
      auto found = large_.find(key);
      if (found == large_.end()) {
        if (large_.size() == kMostLarge) return rest_;
        found = large_.emplace(key, new_position()).first;
      }
      return calls_[found->second - 1];
    }
    uint32_t& position = positions_[(flags & SYSCALL_COMPAT) << 15 | number];
    if (!position) [[unlikely]]
      position = new_position();
    return calls_[position - 1];
  }
  uint32_t new_position() {
    calls_.emplace_back();
    return static_cast<uint32_t>(calls_.size());
  }

  static constexpr size_t kMostLarge = 1024;  // a program that tries out numbers could make any number of rows

  CallRows rows_;
  const bool grouped_;
  GroupSums<Calls> groups_;
  std::vector<uint32_t> positions_;               // compat << 16 | number -> position in calls_ + 1
  std::unordered_map<uint64_t, uint32_t> large_;  // compat << 32 | number -> the same
  Calls rest_;
  std::deque<Calls> calls_;
  HistogramBudget budget_{256u << 10};  // 16 MiB
};

}  // namespace

namespace {

SyscallRow row_of(std::string name, const Calls& calls) {
  SyscallRow row{{}, std::move(name), calls.calls, calls.errors, calls.total_ns, {}, {}, {}, {}};
  if (calls.min_ns <= calls.max_ns) {
    row.min_ns = calls.min_ns;
    row.p50_ns = percentile(calls.latency, 0.50, calls.min_ns, calls.max_ns);
    row.p99_ns = percentile(calls.latency, 0.99, calls.min_ns, calls.max_ns);
    row.max_ns = calls.max_ns;
  }
  return row;
}

}  // namespace

namespace {

auto scan(const Session& session, const CallQuery& query) {
  return scan_calls(
      session.trace(), query.how_to_read(), [&] { return std::make_unique<Worker>(session, query); }, query.watch);
}

constexpr auto before = [](const auto& a, const auto& b) {
  return a.total_ns != b.total_ns ? a.total_ns > b.total_ns : a.calls > b.calls;
};

Syscalls by_groups(const Session& session, const CallQuery& query, size_t limit) {
  RankedGroups<SyscallRow> rows(limit, before);
  Calls others;
  GroupPasses passes(query);
  while (passes.more()) {
    const auto workers = scan(session, passes.query());
    Worker& all = *workers[0];
    for (size_t i = 1; i < workers.size(); ++i)
      merge_groups(all.keys(), all.groups(), workers[i]->keys(), workers[i]->groups(),
                   [](Calls& into, const Calls& from) { into.merge(from); });
    if (!passes.counts(all.keys())) continue;
    const std::vector<Calls>& calls = all.groups().list();
    rows.add(
        all.keys(), calls, before, [](const Calls&) { return true; },
        [&](uint32_t group) {
          SyscallRow row = row_of({}, calls[group]);
          row.keys = key_cells(session, query.by, all.keys(), group);
          return row;
        });
    others.merge(all.groups().others());
  }
  Syscalls result;
  result.names = rows.all();
  result.rows = rows.take();
  if (passes.others()) {
    result.rows.push_back(row_of({}, others));
    result.rows.back().keys = others_cells(query.by);
    result.shortfalls.emplace_back(kTooManyGroups);
  }
  if (rows.some_missing()) result.shortfalls.emplace_back(kTooManyRows);
  return result;
}

}  // namespace

Syscalls syscalls(const Session& session, const CallQuery& query, size_t limit) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  Syscalls result;
  if (!query.by.empty()) {
    result = by_groups(session, query, limit);
    result.coverage = coverage_of(trace, scope);
    return result;
  }

  const auto workers = scan(session, query);
  std::map<std::string, Calls> by_name;
  for (const auto& worker : workers) {
    worker->for_each([&](bool compat, uint32_t number, const Calls& calls) {
      by_name[trace.catalogue().table(compat).name(number)].merge(calls);
    });
    if (worker->rest().calls) by_name["(other numbers)"].merge(worker->rest());
  }
  result.names = by_name.size();
  for (const auto& [name, calls] : by_name) result.rows.push_back(row_of(name, calls));
  std::stable_sort(result.rows.begin(), result.rows.end(), before);
  result.rows.resize(std::min(limit, result.rows.size()));
  result.coverage = coverage_of(trace, scope);
  return result;
}

Syscalls syscalls(const trace::Trace& trace, size_t limit, Reading reading) {
  return syscalls(Session(trace), {.choice = {}, .by = {}, .reading = reading}, limit);
}

namespace {

std::vector<ResultColumn> syscalls_columns() {
  return {{"syscall", Unit::kText, "SYSCALL", "The call's name."},
          {"calls", Unit::kNumber, "CALLS", "How many, those without an end included."},
          {"errors", Unit::kNumber, "ERRORS", "How many failed."},
          {"total_ns", Unit::kDuration, "TOTAL", "Time in them, those without an end included."},
          {"min_ns", Unit::kDuration, "MIN", "The shortest finished one."},
          {"p50_ns", Unit::kDuration, "P50", "Half of them took at most so long; within 3.2 %."},
          {"p99_ns", Unit::kDuration, "P99", "99 % of them took at most so long; within 3.2 %."},
          {"max_ns", Unit::kDuration, "MAX", "The longest finished one."}};
}

// The measures; in front of them what it is grouped by, or what it is about.
Result result_of(const Syscalls& answer, std::span<const predicate::Field> by) {
  std::vector<ResultColumn> columns = syscalls_columns();
  if (!by.empty()) {
    columns.erase(columns.begin(), columns.begin() + 1);
    std::vector<ResultColumn> keys;
    for (const predicate::Field& field : by) keys.push_back(column_of(field));
    columns.insert(columns.begin(), keys.begin(), keys.end());
  }
  Result result("syscalls", std::move(columns));
  for (const auto& row : answer.rows) {
    std::vector<Cell> cells = row.keys;
    if (by.empty()) cells = {row.syscall};
    for (const Cell& cell : std::initializer_list<Cell>{row.calls, row.errors, row.total_ns, cell_of(row.min_ns),
                                                        cell_of(row.p50_ns), cell_of(row.p99_ns), cell_of(row.max_ns)})
      cells.push_back(cell);
    result.add(cells);
  }
  if (answer.rows.size() == result.rows()) result.all_rows = std::max(answer.names, result.rows());
  result.coverage = answer.coverage;
  result.shortfalls = answer.shortfalls;
  return result;
}

}  // namespace

Result result_of(const Syscalls& answer) { return result_of(answer, {}); }

namespace {
constexpr RankedBy kRankedBy[] = {{"total_ns"}, {"calls"}};
}  // namespace

extern constinit const Question kSyscallsQuestion{
    .name = "syscalls",
    .help = "System calls by name: count, errors, latency",
    .place = 30,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of system calls, such as path, process, user, error (--fields syscalls lists all)",
              .stop = true,
              .durations = true},
    .columns = syscalls_columns,
    .answer = [](const Source& session, const Asked& asked) {
      const Watch watch(asked);
      const CallQuery query = call_query(session, asked, watch);
      Result result = result_of(syscalls(session, query, asked.limit), query.by);
      result.stopped = watch.stopped();
      mark_bounds(result, {"calls", "errors", "total_ns", "max_ns"});
      return result;
    }};

}  // namespace ebpftrace::analyzer
