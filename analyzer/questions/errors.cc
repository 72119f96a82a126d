// SPDX-License-Identifier: Apache-2.0
// Which calls failed, how, on what, and how often. Of blocks without errors nothing but the results is looked at.
// Memory: 2^17 groups and 2^18 pairs of group and process for each worker.
#include <algorithm>
#include <memory>
#include <unordered_set>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/group_passes.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostUses = 1u << 18;

struct Failures {
  uint64_t errors = 0, total_ns = 0, first_ns = UINT64_MAX, last_ns = 0;
  uint64_t first_thread = 0;

  void add(uint64_t time_ns, uint64_t duration_ns, uint64_t thread) {
    ++errors;
    total_ns += duration_ns;
    last_ns = std::max(last_ns, time_ns);
    if (time_ns >= first_ns) return;
    first_ns = time_ns;
    first_thread = thread;
  }
  void merge(const Failures& other) {
    errors += other.errors;
    total_ns += other.total_ns;
    last_ns = std::max(last_ns, other.last_ns);
    if (other.first_ns >= first_ns) return;
    first_ns = other.first_ns;
    first_thread = other.first_thread;
  }
};

// Which processes a group has, as pairs; past those that are kept, nothing is said of how many.
class Uses {
 public:
  void add(uint64_t group, uint64_t process) {
    const uint64_t use = group << 32 | process;
    if (use == last_ || group == KeyGroups::kOthers) return;
    last_ = use;
    if (uses_.size() < kMostUses)
      uses_.insert(use);
    else
      full_ |= !uses_.contains(use);
  }
  bool full() const { return full_; }
  void set_full() { full_ = true; }
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const uint64_t use : uses_) visit(static_cast<uint32_t>(use >> 32), static_cast<uint32_t>(use));
  }

 private:
  std::unordered_set<uint64_t> uses_;
  uint64_t last_ = UINT64_MAX;
  bool full_ = false;
};

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query)
      : rows_(session, query, {"timeNs", "durationNs", "thread"}), threads_(session.threads()) {}

  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    while (rows_.next_tile()) {
      const uint64_t *time = rows_.column(0), *duration = rows_.column(1), *thread = rows_.column(2);
      const uint32_t* group = rows_.groups();
      rows_.selected().for_each([&](size_t i) {
        groups_.of(group[i]).add(time[i], duration[i], thread[i]);
        uses_.add(group[i], threads_.process_of(thread[i]));
      });
    }
  }

  KeyGroups& keys() { return rows_.keys(); }
  GroupSums<Failures>& groups() { return groups_; }
  Uses& uses() { return uses_; }

 private:
  CallRows rows_;
  const ThreadTable& threads_;
  GroupSums<Failures> groups_;
  Uses uses_;
};

void merge(Worker& into, Worker& from) {
  std::vector<uint32_t> same(from.groups().list().size());
  for (uint32_t group = 0; group < same.size(); ++group) {
    same[group] = into.keys().group_like(from.keys(), group);
    into.groups().of(same[group]).merge(from.groups().list()[group]);
  }
  into.groups().others().merge(from.groups().others());
  into.keys().merge_others(from.keys());
  from.uses().for_each([&](uint32_t group, uint32_t process) { into.uses().add(same[group], process); });
  if (from.uses().full()) into.uses().set_full();
}

std::vector<ResultColumn> columns() {
  return {{"syscall", Unit::kText, "SYSCALL", "The call."},
          {"error", Unit::kText, "ERROR", "The error that it returned."},
          {"path", Unit::kText, "PATH", "What it worked on, as in --events; nothing: no file and no path."},
          {"errors", Unit::kNumber, "ERRORS", "How often."},
          {"processes", Unit::kNumber, "PROCESSES", "Processes to which it happened; nothing: too many to count.",
           Show::kIfRoom},
          {"first_ns", Unit::kTime, "FIRST", "When the first of these calls began."},
          {"last_ns", Unit::kTime, "LAST", "When the last one began.", Show::kIfRoom},
          {"total_ns", Unit::kDuration, "TOTAL", "Time in these calls."},
          {"first_pid", Unit::kIdentity, "", "Process of the first one."},
          {"first_process", Unit::kText, "FIRST PROCESS", "Its name then."}};
}

constexpr size_t kKeys = 3;  // the columns that --by replaces

std::vector<ResultColumn> columns_by(std::span<const predicate::Field> by) {
  std::vector<ResultColumn> list, all = columns();
  for (const predicate::Field& field : by) list.push_back(column_of(field));
  list.insert(list.end(), all.begin() + kKeys, all.end());
  return list;
}

Result answer(const Source& session, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  const ThreadTable& threads = session.threads();
  const Watch watch(asked);
  CallQuery query = call_query(session, asked, watch, "failed");
  const bool own_keys = query.by.empty();
  if (own_keys) query.by = group_fields(*session.relation("syscalls"), {"syscall", "error", "path"});
  struct Row {
    std::vector<Cell> keys;
    Failures sum;
    Cell processes;
  };
  auto before = [](const Failures& a, const Failures& b) {
    if (a.errors != b.errors) return a.errors > b.errors;
    return a.total_ns != b.total_ns ? a.total_ns > b.total_ns : a.first_ns < b.first_ns;
  };
  RankedGroups<Row> rows(asked.limit, [&](const Row& a, const Row& b) { return before(a.sum, b.sum); });
  Failures others;
  GroupPasses passes(query);
  while (passes.more()) {
    auto workers = scan_blocks(
        trace, trace.blocks_of("syscall"), [&] { return std::make_unique<Worker>(session, passes.query()); }, &watch);
    Worker& all = *workers[0];
    for (size_t i = 1; i < workers.size(); ++i) merge(all, *workers[i]);
    if (!passes.counts(all.keys())) continue;
    const std::vector<Failures>& failures = all.groups().list();
    std::vector<uint64_t> processes(failures.size());
    all.uses().for_each([&](uint32_t group, uint32_t) { ++processes[group]; });
    rows.add(
        all.keys(), failures, before, [](const Failures&) { return true; },
        [&](uint32_t group) {
          return Row{key_cells(session, query.by, all.keys(), group), failures[group],
                     all.uses().full() ? Cell() : Cell(processes[group])};
        });
    others.merge(all.groups().others());
  }

  Result result("errors", own_keys ? columns() : columns_by(query.by));
  auto add = [&](std::vector<Cell> cells, const Failures& sum, Cell used_by) {
    const Process& first = threads.processes()[threads.process_of(sum.first_thread)];
    const bool any = sum.errors != 0;
    for (Cell& cell :
         std::vector<Cell>{sum.errors, std::move(used_by), any ? Cell(trace.since_start(sum.first_ns)) : Cell(),
                           any ? Cell(trace.since_start(sum.last_ns)) : Cell(), sum.total_ns, pid_cell(first.pid),
                           name_cell(threads.name_at(threads.process_of(sum.first_thread), sum.first_ns), first.pid)})
      cells.push_back(std::move(cell));
    return result.add(cells);
  };
  for (Row& row : rows.take()) add(std::move(row.keys), row.sum, std::move(row.processes));
  size_t all_rows = rows.all();
  if (passes.others()) {
    add(others_cells(query.by), others, {});
    ++all_rows;
    result.shortfalls.emplace_back(kTooManyGroups);
  }
  if (rows.some_missing()) result.shortfalls.emplace_back(kTooManyRows);
  result.all_rows = all_rows;
  result.stopped = watch.stopped();
  result.coverage = coverage_of(trace, scope);
  mark_bounds(result, {"errors", "processes", "total_ns"});
  return result;
}

constexpr RankedBy kRankedBy[] = {{"errors"}, {"total_ns"}};

}  // namespace

extern constinit const Question kErrorsQuestion{
    .name = "errors",
    .help = "Calls that failed: which, how, on what, how often",
    .place = 32,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of system calls, such as error, process,error (--fields syscalls lists all)",
              .stop = true,
              .durations = true},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
