// SPDX-License-Identifier: Apache-2.0
// The machine's counters by name, and thresholds of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  std::string_view doc;
  Kind kind;
  bool optional = false;  // left out for people on a narrow terminal
};

// By Metric.
inline constexpr std::array<MetricInfo, 16> kMetrics = {{
    {"syscalls", "syscalls_per_s", "SYSCALLS/s", "System calls per second.", MetricInfo::kCount},
    {"context-switches", "context_switches_per_s", "SWITCHES/s", "Context switches per second.", MetricInfo::kCount},
    {"migrations", "migrations_per_s", "MIGRATIONS/s", "Moves of threads to another CPU per second.",
     MetricInfo::kCount, true},
    {"minor-faults", "minor_faults_per_s", "MINOR/s", "Page faults without I/O per second.", MetricInfo::kCount, true},
    {"major-faults", "major_faults_per_s", "MAJOR/s", "Page faults that waited for I/O per second.", MetricInfo::kCount,
     true},
    {"forks", "forks_per_s", "FORKS/s", "New processes and threads per second.", MetricInfo::kCount, true},
    {"cycles", "cycles_per_s", "", "CPU cycles per second.", MetricInfo::kCount},
    {"instructions", "instructions_per_s", "", "Instructions per second.", MetricInfo::kCount},
    {"ipc", "ipc", "IPC", "Instructions per cycle.", MetricInfo::kLevel, true},
    {"user", "user_percent", "USER%", "Share of the CPUs' time in user mode.", MetricInfo::kPercent},
    {"system", "system_percent", "SYS%", "Share of the CPUs' time in the kernel.", MetricInfo::kPercent},
    {"idle", "idle_percent", "IDLE%", "Share of the CPUs' time without work.", MetricInfo::kPercent, true},
    {"runnable", "runnable", "RUNNABLE", "Threads that ran or could run at the interval's end.", MetricInfo::kLevel},
    {"ring-peak", "ring_peak_bytes", "", "Most bytes that waited in a ring.", MetricInfo::kLevel},
    {"lost", "lost", "LOST", "Events that were lost in the interval.", MetricInfo::kTotal},
    {"recorder", "recorder_percent", "RECORDER%", "Share of one CPU's time that the recorder took.",
     MetricInfo::kPercent, true},
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

}  // namespace ebpftrace::analyzer
