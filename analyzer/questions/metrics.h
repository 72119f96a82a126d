// SPDX-License-Identifier: Apache-2.0
// The machine's counters over time, and where they passed a threshold.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/query/coverage.h"

namespace ebpftrace::analyzer {

enum class Metric : uint8_t {
  kSyscalls,
  kContextSwitches,
  kMigrations,
  kMinorFaults,
  kMajorFaults,
  kForks,
  kCycles,
  kInstructions,
  kIpc,
  kUser,
  kSystem,
  kIdle,
  kRunnable,
  kRingPeak,
  kLost,
  kRecorder,
};

struct MetricInfo {
  enum Kind : uint8_t {
    kCount,    // in the interval; shown per second
    kPercent,  // of the CPUs' time, the recorder's of one CPU's
    kLevel,    // at the interval's end, or the most in it
    kTotal,    // in the interval; shown as it is
  };
  std::string_view name;     // of a threshold
  std::string_view column;   // in JSON and CSV
  std::string_view heading;  // for people
  Kind kind;
  bool optional = false;  // left out for people on a narrow terminal
};

// By Metric.
inline constexpr std::array<MetricInfo, 16> kMetrics = {{
    {"syscalls", "syscalls_per_s", "SYSCALLS/s", MetricInfo::kCount},
    {"context-switches", "context_switches_per_s", "SWITCHES/s", MetricInfo::kCount},
    {"migrations", "migrations_per_s", "MIGRATIONS/s", MetricInfo::kCount, true},
    {"minor-faults", "minor_faults_per_s", "MINOR/s", MetricInfo::kCount},
    {"major-faults", "major_faults_per_s", "MAJOR/s", MetricInfo::kCount, true},
    {"forks", "forks_per_s", "FORKS/s", MetricInfo::kCount},
    {"cycles", "cycles_per_s", "", MetricInfo::kCount},
    {"instructions", "instructions_per_s", "", MetricInfo::kCount},
    {"ipc", "ipc", "IPC", MetricInfo::kLevel, true},
    {"user", "user_percent", "USER%", MetricInfo::kPercent},
    {"system", "system_percent", "SYS%", MetricInfo::kPercent},
    {"idle", "idle_percent", "IDLE%", MetricInfo::kPercent},
    {"runnable", "runnable", "RUNNABLE", MetricInfo::kLevel},
    {"ring-peak", "ring_peak_bytes", "", MetricInfo::kLevel},
    {"lost", "lost", "LOST", MetricInfo::kTotal},
    {"recorder", "recorder_percent", "RECORDER%", MetricInfo::kPercent, true},
}};

// "syscalls/s>10000", "lost>0", "idle<5"
struct Threshold {
  enum Comparison : uint8_t { kGreater, kGreaterEqual, kLess, kLessEqual };
  Metric metric;
  bool per_second;
  Comparison comparison;
  double value;

  bool passed(double by) const;
  std::string text() const;  // as it is written, in one way
};
// Throws std::invalid_argument with one message that names what is wrong and what would do.
Threshold parse_threshold(std::string_view text);
// What is warned of unless asked otherwise: events were lost; the recorder takes half of a CPU; waiting for pages that
// have to come from disk is frequent.
std::vector<Threshold> default_thresholds();

struct MetricsRow {
  int64_t time_ns;              // end of the interval since the trace's start
  std::optional<uint32_t> cpu;  // nothing: the machine
  uint64_t interval_ns;
  std::array<std::optional<double>, kMetrics.size()>
      values;            // counts in the interval, percent, levels; nothing: unavailable
  std::string warnings;  // "syscalls/s 12345 > 10000, ..."; empty: none
};

// As it is shown: counts per second.
std::optional<double> shown_value(const MetricsRow& row, Metric metric);

struct Metrics {
  Coverage coverage;
  bool by_cpu = false;
  size_t intervals = 0;               // rows, also past the limit
  std::vector<MetricsRow> rows;       // by time, then CPU
  std::vector<std::string> warnings;  // "at 3.000123456: syscalls/s 12345 > 10000", of all rows, in their order
};

struct MetricsQuestion {
  bool by_cpu = false;
  std::vector<Threshold> thresholds = default_thresholds();
};
// The names of the metrics that no interval has ("cycles, instructions, ipc"); empty if there are none, or no rows.
std::string unavailable_metrics(const Metrics& answer);
Metrics metrics(const trace::Trace& trace, const MetricsQuestion& question = {}, size_t limit = SIZE_MAX);

}  // namespace ebpftrace::analyzer
