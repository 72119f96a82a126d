// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <stdexcept>

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
enum Source {
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
  kSources,
};
constexpr std::string_view kColumns[] = {"syscalls", "contextSwitches", "migrations",    "minorFaults", "majorFaults",
                                         "forks",    "cycles",          "instructions",  "userNs",      "systemNs",
                                         "idleNs",   "runnable",        "ringPeakBytes", "lost",        "recorderNs",
                                         "timeNs",   "intervalNs",      "unavailable",   "cpu"};
enum { kTime = kSources, kInterval, kUnavailable, kCpu };

using Sums = std::array<Sum, kSources>;

struct Key {
  uint64_t time_ns;
  uint32_t cpu;
  auto operator<=>(const Key&) const = default;
};
struct Interval {
  Sums sums;
  uint64_t interval_ns = 0;
};

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

}  // namespace

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

std::optional<double> shown_value(const MetricsRow& row, Metric metric) {
  const auto& value = row.values[static_cast<size_t>(metric)];
  if (!value || kMetrics[static_cast<size_t>(metric)].kind != MetricInfo::kCount) return value;
  if (!row.interval_ns) return std::nullopt;
  return *value * 1e9 / static_cast<double>(row.interval_ns);
}

Metrics metrics(const trace::Trace& trace, const MetricsQuestion& question, size_t limit) {
  std::map<Key, Interval> intervals;
  bool full = false;
  const EventType* type = trace.catalogue().type("metrics");
  if (type) {
    std::array<uint32_t, kSources> bit{};  // of unavailable
    for (unsigned i = 0; i < kSources; ++i)
      if (const auto column = type->column(kColumns[i]); column && *column < 32) bit[i] = 1u << *column;
    trace::Block block(trace, *type, kColumns);
    for (uint32_t position : trace.blocks_of("metrics")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile()) {
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const Key key{block.column(kTime)[i],
                        question.by_cpu ? static_cast<uint32_t>(block.column(kCpu)[i]) : trace::kNoCpu};
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
          for (unsigned k = 0; k < kSources; ++k) {
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
  if (full) trace.damage().report(0, "more intervals are recorded than this program keeps; the rest are missing");

  Metrics answer;
  answer.by_cpu = question.by_cpu;
  answer.intervals = intervals.size();
  for (const auto& [key, interval] : intervals) {
    MetricsRow row = make_row(interval);
    row.time_ns = trace.since_start(key.time_ns);
    if (question.by_cpu) row.cpu = key.cpu;
    for (const Threshold& threshold : question.thresholds) {
      const auto& count = row.values[static_cast<size_t>(threshold.metric)];
      if (!count || (threshold.per_second && !row.interval_ns)) continue;
      const double value = threshold.per_second ? *count * 1e9 / static_cast<double>(row.interval_ns) : *count;
      if (!threshold.passed(value)) continue;
      const std::string text = fmt::format("{}{} {} {} {}", kMetrics[static_cast<size_t>(threshold.metric)].name,
                                           threshold.per_second ? "/s" : "", human_number(value),
                                           sign(threshold.comparison), human_number(threshold.value));
      row.warnings += (row.warnings.empty() ? "" : ", ") + text;
      if (answer.warnings.size() < kMaxWarnings)
        answer.warnings.push_back(fmt::format("at {}{}: {}", human_time(row.time_ns),
                                              row.cpu ? fmt::format(", CPU {}", *row.cpu) : "", text));
    }
    if (answer.rows.size() < limit) answer.rows.push_back(std::move(row));
  }
  answer.coverage = coverage_of(trace, {"metrics"});
  return answer;
}

std::string unavailable_metrics(const Metrics& answer) {
  std::string names;
  for (size_t i = 0; i < kMetrics.size() && !answer.rows.empty(); ++i) {
    if (std::any_of(answer.rows.begin(), answer.rows.end(),
                    [i](const MetricsRow& row) { return row.values[i].has_value(); }))
      continue;
    names += names.empty() ? "" : ", ";
    names += kMetrics[i].name;
  }
  return names;
}

}  // namespace ebpftrace::analyzer
