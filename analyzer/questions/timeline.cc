// SPDX-License-Identifier: Apache-2.0
// What went on when: calls, errors, bytes, latency and processes by stretches of time of one length, as numbers, and to
// people as a picture as wide as their terminal. Memory: 2^16 pairs of key and stretch, 8 MiB of latencies
// and 2 MiB of processes for each worker, and 2^20 pairs as numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/group_passes.h"
#include "analyzer/query/latency_histogram.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/time_grid.h"
#include "analyzer/query/time_sums.h"
#include "analyzer/questions/cells.h"
#include "analyzer/tables/cell_text.h"
#include "analyzer/tables/time_picture.h"
#include "analyzer/text/bars.h"
#include "analyzer/text/escape.h"
#include "schema/values.h"
#include "trace/format/latency_buckets.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostUses = 1u << 19;  // processes of all cells of a worker

// Which processes there are; of few as a rule, of some thousands at most.
class ProcessSet {
 public:
  void add(uint32_t process, size_t& room) {
    if (process == last_) return;
    const auto at = std::lower_bound(all_.begin(), all_.end(), process);
    if (at == all_.end() || *at != process) {
      if (!room) {
        full_ = true;
        return;
      }
      --room;
      all_.insert(at, process);
    }
    last_ = process;
  }
  void merge(const ProcessSet& other) {
    std::vector<uint32_t> both;
    std::set_union(all_.begin(), all_.end(), other.all_.begin(), other.all_.end(), std::back_inserter(both));
    all_ = std::move(both);
    full_ |= other.full_;
  }
  // Nothing: too many to count.
  std::optional<uint64_t> count() const { return full_ ? std::nullopt : std::optional<uint64_t>(all_.size()); }

 private:
  std::vector<uint32_t> all_;  // in order
  uint32_t last_ = UINT32_MAX;
  bool full_ = false;
};

struct Sums {
  uint64_t events = 0, errors = 0, read_bytes = 0, write_bytes = 0, least_ns = UINT64_MAX, most_ns = 0;
  LatencyHistogram latency;
  ProcessSet processes;  // with keys only

  void merge(const Sums& other) {
    events += other.events;
    errors += other.errors;
    read_bytes += other.read_bytes;
    write_bytes += other.write_bytes;
    least_ns = std::min(least_ns, other.least_ns);
    most_ns = std::max(most_ns, other.most_ns);
    latency.merge(other.latency);
    processes.merge(other.processes);
  }
  std::optional<uint64_t> p99() const { return percentile(latency, 0.99, least_ns, most_ns); }
};

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query, const TimeGrid& grid)
      : grid_(grid),
        // Whose calls they are is looked at with keys only.
        rows_(query.by.empty()
                  ? CallRows(session, query, {"timeNs", "number", "flags", "result", "durationNs", "moved"})
                  : CallRows(session, query, {"timeNs", "number", "flags", "result", "durationNs", "moved", "thread"})),
        flow_(session.flow()),
        threads_(session.threads()) {}

  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    while (rows_.next_tile())
      if (rows_.groups())
        add_tile<true>();
      else
        add_tile<false>();
  }

  KeyGroups& keys() { return rows_.keys(); }
  TimeSums<Sums>& cells() { return cells_; }

 private:
  // Without keys there is less to do for each row.
  template <bool kGrouped>
  void add_tile() {
    const uint64_t *time = rows_.column(0), *number = rows_.column(1), *flags = rows_.column(2),
                   *result = rows_.column(3), *duration = rows_.column(4), *moved = rows_.column(5);
    [[maybe_unused]] const uint64_t* thread = rows_.column(6);
    [[maybe_unused]] const uint32_t* group = rows_.groups();
    auto add_row = [&](size_t i) {
      Sums* const sums = &cells_.of(uint64_t{kGrouped ? group[i] : 0} << 32 | bucket_of(time[i]));
      ++sums->events;
      if constexpr (kGrouped) sums->processes.add(threads_.process_of(static_cast<uint32_t>(thread[i])), room_);
      const uint8_t flow = flow_.of(number[i], flags[i]);
      if (flow & CallFlow::kMoves) {
        const CallBytes bytes = CallFlow::bytes(CallFlow::directed(flow, flags[i]), flags[i], result[i], moved[i], 0);
        sums->read_bytes += bytes.read;
        sums->write_bytes += bytes.written;
      }
      sums->errors += !(flags[i] & SYSCALL_UNFINISHED) && is_error(result[i]);
      if (flags[i] & trace::kNoDuration) return;
      sums->least_ns = std::min(sums->least_ns, duration[i]);
      sums->most_ns = std::max(sums->most_ns, duration[i]);
      sums->latency.add(duration[i], budget_);
    };
    if (rows_.all())
      for (size_t i = 0, n = rows_.rows(); i < n; ++i) add_row(i);
    else
      rows_.selected().for_each(add_row);
  }

  // Neighbours lie in the same bucket, as a rule.
  size_t bucket_of(uint64_t time) {
    if (time - start_ns_ >= grid_.bucket_ns) {
      bucket_ = grid_.of(time);
      start_ns_ = grid_.start_ns(bucket_);
    }
    return bucket_;
  }

  const TimeGrid grid_;
  CallRows rows_;
  const CallFlow& flow_;
  const ThreadTable& threads_;
  size_t room_ = kMostUses;
  TimeSums<Sums> cells_;
  size_t bucket_ = 0;
  uint64_t start_ns_ = UINT64_MAX;
  HistogramBudget budget_{128u << 10};  // 8 MiB
};

// How many of the recorded processes were there in each bucket, for however short a time.
std::vector<uint64_t> processes_alive(const Session& session, const TimeGrid& grid) {
  const trace::Trace& trace = session.trace();
  const ThreadTable& threads = session.threads();
  std::vector<uint64_t> ends(threads.processes().size(), UINT64_MAX);
  trace::Block block(trace, "exit", {"timeNs", "thread", "flags"});
  for (const uint32_t position : trace.blocks_of("exit")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i)
        if (block.column(2)[i] & EXIT_LAST_THREAD) ends[threads.process_of(block.column(1)[i])] = block.column(0)[i];
  }
  std::vector<int64_t> change(grid.buckets + 1);
  const uint64_t end_ns = grid.start_ns(grid.buckets);
  for (size_t process = 1; process < ends.size(); ++process) {
    const uint64_t start = threads.processes()[process].start_ns;
    if (ends[process] < grid.from_ns || start >= end_ns || ends[process] < start) continue;
    ++change[grid.of(start)];
    --change[grid.of(ends[process]) + 1];
  }
  std::vector<uint64_t> alive(grid.buckets);
  int64_t now = 0;
  for (size_t bucket = 0; bucket < grid.buckets; ++bucket) {
    now += change[bucket];
    alive[bucket] = static_cast<uint64_t>(std::max<int64_t>(now, 0));
  }
  return alive;
}

std::vector<ResultColumn> columns() {
  return {{"time_ns", Unit::kTime, "FROM", "Where the stretch of time begins."},
          {"events", Unit::kNumber, "EVENTS", "System calls that began in it."},
          {"errors", Unit::kNumber, "ERRORS", "Of these, those that failed."},
          {"read_bytes", Unit::kBytes, "READ", "Bytes that they read."},
          {"write_bytes", Unit::kBytes, "WRITTEN", "Bytes that they wrote."},
          {"p99_ns", Unit::kDuration, "P99", "99 % of them took at most so long; within 3.2 %."},
          {"processes", Unit::kNumber, "PROCESSES",
           "Recorded processes that were there then; with --by, those with calls in it (nothing: too many to count)."}};
}

// ---- the picture ----

std::string sign_of(const ResultColumn& column) { return column.heading.starts_with("≥") ? "≥" : ""; }

// Latencies lie orders of magnitude apart: as high as the logarithm over the least one's.
std::vector<uint64_t> logarithms(std::vector<uint64_t> values) {
  uint64_t least = UINT64_MAX;
  for (const uint64_t value : values)
    if (value) least = std::min(least, value);
  for (uint64_t& value : values)
    if (value)
      value = 100 + static_cast<uint64_t>(1000 * std::log2(static_cast<double>(value) / static_cast<double>(least)));
  return values;
}

// All measures, one below the other.
std::string draw_all(const Result& result, const TimeGrid& grid, int64_t from_ns, size_t width) {
  constexpr size_t kLabel = 11, kRight = 20;
  const TimeScale scale(grid.buckets,
                        std::max<size_t>(20, (width ? width : 80) - std::min(width ? width : 80, kLabel + kRight)));
  std::string out = above_lines(grid, scale);
  for (size_t column = 1; column < result.columns().size(); ++column) {
    const ResultColumn& info = result.columns()[column];
    std::vector<uint64_t> values(grid.buckets);
    for (size_t row = 0; row < result.rows(); ++row) {
      const Cell cell = result.cell(row, column);
      if (const auto* value = std::get_if<uint64_t>(&cell)) values[row] = *value;
    }
    const bool sums = column <= 4;
    uint64_t all = 0, most = 0;
    for (const uint64_t value : scale.fit(values, sums)) most = std::max(most, value);
    for (const uint64_t value : values) all += value;
    std::string name = info.name.substr(0, info.name.find('_'));
    if (name == "write") name = "written";
    const size_t height = !most ? 1 : column == 1 ? 3 : 2;
    std::vector<uint64_t> heights = scale.fit(values, sums);
    if (info.unit == Unit::kDuration) {
      name += " (log)";
      heights = logarithms(std::move(heights));
    }
    const std::vector<std::string> lines = columns_of(heights, height);
    for (size_t line = 0; line < height; ++line) {
      std::string right;
      if (line + 1 == height)
        right = sums ? fmt::format("{}{} in all", sign_of(info), shown_cell(all, info.unit).text) : "";
      if (line + 1 == height - (sums && height > 1)) {
        if (!right.empty()) right += ", ";
        right += fmt::format("most {}", shown_cell(most, info.unit).text);
      }
      if (!most) right = "none";
      out += in_columns(line + 1 == height ? name : "", kLabel) + lines[line] + "  " + right;
      out.erase(out.find_last_not_of(' ') + 1);
      out += '\n';
    }
  }
  return out + below_lines(grid, scale, from_ns, kLabel);
}

// What is said of a stretch of time; of a million of them.
struct Stretch {
  static constexpr uint64_t kNothing = UINT64_MAX;

  uint32_t bucket, processes;  // processes: UINT32_MAX: too many to count
  uint64_t events, errors, read_bytes, write_bytes, p99_ns;
};

Stretch stretch_of(uint32_t bucket, const Sums& sums) {
  return {bucket,
          static_cast<uint32_t>(sums.processes.count().value_or(UINT32_MAX)),
          sums.events,
          sums.errors,
          sums.read_bytes,
          sums.write_bytes,
          sums.p99().value_or(Stretch::kNothing)};
}

// Of a group, while they are ranked; and when they are.
struct Group {
  uint64_t events = 0;
  uint32_t first_bucket = UINT32_MAX;
  std::vector<std::pair<uint32_t, const Sums*>> buckets;
};
struct Row {
  std::vector<Cell> keys;
  uint64_t events = 0;
  uint32_t first_bucket = UINT32_MAX;
  std::vector<Stretch> stretches;
};

template <typename One>
bool before(const One& a, const One& b) {
  return a.events != b.events ? a.events > b.events : a.first_bucket < b.first_bucket;
}

class Answer {
 public:
  Answer(const Source& session, const Asked& asked) : session_(session), asked_(asked) {}

  Result make() {
    const trace::ReadScope scope;
    const trace::Trace& trace = session_.trace();
    session_.threads();
    const Watch watch(asked_);
    const CallQuery query = call_query(session_, asked_, watch);
    grid_ = time_grid(trace, asked_);
    std::vector<ResultColumn> list = columns();
    for (size_t i = query.by.size(); i-- > 0;) list.insert(list.begin(), column_of(query.by[i]));
    Result result("timeline", std::move(list));
    if (query.by.empty())
      add_all(result, query);
    else
      add_groups(result, query);
    const size_t keys = query.by.size();
    result.draw = [grid = grid_, from_ns = trace.since_start(grid_.from_ns), keys](const Result& rows, size_t width) {
      if (!keys) return draw_all(rows, grid, from_ns, width);
      const std::string sign = sign_of(rows.columns()[keys + 1]);
      return draw_keys(rows, grid, from_ns, keys, keys + 1, Drawn::kSum, width,
                       [&](uint64_t events) { return fmt::format("{}{} calls", sign, events); });
    };
    result.all_rows = result.rows();
    result.stopped = watch.stopped();
    result.coverage = coverage_of(trace, scope);
    mark_bounds(result, {"events", "errors", "read_bytes", "write_bytes"});
    return result;
  }

 private:
  // Of all workers.
  std::unique_ptr<Worker> scan(const CallQuery& query) const {
    auto workers = scan_blocks(
        session_.trace(), session_.trace().blocks_of("syscall"),
        [&] { return std::make_unique<Worker>(session_, query, grid_); }, query.watch);
    Worker& all = *workers[0];
    for (size_t i = 1; i < workers.size(); ++i) {
      Worker& other = *workers[i];
      std::vector<uint32_t> same(other.keys().size());
      for (uint32_t group = 0; group < same.size(); ++group) same[group] = all.keys().group_like(other.keys(), group);
      all.keys().merge_others(other.keys());
      all.cells().merge(other.cells(), same, [](Sums& into, const Sums& from) { into.merge(from); });
      workers[i].reset();
    }
    return std::move(workers[0]);
  }

  bool add(Result& result, std::vector<Cell> cells, const Stretch& one) const {
    for (const Cell& cell : std::initializer_list<Cell>{
             session_.trace().since_start(grid_.start_ns(one.bucket)), one.events, one.errors, one.read_bytes,
             one.write_bytes, one.p99_ns == Stretch::kNothing ? Cell() : Cell(one.p99_ns),
             one.processes == UINT32_MAX ? Cell() : Cell(uint64_t{one.processes})})
      cells.push_back(cell);
    return result.add(cells);
  }

  // Every stretch, also one without calls.
  void add_all(Result& result, const CallQuery& query) const {
    const auto all = scan(query);
    std::vector<const Sums*> found(grid_.buckets);
    all->cells().for_each([&](uint64_t key, const Sums& sums) { found[key & 0xffffffff] = &sums; });
    const std::vector<uint64_t> alive = processes_alive(session_, grid_);
    for (uint32_t bucket = 0; bucket < grid_.buckets; ++bucket) {
      Stretch one = stretch_of(bucket, found[bucket] ? *found[bucket] : Sums());
      one.processes = static_cast<uint32_t>(alive[bucket]);
      add(result, {}, one);
    }
  }

  void add_groups(Result& result, const CallQuery& query) const {
    RankedGroups<Row> rows(asked_.limit, before<Row>);
    std::map<uint32_t, Sums> others;
    GroupPasses passes(query);
    while (passes.more()) {
      const auto all = scan(passes.query());
      if (!counts(passes, all->keys(), all->cells())) continue;
      std::vector<Group> groups(all->keys().size());
      all->cells().for_each([&](uint64_t key, const Sums& sums) {
        Group& group = groups[key >> 32];
        group.events += sums.events;
        group.first_bucket = std::min(group.first_bucket, static_cast<uint32_t>(key));
        group.buckets.emplace_back(static_cast<uint32_t>(key), &sums);
      });
      rows.add(
          all->keys(), groups, before<Group>, [](const Group& one) { return one.events != 0; },
          [&](uint32_t at) {
            Group& group = groups[at];
            std::sort(group.buckets.begin(), group.buckets.end());
            Row row{key_cells(session_, query.by, all->keys(), at), group.events, group.first_bucket, {}};
            row.stretches.reserve(group.buckets.size());
            for (const auto& [bucket, sums] : group.buckets) row.stretches.push_back(stretch_of(bucket, *sums));
            return row;
          });
      for (const auto& [bucket, sums] : all->cells().others()) others[bucket].merge(sums);
    }
    for (Row& row : rows.take())
      for (const Stretch& one : std::exchange(row.stretches, {})) add(result, row.keys, one);
    if (rows.all() > asked_.limit) result.more_keys = rows.all() - asked_.limit;
    if (rows.some_missing()) result.shortfalls.emplace_back(kTooManyRows);
    if (others.empty()) return;
    for (const auto& [bucket, sums] : others) add(result, others_cells(query.by), stretch_of(bucket, sums));
    result.shortfalls.emplace_back(kTooManyStretches);
  }

  const Source& session_;
  const Asked& asked_;
  TimeGrid grid_;
};

Result answer(const Source& session, const Asked& asked) { return Answer(session, asked).make(); }

constexpr RankedBy kRankedBy[] = {{"events"}};

}  // namespace

extern constinit const Question kTimelineQuestion{
    .name = "timeline",
    .help = "What went on when: calls, errors, bytes, latency, processes",
    .place = 38,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of system calls, such as process, syscall (--fields syscalls lists all)",
              .stop = true,
              .durations = true,
              .options = kBucketOption,
              .keys_before = "time_ns"},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
