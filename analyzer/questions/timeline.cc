// SPDX-License-Identifier: Apache-2.0
// What went on when: calls, errors, bytes, latency and processes by stretches of time of one length, as numbers, and to
// people as a picture as wide as their terminal. Memory: 2^16 pairs of key and stretch and 8 MiB of latencies for each worker.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <unordered_map>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/group_rows.h"
#include "analyzer/query/latency_histogram.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/bars.h"
#include "analyzer/text/escape.h"
#include "predicate/error.h"
#include "predicate/number.h"
#include "schema/values.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kUsualBuckets = 200;      // at most, if nobody says how long they are
constexpr size_t kMostBuckets = 1u << 16;  // also of all keys together

// Stretches of time of one length, from a moment on.
struct Grid {
  uint64_t from_ns = 0, bucket_ns = 1;  // boot time
  size_t buckets = 0;

  // What lies before or behind all of them counts to the first, or the last.
  size_t of(uint64_t boot_ns) const {
    return boot_ns <= from_ns ? 0 : std::min<uint64_t>((boot_ns - from_ns) / bucket_ns, buckets - 1);
  }
  uint64_t start_ns(size_t bucket) const { return from_ns + bucket * bucket_ns; }
};

// 1, 2 or 5 times a power of ten, at least so much.
uint64_t round_number(uint64_t least) {
  for (uint64_t power = 1; power < 10'000'000'000'000'000'000u; power *= 10)
    for (const uint64_t factor : {1, 2, 5})
      if (factor * power >= least && factor * power / power == factor) return factor * power;
  return 10'000'000'000'000'000'000u;
}

uint64_t asked_bucket_ns(std::string_view text) {
  try {
    const predicate::Number number = predicate::parse_number(text);
    if (number.unit == predicate::UnitKind::kTime && !number.value.negative && number.value.magnitude)
      return number.value.magnitude;
  } catch (const predicate::ExpressionError&) {  // what would do is said below
  }
  throw AskError(fmt::format("--bucket: '{}' is no length of time such as 10ms, 1s, 500us", text));
}

Grid grid_of(const trace::Trace& trace, const Asked& asked) {
  const TimeRange range = Moments(trace).range(asked.from, asked.to);
  Grid grid;
  grid.from_ns = std::max(range.from_ns, trace.facts().start_boot_ns);
  uint64_t last_ns = 0;
  for (const trace::Frame& frame : trace.frames()) {
    if (!frame.is(trace::FrameKind::kBlock) || !frame.count) continue;
    const EventType* type = trace.catalogue().type(frame.type);
    if (type && type->is_event()) last_ns = std::max(last_ns, frame.last_ns);
  }
  if (range.to_ns <= last_ns) last_ns = range.to_ns - 1;
  const uint64_t span_ns = last_ns > grid.from_ns ? last_ns - grid.from_ns : 0;
  const auto text = asked.option("bucket");
  grid.bucket_ns = text ? asked_bucket_ns(*text) : round_number(span_ns / kUsualBuckets + 1);
  const uint64_t buckets = span_ns / grid.bucket_ns + 1;
  if (buckets > kMostBuckets)
    throw AskError(fmt::format("--bucket: that makes {} stretches of time, more than {}; {} or longer would do",
                               buckets, kMostBuckets,
                               predicate::duration_text(round_number(span_ns / kMostBuckets + 1))));
  grid.buckets = buckets;
  return grid;
}

struct Sums {
  uint64_t events = 0, errors = 0, read_bytes = 0, write_bytes = 0, least_ns = UINT64_MAX, most_ns = 0;
  LatencyHistogram latency;

  void merge(const Sums& other) {
    events += other.events;
    errors += other.errors;
    read_bytes += other.read_bytes;
    write_bytes += other.write_bytes;
    least_ns = std::min(least_ns, other.least_ns);
    most_ns = std::max(most_ns, other.most_ns);
    latency.merge(other.latency);
  }
  std::optional<uint64_t> p99() const { return percentile(latency, 0.99, least_ns, most_ns); }
};

// Sums by group << 32 | bucket.
class Cells {
 public:
  // nullptr: there is no more room.
  Sums* of(uint64_t key) {
    if (key == last_key_) return last_;
    auto found = places_.find(key);
    if (found == places_.end()) {
      if (sums_.size() == kMostBuckets || key >> 32 == KeyGroups::kOthers) {
        full_ = true;
        return nullptr;
      }
      found = places_.emplace(key, &sums_.emplace_back()).first;
    }
    last_key_ = key;
    return last_ = found->second;
  }
  bool full() const { return full_; }
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [key, sums] : places_) visit(key, *sums);
  }

 private:
  std::unordered_map<uint64_t, Sums*> places_;
  std::deque<Sums> sums_;
  uint64_t last_key_ = UINT64_MAX;
  Sums* last_ = nullptr;
  bool full_ = false;
};

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query, const Grid& grid)
      : grid_(grid),
        rows_(session, query, {"timeNs", "number", "flags", "result", "durationNs", "moved"}),
        flow_(session.flow()) {}

  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    while (rows_.next_tile()) {
      const uint64_t *time = rows_.column(0), *number = rows_.column(1), *flags = rows_.column(2),
                     *result = rows_.column(3), *duration = rows_.column(4), *moved = rows_.column(5);
      const uint32_t* group = rows_.groups();
      auto add_row = [&](size_t i) {
        Sums* sums = cells_.of(uint64_t{group ? group[i] : 0} << 32 | bucket_of(time[i]));
        if (!sums) return;
        ++sums->events;
        const uint8_t flow = flow_.of(number[i], flags[i]);
        if (flow & CallFlow::kMoves) {
          const CallBytes bytes = CallFlow::bytes(CallFlow::directed(flow, flags[i]), flags[i], result[i], moved[i], 0);
          sums->read_bytes += bytes.read;
          sums->write_bytes += bytes.written;
        }
        sums->errors += !(flags[i] & SYSCALL_UNFINISHED) && is_error(result[i]);
        if (flags[i] & kNoDuration) return;
        sums->least_ns = std::min(sums->least_ns, duration[i]);
        sums->most_ns = std::max(sums->most_ns, duration[i]);
        sums->latency.add(duration[i], budget_);
      };
      if (rows_.all())
        for (size_t i = 0, n = rows_.rows(); i < n; ++i) add_row(i);
      else
        rows_.selected().for_each(add_row);
    }
  }

  KeyGroups& keys() { return rows_.keys(); }
  Cells& cells() { return cells_; }

 private:
  // Neighbours lie in the same bucket, as a rule.
  size_t bucket_of(uint64_t time) {
    if (time - start_ns_ >= grid_.bucket_ns) {
      bucket_ = grid_.of(time);
      start_ns_ = grid_.start_ns(bucket_);
    }
    return bucket_;
  }

  const Grid grid_;
  CallRows rows_;
  const CallFlow& flow_;
  Cells cells_;
  size_t bucket_ = 0;
  uint64_t start_ns_ = UINT64_MAX;
  HistogramBudget budget_{128u << 10};  // 8 MiB
};

// How many of the recorded processes were there in each bucket, for however short a time.
std::vector<uint64_t> processes_alive(const Session& session, const Grid& grid) {
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
          {"processes", Unit::kNumber, "PROCESSES", "Recorded processes that were there then; nothing with --by."}};
}

// ---- the picture ----

// A line's values, put together or drawn out to the width.
struct Scale {
  size_t buckets, in_a_column, columns_of_a_bucket, columns;

  Scale(size_t all, size_t width) : buckets(all) {
    in_a_column = (all + width - 1) / width;
    columns_of_a_bucket =
        in_a_column > 1 ? 1 : std::max<size_t>(1, std::min<size_t>(8, width / std::max<size_t>(all, 1)));
    columns = (all + in_a_column - 1) / in_a_column * columns_of_a_bucket;
  }
  std::vector<uint64_t> fit(const std::vector<uint64_t>& values, bool sums) const {
    std::vector<uint64_t> fitted;
    for (size_t at = 0; at < values.size(); at += in_a_column) {
      uint64_t value = 0;
      for (size_t i = at; i < std::min(at + in_a_column, values.size()); ++i)
        value = sums ? value + values[i] : std::max(value, values[i]);
      fitted.insert(fitted.end(), columns_of_a_bucket, value);
    }
    return fitted;
  }
};

std::string shown(uint64_t value, Unit unit) {
  return unit == Unit::kBytes      ? human_bytes(value)
         : unit == Unit::kDuration ? human_duration(value)
                                   : std::to_string(value);
}

std::string in_columns(std::string text, size_t columns) {
  std::string ignored;
  const size_t has = append_terminal(ignored, text);
  return has > columns ? (cut_to_columns(text, columns), text) : text + std::string(columns - has, ' ');
}

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

// Above and below the lines: how long a column is, and from when to when they go.
std::string above(const Grid& grid, const Scale& scale) {
  return fmt::format("a column is {}\n",
                     predicate::duration_text(grid.bucket_ns * scale.in_a_column / scale.columns_of_a_bucket));
}
std::string below(const Grid& grid, const Scale& scale, int64_t from_ns, size_t label) {
  const auto since_start = [&](uint64_t after) {
    return human_duration(static_cast<uint64_t>(std::max<int64_t>(0, from_ns)) + after);
  };
  const std::string first = since_start(0), last = since_start(grid.bucket_ns * grid.buckets);
  const size_t gap = scale.columns - std::min(scale.columns, first.size() + last.size());
  return std::string(label, ' ') + first + std::string(std::max<size_t>(1, gap), ' ') + last + '\n';
}

// All measures, one below the other.
std::string draw_all(const Result& result, const Grid& grid, int64_t from_ns, size_t width) {
  constexpr size_t kLabel = 11, kRight = 20;
  const Scale scale(grid.buckets,
                    std::max<size_t>(20, (width ? width : 80) - std::min(width ? width : 80, kLabel + kRight)));
  std::string out = above(grid, scale);
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
      if (line + 1 == height) right = sums ? fmt::format("{}{} in all", sign_of(info), shown(all, info.unit)) : "";
      if (line + 1 == height - (sums && height > 1)) {
        if (!right.empty()) right += ", ";
        right += fmt::format("most {}", shown(most, info.unit));
      }
      if (!most) right = "none";
      out += in_columns(line + 1 == height ? name : "", kLabel) + lines[line] + "  " + right;
      out.erase(out.find_last_not_of(' ') + 1);
      out += '\n';
    }
  }
  return out + below(grid, scale, from_ns, kLabel);
}

// The calls of each key, a line for each.
std::string draw_keys(const Result& result, const Grid& grid, int64_t from_ns, size_t keys, size_t width) {
  struct Line {
    std::string label;
    std::vector<uint64_t> values;
    uint64_t all = 0;
  };
  std::vector<Line> lines;
  size_t label = 12;
  for (size_t row = 0; row < result.rows(); ++row) {
    std::string name;
    for (size_t key = 0; key < keys; ++key) {
      const Cell cell = result.cell(row, key);
      if (key) name += ' ';
      if (const auto* text = std::get_if<std::string>(&cell))
        append_terminal(name, *text);
      else if (const auto* number = std::get_if<uint64_t>(&cell))
        name += shown(*number, result.columns()[key].unit);
      else if (const auto* number = std::get_if<int64_t>(&cell))
        name += std::to_string(*number);
      else if (const auto* truth = std::get_if<bool>(&cell))
        name += *truth ? "yes" : "no";
      else
        name += '-';
    }
    if (lines.empty() || lines.back().label != name) {
      lines.push_back({name, std::vector<uint64_t>(grid.buckets)});
      std::string ignored;
      label = std::max(label, append_terminal(ignored, name));
    }
    const auto time = std::get<int64_t>(result.cell(row, keys));
    const auto events = std::get<uint64_t>(result.cell(row, keys + 1));
    lines.back().values[std::min<uint64_t>(static_cast<uint64_t>(time - from_ns) / grid.bucket_ns, grid.buckets - 1)] +=
        events;
    lines.back().all += events;
  }
  constexpr size_t kRight = 18;
  const size_t columns = width ? width : 80;
  label = std::min(label, std::max<size_t>(12, columns / 3));
  const Scale scale(grid.buckets, std::max<size_t>(20, columns - std::min(columns, label + 2 + kRight)));
  std::string out = above(grid, scale);
  for (const Line& line : lines)
    out += in_columns(line.label, label) + "  " + columns_of(scale.fit(line.values, true), 1)[0] +
           fmt::format("  {}{} calls\n", sign_of(result.columns()[keys + 1]), line.all);
  return out + below(grid, scale, from_ns, label + 2);
}

Result answer(const Source& session, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = session.trace();
  session.threads();
  const Watch watch(asked);
  const CallQuery query = call_query(session, asked, watch);
  const Grid grid = grid_of(trace, asked);
  auto workers = scan_blocks(
      trace, trace.blocks_of("syscall"), [&] { return std::make_unique<Worker>(session, query, grid); }, &watch);
  Worker& all = *workers[0];
  for (size_t i = 1; i < workers.size(); ++i) {
    Worker& other = *workers[i];
    std::vector<uint32_t> same(std::max<size_t>(1, other.keys().size()));
    for (uint32_t group = 0; group < other.keys().size(); ++group)
      same[group] = all.keys().group_like(other.keys(), group);
    other.cells().for_each([&](uint64_t key, const Sums& sums) {
      if (Sums* to = all.cells().of(uint64_t{same[key >> 32]} << 32 | (key & 0xffffffff))) to->merge(sums);
    });
  }
  bool full = all.keys().full();
  for (const auto& worker : workers) full |= worker->cells().full();

  struct Group {
    uint64_t events = 0;
    std::vector<std::pair<uint32_t, const Sums*>> buckets;
  };
  const bool grouped = !query.by.empty();
  std::vector<Group> groups(grouped ? all.keys().size() : 1);
  all.cells().for_each([&](uint64_t key, const Sums& sums) {
    Group& group = groups[key >> 32];
    group.events += sums.events;
    group.buckets.emplace_back(static_cast<uint32_t>(key), &sums);
  });
  std::vector<ResultColumn> list = columns();
  for (size_t i = query.by.size(); i-- > 0;) list.insert(list.begin(), column_of(query.by[i]));
  Result result("timeline", std::move(list));
  auto add = [&](std::vector<Cell> cells, size_t bucket, const Sums& sums, const Cell& processes) {
    for (const Cell& cell :
         std::initializer_list<Cell>{trace.since_start(grid.start_ns(bucket)), sums.events, sums.errors,
                                     sums.read_bytes, sums.write_bytes, cell_of(sums.p99()), processes})
      cells.push_back(cell);
    return result.add(cells);
  };
  size_t shown_groups = 0;
  for (const uint32_t at : ranked_groups(all.keys(), groups, [](const Group&a, const Group&b) {
         if (a.events != b.events) return a.events > b.events;
         return !a.buckets.empty() && !b.buckets.empty() &&
                std::min_element(a.buckets.begin(), a.buckets.end())->first <
                    std::min_element(b.buckets.begin(), b.buckets.end())->first;
       })) {
    Group& group = groups[at];
    std::sort(group.buckets.begin(), group.buckets.end());
    if (grouped) {
      if (shown_groups++ >= asked.limit || group.buckets.empty()) continue;
      const std::vector<Cell> keys = key_cells(session, query.by, all.keys(), at);
      for (const auto& [bucket, sums] : group.buckets) add(keys, bucket, *sums, {});
      continue;
    }
    const std::vector<uint64_t> alive = processes_alive(session, grid);
    auto next = group.buckets.begin();
    for (size_t bucket = 0; bucket < grid.buckets; ++bucket) {
      const bool any = next != group.buckets.end() && next->first == bucket;
      add({}, bucket, any ? *next->second : Sums(), alive[bucket]);
      if (any) ++next;
    }
  }
  const int64_t from_ns = trace.since_start(grid.from_ns);
  const size_t keys = query.by.size();
  result.draw = [grid, from_ns, keys](const Result& rows, size_t width) {
    return keys ? draw_keys(rows, grid, from_ns, keys, width) : draw_all(rows, grid, from_ns, width);
  };
  if (shown_groups > asked.limit)
    result.notes.push_back(fmt::format("({} more; -n 0 shows all)", shown_groups - asked.limit));
  if (full)
    result.shortfalls.emplace_back(
        "more keys and stretches of time than this program keeps together; what came later is missing");
  result.all_rows = result.rows();
  result.stopped = watch.stopped();
  result.coverage = coverage_of(trace, scope);
  mark_bounds(result, {"events", "errors", "read_bytes", "write_bytes"});
  return result;
}

constexpr QuestionOption kOptions[] = {
    {"bucket", "TIME", "With --timeline: how long a stretch of time is, such as 10ms (default: up to 200 of them)"}};

}  // namespace

extern constinit const Question kTimelineQuestion{
    .name = "timeline",
    .help = "What went on when: calls, errors, bytes, latency, processes",
    .place = 38,
    .ranked = true,
    .takes = {.filter = Takes::Over::kEvents,
              .time = Takes::Over::kEvents,
              .by = "FIELD,... of system calls, such as process, syscall (--fields syscalls lists all)",
              .stop = true,
              .options = kOptions,
              .limit_rows = false},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
