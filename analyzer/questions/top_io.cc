// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/top_io.h"

#include <algorithm>
#include <array>
#include <memory>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/io_uring.h"
#include "analyzer/dictionaries/thread_table.h"
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

// One direction of one process.
struct Direction {
  uint64_t calls = 0, bytes = 0, min_ns = UINT64_MAX, max_ns = 0;
  std::unique_ptr<LatencyHistogram> latency;

  void merge(Direction& other) {
    calls += other.calls;
    bytes += other.bytes;
    min_ns = std::min(min_ns, other.min_ns);
    max_ns = std::max(max_ns, other.max_ns);
    if (latency && other.latency)
      latency->merge(*other.latency);
    else if (other.latency)
      latency = std::move(other.latency);
    other.latency.reset();
  }
  std::optional<uint64_t> p99() const { return latency ? percentile(*latency, 0.99, min_ns, max_ns) : std::nullopt; }
};

struct Sums {
  Direction directions[2];
  uint64_t errors = 0, time_ns = 0, peeked_bytes = 0;
  bool io_uring = false;

  Direction& read() { return directions[0]; }
  Direction& write() { return directions[1]; }
  const Direction& read() const { return directions[0]; }
  const Direction& write() const { return directions[1]; }

  bool any() const { return read().calls || write().calls || io_uring; }
  uint64_t bytes() const { return read().bytes + write().bytes; }
};

// By position in the thread table's processes; pages of those that did I/O.
class SumsByProcess {
 public:
  explicit SumsByProcess(size_t processes) : pages_(processes / kPage + 1) {}

  Sums& of(uint32_t process) {
    auto& page = pages_[process / kPage];
    if (!page) page = std::make_unique<Page>();
    return (*page)[process % kPage];
  }
  template <typename Visit>
  void for_each(Visit&& visit) {
    for (size_t i = 0; i < pages_.size(); ++i)
      if (pages_[i])
        for (size_t k = 0; k < kPage; ++k)
          if ((*pages_[i])[k].any()) visit(static_cast<uint32_t>(i * kPage + k), (*pages_[i])[k]);
  }

 private:
  static constexpr size_t kPage = 32;
  using Page = std::array<Sums, kPage>;
  std::vector<std::unique_ptr<Page>> pages_;
};

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query)
      : rows_(session, query, {"thread", "number", "flags", "result", "durationNs", "moved", "peeked"}),
        threads_(session.threads()),
        flow_(session.flow()),
        grouped_(!query.by.empty()),
        sums_(threads_.processes().size()) {}

  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    const auto number = rows_.constant(kNumber), flags = rows_.constant(kFlags);
    if (number && flags && !(flow_.of(*number, *flags) & CallFlow::kMoves)) return;
    const bool plain = flags == 0u && rows_.constant(kMoved) == 0u && rows_.constant(kPeeked) == 0u;
    while (rows_.next_tile()) {
      if (grouped_)
        plain ? add_groups<true>() : add_groups<false>();
      else
        plain ? add_tile<true>() : add_tile<false>();
    }
  }

  void add(const trace::CallSum& sum) {
    uint8_t flow = flow_.of(sum.number, sum.flags);
    if (!(flow & CallFlow::kMoves)) return;
    flow = CallFlow::directed(flow, sum.flags);
    Sums& sums = sums_.of(threads_.process_of(sum.thread));
    const CallBytes bytes = CallFlow::bytes(flow, sum);
    sums.errors += sum.errors;
    sums.time_ns += sum.total_ns;
    sums.peeked_bytes += bytes.peeked;
    if (flow & CallFlow::kReads) add(sums.read(), bytes.read, sum);
    if (flow & CallFlow::kWrites) add(sums.write(), bytes.written, sum);
  }

  SumsByProcess& sums() { return sums_; }
  KeyGroups& keys() { return rows_.keys(); }
  GroupSums<Sums>& groups() { return groups_; }

 private:
  enum { kThread, kNumber, kFlags, kResult, kDuration, kMoved, kPeeked };

  // Of the tile: kept in registers while rows are added up.
  struct Columns {
    explicit Columns(const CallRows& rows)
        : thread(rows.column(kThread)),
          number(rows.column(kNumber)),
          flags(rows.column(kFlags)),
          result(rows.column(kResult)),
          duration(rows.column(kDuration)),
          moved(rows.column(kMoved)),
          peeked(rows.column(kPeeked)) {}
    const uint64_t *thread, *number, *flags, *result, *duration, *moved, *peeked;
  };

  // Plain: calls of which nothing particular is said, as those of most blocks.
  template <bool kPlain>
  void add_tile() {
    const Columns of{rows_};
    const size_t moving = pick_moving<kPlain>(of);
    uint64_t last_thread = 0;
    Sums* sums = nullptr;
    for (size_t k = 0; k < moving; ++k) {
      const size_t i = moving_[k];
      if (!sums || of.thread[i] != last_thread) {
        last_thread = of.thread[i];
        sums = &sums_.of(threads_.process_of(static_cast<uint32_t>(last_thread)));
      }
      add_row<kPlain>(*sums, of, i);
    }
  }

  template <bool kPlain>
  void add_groups() {
    const Columns of{rows_};
    const size_t moving = pick_moving<kPlain>(of);
    for (size_t k = 0; k < moving; ++k) add_row<kPlain>(groups_.of(rows_.groups()[moving_[k]]), of, moving_[k]);
  }

  // The tile's calls that move bytes, to moving_.
  template <bool kPlain>
  size_t pick_moving(const Columns& of) {
    return rows_.selected().pick(
        [&](size_t i) { return flow_.of(of.number[i], kPlain ? 0 : of.flags[i]) & CallFlow::kMoves; }, moving_);
  }

  template <bool kPlain>
  void add_row(Sums& sums, const Columns& of, size_t i) {
    const uint64_t flags = kPlain ? 0 : of.flags[i], result = of.result[i], duration = of.duration[i];
    const uint8_t flow = CallFlow::directed(flow_.of(of.number[i], flags), flags);
    const bool finished = !(flags & SYSCALL_UNFINISHED), failed = finished && is_error(result);
    const CallBytes bytes = CallFlow::bytes(flow, flags, result, kPlain ? 0 : of.moved[i], kPlain ? 0 : of.peeked[i]);
    sums.errors += failed;
    sums.time_ns += duration;
    const bool timed = !(flags & trace::kNoDuration);
    sums.peeked_bytes += bytes.peeked;
    if (!kPlain && !(flow & CallFlow::kMoves)) return;  // both ways, and reversed: none that is known
    const bool writes = flow & CallFlow::kWrites;
    add(sums.directions[writes], writes ? bytes.written : bytes.read, duration, timed);
    if ((flow & CallFlow::kMoves) == CallFlow::kMoves) [[unlikely]]
      add(sums.read(), bytes.read, duration, timed);
  }

  void add(Direction& direction, uint64_t bytes, uint64_t duration, bool timed) {
    direction.calls++;
    direction.bytes += bytes;
    if (!timed) return;
    direction.min_ns = std::min(direction.min_ns, duration);
    direction.max_ns = std::max(direction.max_ns, duration);
    if (!direction.latency) direction.latency = std::make_unique<LatencyHistogram>();
    direction.latency->add(duration, budget_);
  }

  void add(Direction& direction, uint64_t bytes, const trace::CallSum& sum) {
    direction.calls += sum.calls;
    direction.bytes += bytes;
    if (!sum.timed) return;
    direction.min_ns = std::min(direction.min_ns, sum.min_ns);
    direction.max_ns = std::max(direction.max_ns, sum.max_ns);
    if (!direction.latency) direction.latency = std::make_unique<LatencyHistogram>();
    for (const trace::SumBucket& bucket : sum.buckets)
      direction.latency->add_bucket(bucket.bucket, bucket.count, budget_);
  }

  CallRows rows_;
  uint16_t moving_[predicate::kTileRows];
  const ThreadTable& threads_;
  const CallFlow& flow_;
  const bool grouped_;
  SumsByProcess sums_;
  GroupSums<Sums> groups_;
  HistogramBudget budget_{512u << 10};  // 32 MiB
};

}  // namespace

namespace {

void merge(Sums& into, Sums& sums) {
  into.read().merge(sums.read());
  into.write().merge(sums.write());
  into.errors += sums.errors;
  into.time_ns += sums.time_ns;
  into.peeked_bytes += sums.peeked_bytes;
}

bool before(const Sums& a, const Sums& b) {
  return a.bytes() != b.bytes() ? a.bytes() > b.bytes() : a.time_ns > b.time_ns;
}

ProcessIo row_of(const Sums& sums) {
  return {{},
          0,
          {},
          sums.read().calls,
          sums.read().bytes,
          sums.write().calls,
          sums.write().bytes,
          sums.errors,
          sums.time_ns,
          sums.read().p99(),
          sums.write().p99(),
          false,
          sums.peeked_bytes};
}

}  // namespace

namespace {

auto scan(const Session& session, const CallQuery& query) {
  return scan_calls(
      session.trace(), query.how_to_read(), [&] { return std::make_unique<Worker>(session, query); }, query.watch);
}

TopIo by_groups(const Session& session, const CallQuery& query, size_t limit) {
  auto bytes = [](const ProcessIo& row) { return row.read_bytes + row.write_bytes; };
  RankedGroups<ProcessIo> rows(limit, [&](const ProcessIo& a, const ProcessIo& b) {
    return bytes(a) != bytes(b) ? bytes(a) > bytes(b) : a.io_time_ns > b.io_time_ns;
  });
  Sums others;
  GroupPasses passes(query);
  while (passes.more()) {
    auto workers = scan(session, passes.query());
    Worker& all = *workers[0];
    for (size_t i = 1; i < workers.size(); ++i)
      merge_groups(all.keys(), all.groups(), workers[i]->keys(), workers[i]->groups(), merge);
    if (!passes.counts(all.keys())) continue;
    const std::vector<Sums>& sums = all.groups().list();
    rows.add(
        all.keys(), sums, before, [](const Sums& one) { return one.any(); },
        [&](uint32_t group) {
          ProcessIo row = row_of(sums[group]);
          row.keys = key_cells(session, query.by, all.keys(), group);
          return row;
        });
    merge(others, all.groups().others());
  }
  TopIo result;
  result.processes = rows.all();
  result.rows = rows.take();
  if (passes.others()) {
    result.rows.push_back(row_of(others));
    result.rows.back().keys = others_cells(query.by);
    result.shortfalls.emplace_back(kTooManyGroups);
  }
  if (rows.some_missing()) result.shortfalls.emplace_back(kTooManyRows);
  return result;
}

}  // namespace

TopIo top_io(const Session& session, const CallQuery& query, size_t limit) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  const ThreadTable& threads = session.threads();
  TopIo result;
  if (!query.by.empty()) {
    result = by_groups(session, query, limit);
    result.coverage = coverage_of(trace, scope);
    return result;
  }

  const auto workers = scan(session, query);
  SumsByProcess& all = workers[0]->sums();
  for (size_t i = 1; i < workers.size(); ++i)
    workers[i]->sums().for_each([&](uint32_t process, Sums& sums) { merge(all.of(process), sums); });

  struct Ranked {
    uint32_t process;
    const Sums* sums;
  };
  std::vector<Ranked> ranked;
  const std::vector<bool> rings = processes_with_rings(trace, threads);
  // Who did all of it through a ring has a row too, of zeros.
  for (uint32_t process = 1; query.choice.everything() && process < rings.size(); ++process)
    if (rings[process]) all.of(process).io_uring = true;
  all.for_each([&](uint32_t process, Sums& sums) { ranked.push_back({process, &sums}); });
  const auto& processes = threads.processes();
  std::sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
    if (before(*a.sums, *b.sums) || before(*b.sums, *a.sums)) return before(*a.sums, *b.sums);
    return a.process < b.process;
  });

  result.processes = ranked.size();
  for (const auto& [process, sums] : std::span(ranked).first(std::min(limit, ranked.size()))) {
    ProcessIo& row = result.rows.emplace_back(row_of(*sums));
    row.pid = processes[process].pid;
    row.process = processes[process].name;
    row.io_uring = rings[process];
  }
  result.coverage = coverage_of(trace, scope);
  return result;
}

TopIo top_io(const trace::Trace& trace, size_t limit, Reading reading) {
  return top_io(Session(trace), {.choice = {}, .by = {}, .reading = reading}, limit);
}

namespace {

std::vector<ResultColumn> top_io_columns() {
  return {{"pid", Unit::kIdentity, "PID", "Process id."},
          {"process", Unit::kText, "PROCESS", "Its latest command name."},
          {"reads", Unit::kNumber, "READS", "Calls that read, those that failed included."},
          {"read_bytes", Unit::kBytes, "READ", "Bytes that they read."},
          {"writes", Unit::kNumber, "WRITES", "Calls that write, those that failed included."},
          {"write_bytes", Unit::kBytes, "WRITTEN", "Bytes that they wrote."},
          {"errors", Unit::kNumber, "ERRORS", "Calls of both kinds that failed."},
          {"io_time_ns", Unit::kDuration, "I/O TIME", "Time in these calls, those without an end included."},
          {"read_p99_ns", Unit::kDuration, "READ P99", "99 % of the reads took at most so long; within 3.2 %.",
           Show::kIfRoom},
          {"write_p99_ns", Unit::kDuration, "WRITE P99", "99 % of the writes took at most so long; within 3.2 %.",
           Show::kIfRoom},
          {"io_uring", Unit::kNumber, "", "1: it used one, so its I/O is not fully visible."},
          {"note", Unit::kText, "NOTE", "What to know about the numbers.", Show::kIfAny},
          {"peeked_bytes", Unit::kBytes, "PEEKED", "Bytes that it only looked at.", Show::kIfAny}};
}

// The measures; in front of them what it is grouped by, or what it is about.
Result result_of(const TopIo& answer, std::span<const predicate::Field> by) {
  std::vector<ResultColumn> columns = top_io_columns();
  if (!by.empty()) {
    columns.erase(columns.begin(), columns.begin() + 2);
    std::vector<ResultColumn> keys;
    for (const predicate::Field& field : by) keys.push_back(column_of(field));
    columns.insert(columns.begin(), keys.begin(), keys.end());
  }
  Result result("top_io", std::move(columns));
  for (const auto& row : answer.rows) {
    std::vector<Cell> cells = row.keys;
    if (by.empty()) cells = {pid_cell(row.pid), name_cell(row.process, row.pid)};
    for (const Cell& cell :
         std::initializer_list<Cell>{row.reads, row.read_bytes, row.writes, row.write_bytes, row.errors, row.io_time_ns,
                                     cell_of(row.read_p99_ns), cell_of(row.write_p99_ns), uint64_t{row.io_uring},
                                     ring_note(row.io_uring), row.peeked_bytes})
      cells.push_back(cell);
    result.add(cells);
  }
  if (answer.rows.size() == result.rows()) result.all_rows = std::max(answer.processes, result.rows());
  result.coverage = answer.coverage;
  result.shortfalls = answer.shortfalls;
  return result;
}

}  // namespace

Result result_of(const TopIo& answer) { return result_of(answer, {}); }

namespace {
constexpr RankedBy kRankedBy[] = {{"read_bytes+write_bytes"}, {"io_time_ns"}};
}  // namespace

extern constinit const Question kTopIoQuestion{
    .name = "top_io",
    .help = "Reads and writes by process: calls, bytes, errors, time, 99th percentiles",
    .place = 10,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of system calls, such as path, process, user, error (--fields syscalls lists all)",
              .stop = true,
              .durations = true},
    .columns = top_io_columns,
    .answer = [](const Source& session, const Asked& asked) {
      const Watch watch(asked);
      const CallQuery query = call_query(session, asked, watch);
      Result result = result_of(top_io(session, query, asked.limit), query.by);
      result.stopped = watch.stopped();
      mark_bounds(result, {"reads", "read_bytes", "writes", "write_bytes", "errors", "io_time_ns", "peeked_bytes"});
      return result;
    }};

}  // namespace ebpftrace::analyzer
