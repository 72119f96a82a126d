// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <stdexcept>

#include "analyzer/api/question.h"
#include "analyzer/query/coverage.h"
#include "analyzer/questions/cells.h"
#include "analyzer/tables/table.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxIntervals = 1u << 17;  // 700 bytes each
constexpr size_t kMaxWarnings = 10'000;

// Sums over the CPUs of an interval, of those that have a value.
struct Sum {
  uint64_t value = 0, interval_ns = 0;
  bool known = false;
};

// The columns that values come from, in the order of the block's.
enum Counter {
  kSyscalls,
  kContextSwitches,
  kMigrations,
  kMinorFaults,
  kMajorFaults,
  kForks,
  kCycles,
  kInstructions,
  kUserNs,
  kSystemNs,
  kIdleNs,
  kRunnable,
  kRingPeak,
  kLost,
  kRecorderNs,
  kCounters,
};
constexpr std::string_view kColumns[] = {"syscalls", "contextSwitches", "migrations",    "minorFaults", "majorFaults",
                                         "forks",    "cycles",          "instructions",  "userNs",      "systemNs",
                                         "idleNs",   "runnable",        "ringPeakBytes", "lost",        "recorderNs",
                                         "timeNs",   "intervalNs",      "unavailable",   "cpu"};
enum { kTime = kCounters, kInterval, kUnavailable, kCpu };

using Sums = std::array<Sum, kCounters>;

struct Key {
  uint64_t time_ns;
  uint32_t cpu;
  auto operator<=>(const Key&) const = default;
};
struct Interval {
  Sums sums;
  uint64_t interval_ns = 0;
};

struct MetricsRow {
  uint64_t interval_ns;
  std::array<std::optional<double>, kMetrics.size()>
      values;  // counts in the interval, percent, levels; nothing: unavailable
};

// As it is shown: counts per second.
std::optional<double> shown_value(const MetricsRow& row, Metric metric) {
  const auto& value = row.values[static_cast<size_t>(metric)];
  if (!value || kMetrics[static_cast<size_t>(metric)].kind != MetricInfo::kCount) return value;
  if (!row.interval_ns) return std::nullopt;
  return *value * 1e9 / static_cast<double>(row.interval_ns);
}

std::optional<double> number(const Sum& sum) {
  return sum.known ? std::optional(static_cast<double>(sum.value)) : std::nullopt;
}

std::optional<double> percent(const Sum& sum) {
  if (!sum.known || !sum.interval_ns) return std::nullopt;
  return 100 * static_cast<double>(sum.value) / static_cast<double>(sum.interval_ns);
}

MetricsRow make_row(const Interval& interval) {
  MetricsRow row{};
  row.interval_ns = interval.interval_ns;
  auto set = [&](Metric metric, std::optional<double> value) { row.values[static_cast<size_t>(metric)] = value; };
  const Sums& sums = interval.sums;
  set(Metric::kSyscalls, number(sums[kSyscalls]));
  set(Metric::kContextSwitches, number(sums[kContextSwitches]));
  set(Metric::kMigrations, number(sums[kMigrations]));
  set(Metric::kMinorFaults, number(sums[kMinorFaults]));
  set(Metric::kMajorFaults, number(sums[kMajorFaults]));
  set(Metric::kForks, number(sums[kForks]));
  set(Metric::kCycles, number(sums[kCycles]));
  set(Metric::kInstructions, number(sums[kInstructions]));
  if (sums[kCycles].known && sums[kInstructions].known && sums[kCycles].value)
    set(Metric::kIpc, *number(sums[kInstructions]) / *number(sums[kCycles]));
  set(Metric::kUser, percent(sums[kUserNs]));
  set(Metric::kSystem, percent(sums[kSystemNs]));
  set(Metric::kIdle, percent(sums[kIdleNs]));
  set(Metric::kRunnable, number(sums[kRunnable]));
  set(Metric::kRingPeak, number(sums[kRingPeak]));
  set(Metric::kLost, number(sums[kLost]));
  if (interval.interval_ns && sums[kRecorderNs].known)
    set(Metric::kRecorder, 100 * *number(sums[kRecorderNs]) / static_cast<double>(interval.interval_ns));
  return row;
}

std::string_view sign(Threshold::Comparison comparison) {
  static constexpr std::string_view kSigns[] = {">", ">=", "<", "<="};
  return kSigns[comparison];
}

std::vector<ResultColumn> columns() {
  std::vector<ResultColumn> columns = {{"time_ns", Unit::kTime, "TIME", "The interval's end."},
                                       {"cpu", Unit::kIdentity, "", "With --by cpu: of which CPU."},
                                       {"interval_ns", Unit::kDuration, "", "How long the interval was."}};
  for (const MetricInfo& metric : kMetrics)
    columns.push_back({std::string(metric.column), Unit::kDecimal, std::string(metric.heading), std::string(metric.doc),
                       metric.optional ? Show::kIfRoom : Show::kAlways});
  columns.push_back({"warnings", Unit::kText, "WARNINGS", "The thresholds that were passed.", Show::kIfAny});
  return columns;
}

std::map<Key, Interval> read_intervals(const trace::Trace& trace, bool by_cpu) {
  std::map<Key, Interval> intervals;
  bool full = false;
  const EventType* type = trace.catalogue().type("metrics");
  if (type) {
    std::array<uint32_t, kCounters> bit{};  // of unavailable
    for (unsigned i = 0; i < kCounters; ++i)
      if (const auto column = type->column(kColumns[i]); column && *column < 32) bit[i] = 1u << *column;
    trace::Block block(trace, *type, kColumns);
    for (uint32_t position : trace.blocks_of("metrics")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile()) {
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const Key key{block.column(kTime)[i], by_cpu ? static_cast<uint32_t>(block.column(kCpu)[i]) : trace::kNoCpu};
          auto found = intervals.find(key);
          if (found == intervals.end()) {
            if (intervals.size() == kMaxIntervals) {
              full = true;
              continue;
            }
            found = intervals.emplace(key, Interval{}).first;
          }
          Interval& interval = found->second;
          const uint64_t length = block.column(kInterval)[i];
          interval.interval_ns = std::max(interval.interval_ns, length);
          for (unsigned k = 0; k < kCounters; ++k) {
            if (!type->column(kColumns[k]) || block.column(kUnavailable)[i] & bit[k]) continue;
            Sum& sum = interval.sums[k];
            const uint64_t value = block.column(k)[i];
            sum.known = true;
            sum.interval_ns += length;
            sum.value = k == kRingPeak ? std::max(sum.value, value) : sum.value + value;
          }
        }
      }
    }
  }
  if (full) trace.shortfalls().report("more intervals are recorded than this program keeps; the rest are missing");
  return intervals;
}

// "syscalls/s 12345 > 10000" for each threshold that a row passes.
std::vector<std::string> passed_thresholds(const MetricsRow& row, const std::vector<Threshold>& thresholds) {
  std::vector<std::string> texts;
  for (const Threshold& threshold : thresholds) {
    const auto& count = row.values[static_cast<size_t>(threshold.metric)];
    if (!count || (threshold.per_second && !row.interval_ns)) continue;
    const double value = threshold.per_second ? *count * 1e9 / static_cast<double>(row.interval_ns) : *count;
    if (!threshold.passed(value)) continue;
    texts.push_back(fmt::format("{}{} {} {} {}", kMetrics[static_cast<size_t>(threshold.metric)].name,
                                threshold.per_second ? "/s" : "", human_number(value), sign(threshold.comparison),
                                human_number(threshold.value)));
  }
  return texts;
}

// Names the metrics that no interval has; nothing if there are no rows.
void note_unavailable(Result& result, const std::array<bool, kMetrics.size()>& available) {
  std::string names;
  for (size_t i = 0; i < kMetrics.size(); ++i)
    if (!available[i]) names += (names.empty() ? "" : ", ") + std::string(kMetrics[i].name);
  if (result.rows() && !names.empty()) result.notes.push_back("unavailable: " + names);
}

std::vector<Threshold> thresholds_of(const Asked& asked) {
  if (asked.warn.empty()) return default_thresholds();
  std::vector<Threshold> thresholds;
  for (const std::string& text : asked.warn) {
    try {
      thresholds.push_back(parse_threshold(text));
    } catch (const std::invalid_argument& error) {
      throw AskError(fmt::format("--warn: {}", error.what()));
    }
  }
  return thresholds;
}

Result answer(const Source& source, const Asked& asked) {
  const trace::ReadScope scope;
  const trace::Trace& trace = source.trace();
  for (const std::string& key : asked.by)
    if (key != "cpu") throw AskError(fmt::format("--by: metrics can be divided by cpu, not by '{}'", key));
  const bool by_cpu = !asked.by.empty();
  const std::vector<Threshold> thresholds = thresholds_of(asked);
  Result result("metrics", columns());
  if (by_cpu) result.set_heading("cpu", "CPU");
  std::array<bool, kMetrics.size()> available{};
  size_t warnings = 0;
  for (const auto& [key, interval] : read_intervals(trace, by_cpu)) {
    const MetricsRow row = make_row(interval);
    const int64_t time_ns = trace.since_start(key.time_ns);
    std::vector<Cell> cells = {time_ns, by_cpu ? Cell(uint64_t{key.cpu}) : Cell(), row.interval_ns};
    for (size_t i = 0; i < kMetrics.size(); ++i) {
      cells.push_back(cell_of(shown_value(row, static_cast<Metric>(i))));
      available[i] |= row.values[i].has_value();
    }
    const std::vector<std::string> passed = passed_thresholds(row, thresholds);
    cells.push_back(text_cell(fmt::format("{}", fmt::join(passed, ", "))));
    result.add(cells);
    for (const std::string& text : passed)
      if (warnings++ < kMaxWarnings)
        result.warn(
            fmt::format("at {}{}: {}", human_time(time_ns), by_cpu ? fmt::format(", CPU {}", key.cpu) : "", text));
  }
  note_unavailable(result, available);
  result.coverage = coverage_of(trace, scope);
  return result;
}

}  // namespace

extern constinit const Question kMetricsQuestion{
    .name = "metrics",
    .help = "The machine's counters by interval, and where they passed a threshold",
    .place = 60,
    .takes = {.time = Takes::Over::kRows, .began = "time_ns", .length = "interval_ns", .by = "cpu", .warn = true},
    .columns = columns,
    .answer = answer};

bool Threshold::passed(double by) const {
  switch (comparison) {
    case kGreater:
      return by > value;
    case kGreaterEqual:
      return by >= value;
    case kLess:
      return by < value;
    case kLessEqual:
      break;
  }
  return by <= value;
}

std::string Threshold::text() const {
  return fmt::format("{}{}{}{}", kMetrics[static_cast<size_t>(metric)].name, per_second ? "/s" : "", sign(comparison),
                     human_number(value));
}

Threshold parse_threshold(std::string_view text) {
  auto bad = [&](const std::string& why) {
    return std::invalid_argument(fmt::format("'{}' is no threshold such as \"syscalls/s>10000\": {}", text, why));
  };
  std::string plain;
  for (const char c : text)
    if (!std::isspace(static_cast<unsigned char>(c))) plain += c == '_' ? '-' : c;
  const size_t at = plain.find_first_of("<>");
  if (at == std::string::npos) throw bad("it has none of > >= < <=");
  Threshold threshold{};
  std::string_view name = std::string_view(plain).substr(0, at), value = std::string_view(plain).substr(at + 1);
  const bool equal = value.starts_with('=');
  if (equal) value.remove_prefix(1);
  threshold.comparison = plain[at] == '>' ? (equal ? Threshold::kGreaterEqual : Threshold::kGreater)
                                          : (equal ? Threshold::kLessEqual : Threshold::kLess);
  if (name.ends_with("/s")) {
    threshold.per_second = true;
    name.remove_suffix(2);
  }
  const auto found =
      std::find_if(kMetrics.begin(), kMetrics.end(), [&](const MetricInfo& metric) { return metric.name == name; });
  if (found == kMetrics.end()) {
    std::string names;
    for (const MetricInfo& metric : kMetrics) names += fmt::format("{}{}", names.empty() ? "" : ", ", metric.name);
    throw bad(fmt::format("'{}' is none of {}", name, names));
  }
  threshold.metric = static_cast<Metric>(found - kMetrics.begin());
  if (threshold.per_second && found->kind != MetricInfo::kCount && found->kind != MetricInfo::kTotal)
    throw bad(fmt::format("{} is no count, so it has no rate", name));
  double factor = 1;
  if (!value.empty()) {
    switch (value.back()) {
      case 'k':
        factor = 1e3;
        break;
      case 'M':
        factor = 1e6;
        break;
      case 'G':
        factor = 1e9;
        break;
      case '%':
        break;
      default:
        factor = 0;
    }
    if (factor != 0)
      value.remove_suffix(1);
    else
      factor = 1;
  }
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), threshold.value);
  if (error != std::errc() || end != value.data() + value.size())
    throw bad(fmt::format("'{}' is no number", plain.substr(at + 1 + equal)));
  threshold.value *= factor;
  return threshold;
}

std::vector<Threshold> default_thresholds() {
  return {{Metric::kLost, false, Threshold::kGreater, 0},
          {Metric::kRecorder, false, Threshold::kGreater, 50},
          {Metric::kMajorFaults, true, Threshold::kGreater, 1000}};
}

}  // namespace ebpftrace::analyzer
