// SPDX-License-Identifier: Apache-2.0
// How long calls took, or how much they moved, by powers of two. Latencies of all calls, also by process, come from
// summaries where those have them; they are the same as from rows. Memory: 2^17 groups and 16 MiB of buckets for each worker.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <optional>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/group_passes.h"
#include "analyzer/query/latency_histogram.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "analyzer/tables/cell_text.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/bars.h"
#include "analyzer/text/escape.h"
#include "trace/format/latency_buckets.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

enum class What : uint8_t { kLatency, kIoLatency, kSize };

constexpr std::array<std::string_view, 3> kWhat = {"latency", "io-latency", "size"};

// It is one of them, or left out.
What what_of(const Asked& asked) {
  const auto found = std::find(kWhat.begin(), kWhat.end(), asked.argument);
  return found == kWhat.end() ? What::kLatency : static_cast<What>(found - kWhat.begin());
}

struct Values {
  LatencyHistogram buckets;
  uint64_t least = UINT64_MAX, most = 0;

  void merge(const Values& other) {
    buckets.merge(other.buckets);
    least = std::min(least, other.least);
    most = std::max(most, other.most);
  }
};

// What rows are of: everything together, processes (which sums know, too), or groups of any fields.
enum class Division : uint8_t { kNone, kProcesses, kGroups };

Division division_of(const CallQuery& query) {
  if (query.by.empty()) return Division::kNone;
  return query.by.size() == 1 && query.by[0].name == kProcessIdentity ? Division::kProcesses : Division::kGroups;
}

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query, What what)
      : what_(what),
        division_(division_of(query)),
        rows_(session, query, {"number", "flags", "durationNs", "thread", "result", "moved"}),
        threads_(session.threads()),
        flow_(session.flow()),
        by_process_(division_ == Division::kProcesses ? threads_.processes().size() : 1) {}

  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    const auto number = rows_.constant(kNumber), flags = rows_.constant(kFlags);
    if (what_ != What::kLatency && number && flags && !moves(*number, *flags)) return;
    while (rows_.next_tile()) {
      if (what_ == What::kSize)
        add_tile([this](const Columns& of, size_t i, uint64_t& value) { return size(of, i, value); });
      else
        add_tile([this](const Columns& of, size_t i, uint64_t& value) { return latency(of, i, value); });
    }
  }

  // Not of sizes: sums don't have them.
  void add(const trace::CallSum& sum) {
    if (!sum.timed || (what_ == What::kIoLatency && !moves(sum.number, sum.flags))) return;
    Values& values = of_process(sum.thread);
    values.least = std::min(values.least, sum.min_ns);
    values.most = std::max(values.most, sum.max_ns);
    for (const trace::SumBucket& bucket : sum.buckets) values.buckets.add_bucket(bucket.bucket, bucket.count, budget_);
  }

  KeyGroups& keys() { return rows_.keys(); }
  GroupSums<Values>& groups() { return groups_; }
  std::vector<std::unique_ptr<Values>>& by_process() { return by_process_; }

 private:
  enum { kNumber, kFlags, kDuration, kThread, kResult, kMoved };

  // Of the tile: kept in registers while rows are added up.
  struct Columns {
    explicit Columns(const CallRows& rows)
        : number(rows.column(kNumber)),
          flags(rows.column(kFlags)),
          duration(rows.column(kDuration)),
          thread(rows.column(kThread)),
          result(rows.column(kResult)),
          moved(rows.column(kMoved)) {}
    const uint64_t *number, *flags, *duration, *thread, *result, *moved;
  };

  bool moves(uint64_t number, uint64_t flags) const { return flow_.of(number, flags) & CallFlow::kMoves; }
  // Whether the row has a value.
  bool latency(const Columns& of, size_t i, uint64_t& value) const {
    value = of.duration[i];
    return !(of.flags[i] & trace::kNoDuration) && (what_ != What::kIoLatency || moves(of.number[i], of.flags[i]));
  }
  bool size(const Columns& of, size_t i, uint64_t& value) const {
    const uint64_t flags = of.flags[i], result = of.result[i];
    const uint8_t flow = flow_.of(of.number[i], flags);
    if (!(flow & CallFlow::kMoves) || flags & SYSCALL_UNFINISHED || result >> 63) return false;
    const CallBytes bytes = CallFlow::bytes(CallFlow::directed(flow, flags), flags, result, of.moved[i], 0);
    value = std::max(bytes.read, bytes.written);
    return true;
  }

  template <typename ValueOf>
  void add_tile(ValueOf&& value_of) {
    const Columns of{rows_};
    const uint32_t* group = rows_.groups();
    auto add_row = [&](size_t i) {
      uint64_t value = 0;
      if (!value_of(of, i, value)) return;
      Values& values = division_ == Division::kGroups ? groups_.of(group[i]) : of_process(of.thread[i]);
      values.least = std::min(values.least, value);
      values.most = std::max(values.most, value);
      values.buckets.add(value, budget_);
    };
    if (rows_.all())
      for (size_t i = 0, n = rows_.rows(); i < n; ++i) add_row(i);
    else
      rows_.selected().for_each(add_row);
  }

  Values& of_process(uint64_t thread) {
    auto& values = by_process_[division_ == Division::kProcesses ? threads_.process_of(thread) : 0];
    if (!values) [[unlikely]]
      values = std::make_unique<Values>();
    return *values;
  }

  const What what_;
  const Division division_;
  CallRows rows_;
  const ThreadTable& threads_;
  const CallFlow& flow_;
  GroupSums<Values> groups_;
  std::vector<std::unique_ptr<Values>> by_process_;  // by position in the thread table; of everything: one
  HistogramBudget budget_{256u << 10};               // 16 MiB
};

std::vector<ResultColumn> value_columns(Unit unit) {
  return {{"low", unit, "FROM", "The least that is counted here."},
          {"high", unit, "BELOW", "The least that is not; the next one's low."},
          {"count", Unit::kNumber, "COUNT", "Calls in between."},
          {"p50", unit, "P50", "Of all calls of the keys: half of them have at most so much; within 3.2 %."},
          {"p90", unit, "P90", "90 % of them; within 3.2 %."},
          {"p99", unit, "P99", "99 % of them; within 3.2 %."},
          {"p99_9", unit, "P99.9", "99.9 % of them; within 3.2 %."},
          {"max", unit, "MAX", "The most of all."}};
}

// The least of the power of two that a value of the bucket lies in: 0, 1, 2, 4 ...
uint64_t low_of(uint64_t value) { return std::bit_floor(value); }
uint64_t high_of(uint64_t low) { return low == 0 ? 1 : low > UINT64_MAX / 2 ? UINT64_MAX : 2 * low; }

// A row for each power of two from the least value to the most, also where there is none.
void add_rows(Result& result, const std::vector<Cell>& keys, const Cell& name, const Values& values) {
  std::array<uint64_t, 65> counts{};
  values.buckets.for_each(
      [&](unsigned bucket, uint32_t count) { counts[std::bit_width(trace::middle_of_bucket(bucket))] += count; });
  auto part = [&](double share) { return cell_of(percentile(values.buckets, share, values.least, values.most)); };
  const std::array<Cell, 5> of_all = {part(0.5), part(0.9), part(0.99), part(0.999), values.most};
  std::vector<Cell> cells;
  for (uint64_t low = low_of(values.least);; low = high_of(low)) {
    cells = keys;
    if (result.columns()[keys.size()].only_people()) cells.push_back(name);
    cells.insert(cells.end(), {low, high_of(low), counts[std::bit_width(low)]});
    cells.insert(cells.end(), of_all.begin(), of_all.end());
    if (!result.add(cells) || low == low_of(values.most)) return;
  }
}

// Units that take as many columns as bytes, but for the sign of micro.
std::string to_the_right(const std::string& text, size_t columns) {
  std::string ignored;
  const size_t has = append_terminal(ignored, text);
  return std::string(columns - std::min(columns, has), ' ') + text;
}

// The keys and what is true of all, then a bar for each row.
std::string draw(const Result& result, size_t width) {
  const std::vector<ResultColumn>& columns = result.columns();
  const size_t low = *result.column("low");
  auto cell = [&](size_t row, size_t column) {
    return shown_cell(result.cell(row, column), columns[column].unit).text;
  };
  auto count_of = [&](size_t row) { return std::get<uint64_t>(result.cell(row, low + 2)); };
  constexpr size_t kBefore = 44;  // what the lines have in front of their bars
  const size_t bar_width = std::clamp<size_t>((width ? width : 80) - std::min(width ? width : 80, kBefore), 10, 100);
  std::string out;
  for (size_t row = 0; row < result.rows();) {
    size_t end = row;
    uint64_t all = 0, most = 0;
    // A group's rows are one behind the other, each where the one before ends.
    do {
      all += count_of(end);
      most = std::max(most, count_of(end));
      ++end;
    } while (end < result.rows() && cell(end, low) == cell(end - 1, low + 1) && [&] {
      for (size_t key = 0; key < low; ++key)
        if (cell(end, key) != cell(row, key)) return false;
      return true;
    }());
    std::string head;
    for (size_t key = 0; key < low; ++key)
      head += fmt::format("{}{} {}", key ? ", " : "", columns[key].name, cell(row, key));
    if (row) out += '\n';
    if (!head.empty()) {
      if (width) cut_to_columns(head, width);
      out += head + '\n';
    }
    out += fmt::format("{} calls, p50 {}, p90 {}, p99 {}, p99.9 {}, max {}\n", all, cell(row, low + 3),
                       cell(row, low + 4), cell(row, low + 5), cell(row, low + 6), cell(row, low + 7));
    for (; row < end; ++row) {
      const double percent = 100 * static_cast<double>(count_of(row)) / static_cast<double>(std::max<uint64_t>(all, 1));
      out +=
          fmt::format("  {} ..{} {:>12} {:>5.1f} %  {}\n", to_the_right(cell(row, low), 8),
                      to_the_right(cell(row, low + 1), 8), count_of(row), percent, bar(count_of(row), most, bar_width));
      out.erase(out.find_last_not_of(" \n") + 1);
      out += '\n';
    }
  }
  return out;
}

struct Row {
  std::vector<Cell> keys;
  Cell name;  // for people
  Values values;
};

// Most calls first.
bool before(const Values& a, const Values& b) {
  if (a.buckets.count() != b.buckets.count()) return a.buckets.count() > b.buckets.count();
  return a.most > b.most;
}

struct Histograms {
  std::vector<Row> rows;
  size_t all = 0;  // also past the limit
  std::optional<Values> others;
  bool some_missing = false;
};

using Workers = std::vector<std::unique_ptr<Worker>>;

template <typename Scan>
Histograms by_groups(const Session& session, const CallQuery& query, size_t limit, Scan&& scan) {
  RankedGroups<Row> rows(limit, [](const Row& a, const Row& b) { return before(a.values, b.values); });
  Values others;
  GroupPasses passes(query);
  while (passes.more()) {
    const Workers workers = scan(passes.query());
    Worker& all = *workers[0];
    for (size_t i = 1; i < workers.size(); ++i)
      merge_groups(all.keys(), all.groups(), workers[i]->keys(), workers[i]->groups(),
                   [](Values& into, const Values& from) { into.merge(from); });
    if (!passes.counts(all.keys())) continue;
    std::vector<Values>& values = all.groups().list();
    rows.add(
        all.keys(), values, before, [](const Values& one) { return one.buckets.count() != 0; },
        [&](uint32_t group) {
          return Row{key_cells(session, query.by, all.keys(), group), {}, std::move(values[group])};
        });
    others.merge(all.groups().others());
  }
  Histograms result{rows.take(), rows.all(), {}, rows.some_missing()};
  if (passes.others()) result.others = std::move(others);
  return result;
}

// Or of everything together.
Histograms by_processes(const Session& session, Division division, size_t limit, const Workers& workers) {
  auto& all = workers[0]->by_process();
  for (size_t i = 1; i < workers.size(); ++i)
    for (size_t process = 0; process < all.size(); ++process) {
      auto& from = workers[i]->by_process()[process];
      if (all[process] && from)
        all[process]->merge(*from);
      else if (from)
        all[process] = std::move(from);
    }
  std::vector<uint32_t> ranked;
  for (uint32_t process = 0; process < all.size(); ++process)
    if (all[process] && all[process]->buckets.count()) ranked.push_back(process);
  std::stable_sort(ranked.begin(), ranked.end(), [&](uint32_t a, uint32_t b) { return before(*all[a], *all[b]); });
  Histograms result;
  result.all = ranked.size();
  for (const uint32_t at : std::span(ranked).first(std::min(limit, ranked.size()))) {
    Row& row = result.rows.emplace_back();
    row.values = std::move(*all[at]);
    if (division != Division::kProcesses) continue;
    const Process& process = session.threads().processes()[at];
    row.keys = {pid_cell(process.pid)};
    row.name = name_cell(process.name, process.pid);
  }
  return result;
}

Result answer(const Source& session, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  session.threads();
  const Watch watch(asked);
  const What what = what_of(asked);
  const CallQuery query = call_query(session, asked, watch);
  const Division division = division_of(query);
  const bool has_sums = query.choice.everything() && division != Division::kGroups && what != What::kSize;
  auto scan = [&](const CallQuery& pass) {
    return scan_calls(
        trace, has_sums ? pass.reading : Reading::kRows, [&] { return std::make_unique<Worker>(session, pass, what); },
        &watch);
  };
  const Histograms rows = division == Division::kGroups ? by_groups(session, query, asked.limit, scan)
                                                        : by_processes(session, division, asked.limit, scan(query));

  std::vector<ResultColumn> columns = value_columns(what == What::kSize ? Unit::kBytes : Unit::kDuration);
  if (division == Division::kProcesses)
    columns.insert(columns.begin(), {"process", Unit::kText, "PROCESS", "Its latest name.", Show::kOnlyPeople});
  for (size_t i = query.by.size(); i-- > 0;) columns.insert(columns.begin(), column_of(query.by[i]));
  Result result("histogram", std::move(columns));
  result.draw = draw;
  bool partial = false;
  for (const Row& row : rows.rows) {
    partial |= row.values.buckets.partial();
    add_rows(result, row.keys, row.name, row.values);
  }
  if (rows.others) {
    if (rows.others->buckets.count()) add_rows(result, others_cells(query.by), {}, *rows.others);
    result.shortfalls.emplace_back(kTooManyGroups);
  }
  if (rows.some_missing) result.shortfalls.emplace_back(kTooManyRows);
  if (partial)
    result.shortfalls.emplace_back("more different values than this program counts; the last ones are not counted");
  result.more_keys = rows.all - rows.rows.size();
  result.all_rows = result.rows();
  result.stopped = watch.stopped();
  result.coverage = coverage_of(trace, scope);
  mark_bounds(result, {"count"});
  return result;
}

constexpr RankedBy kRankedBy[] = {{"count"}, {"max", true}};

}  // namespace

extern constinit const Question kHistogramQuestion{
    .name = "histogram",
    .help = "How many calls took how long, or moved how much: latency, io-latency (of reads and writes) or size",
    .place = 36,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of system calls, such as pid, syscall, path (--fields syscalls lists all)",
              .stop = true,
              .durations = true,
              .argument = {"WHAT", kWhat, true},
              .keys_before = "low"},
    .columns = [] { return value_columns(Unit::kNumber); },
    .answer = answer};

}  // namespace ebpftrace::analyzer
