// SPDX-License-Identifier: Apache-2.0
// A recording as lanes over time: who there was, and for each lane what it did in each of some pixels, so that painting costs as
// much as there are pixels, however many events there are. Times are ns since the trace's start. Immutable once made, so any
// thread may ask, several at once; what takes long has a stop_token and is meant for worker threads. Memory is bounded by what
// is asked for, not by the trace.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/api/session.h"

namespace ebpftrace::analyzer {

// [from, to)
struct TimeSpan {
  int64_t from_ns = 0, to_ns = 0;
  int64_t length_ns() const { return to_ns - from_ns; }
  bool contains(int64_t ns) const { return ns >= from_ns && ns < to_ns; }
  bool operator==(const TimeSpan&) const = default;
};

// One event: where its row is. By time, so that they have an order.
struct EventRef {
  int64_t start_ns = 0;
  uint32_t frame = 0, row = 0;                        // position of its frame in the trace, and its row there
  auto operator<=>(const EventRef&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

// What a call asks the kernel for.
enum class CallClass : uint8_t { kFile, kNetwork, kProcess, kMemory, kSignal, kOther };
inline constexpr unsigned kCallClasses = 6;
std::string_view class_name(CallClass of);  // "signal / ipc"

enum class FindingSeverity : uint8_t { kNote, kWarning, kAlert };

enum class LaneKind : uint8_t {
  kMachine,  // a heading, as are those in the plural
  kChart,
  kCpu,  // recorded and lost, by CPU
  kProcesses,
  kProcess,
  kThread,  // of a process with several; not its main thread, which is in the process's own lane
  kNetwork,
  kInterface,
  kFindings,
};

enum class Chart : uint8_t { kCpu, kRunQueue, kPageFaults };

inline constexpr uint32_t kNoLane = UINT32_MAX;

// Lanes have numbers from 0, their position in Timeline::lanes(): a parent's is smaller than its children's.
struct Lane {
  LaneKind kind = LaneKind::kProcess;
  uint32_t parent = kNoLane;
  std::string name;      // program, interface, chart; bytes as they were recorded
  std::string argument;  // what tells it from others of that name: "src/server.cc", "-C /usr include"
  std::string command;   // all of the command line, as one would type it
  uint32_t pid = 0, ppid = 0, tid = 0;
  int64_t start_ns = 0, end_ns = 0;  // of a process or thread
  bool ended = false;                // else it still ran when recording ended
  bool recorded = true;              // false: an ancestor of recorded ones
  uint32_t threads = 1;
  uint32_t number = 0;  // of a chart: Chart; of a CPU or interface: which
  std::optional<int> exit_code, exit_signal;
};

// What is in one pixel of a lane. The worst wins where several things could be said.
struct Pixel {
  static constexpr uint8_t kNone = 0xff;
  uint8_t hue = kNone;      // of the calls that take most of its time: a CallClass, or what colour_by makes of it
  uint8_t bar = kNone;      // a call that does not wait and is longer than DensityRequest::bar_pixels: its hue
  uint8_t waits = kNone;    // it waits here for most of the pixel: the hue of that call
  bool error : 1 = false;   // a call failed that isn't a lookup which fails by design
  bool lost : 1 = false;    // events of this lane may have been lost here
  bool spread : 1 = false;  // from a sum over more than this pixel
  uint32_t calls = 0;       // that began here, or went on
  uint64_t longest_ns = 0;
};

struct CallMark {
  EventRef event;
  int64_t duration_ns = 0;
  uint32_t lane = kNoLane;  // as it was asked for
  uint32_t thread_lane = kNoLane;
  uint8_t hue = 0;
  bool waits = false, failed = false, unfinished = false, passes = true;  // the filter
  std::string call;                                                       // "fdatasync"
  std::string about;   // "index.db-journal"; empty: nothing short is known
  std::string result;  // "-1 ENOENT", "4096"; only of call_at
};

// A lane that is asked for: alone, or with all lanes below it in one strip, then without its waits for its children.
struct LaneChoice {
  uint32_t lane = 0;
  bool with_children = false;
  bool operator==(const LaneChoice&) const = default;
};

struct DensityRequest {
  TimeSpan span;
  uint32_t pixels = 0;  // at most kMostPixels
  std::vector<LaneChoice> lanes;
  std::string filter;               // docs/filter-language.md; empty: all pass
  std::string colour_by = "class";  // class, errno, duration, or a field of system calls
  uint8_t hidden_hues = 0;          // bit i: calls of hue i are left out
  double bar_pixels = 1.5;          // calls that are longer are bars
  double mark_pixels = 3;           // calls that are longer are listed
  size_t most_marks = 20'000;
  bool summaries_only = false;  // of a large trace: only what summaries say
};
inline constexpr uint32_t kMostPixels = 16384;

struct Density {
  TimeSpan span;
  uint32_t pixels = 0;
  std::vector<LaneChoice> lanes;
  std::vector<Pixel> passing;       // lane after lane
  std::vector<Pixel> hidden;        // what the filter leaves out; empty without a filter
  std::vector<CallMark> marks;      // by lane, then time
  std::vector<std::string> legend;  // what the hues are
  bool marks_left_out = false;
  bool complete = false;  // all rows of the span were read
  double done = 0;        // share of them
  std::span<const Pixel> lane(size_t at) const { return {passing.data() + at * pixels, pixels}; }
  std::span<const Pixel> hidden_lane(size_t at) const {
    return hidden.empty() ? std::span<const Pixel>() : std::span(hidden.data() + at * pixels, pixels);
  }
};

// Of all lanes, for the minimap.
struct OverviewColumn {
  double calls[kCallClasses] = {};
  bool lost = false;
};

struct LossSpan {
  TimeSpan span;
  uint32_t cpu = 0;
  uint64_t lost = 0, recorded = 0;
  bool when_known = true;  // false: it is known how many, but not when
};

// A chart over pixels: the average in each, below and above (stacked). Negative: not known there.
struct ChartColumns {
  std::vector<float> first, second;
  double top = 0;     // of the scale
  std::string scale;  // "0 – 100 %"
  std::string what;   // "user + system"
};

struct Finding {
  TimeSpan span;  // of no length where it is a moment
  FindingSeverity severity = FindingSeverity::kNote;
  std::string text;         // a line
  uint32_t lane = kNoLane;  // whose, if that is known
  std::optional<EventRef> event;
};

struct PacketColumn {
  double packets = 0, bytes = 0, dropped = 0;  // of counters, which are of more than a pixel, a part
};

class Timeline {
 public:
  // Reads who there was: a second for a million processes. The session stays alive with it.
  explicit Timeline(std::shared_ptr<const Session> session, std::stop_token stop = {});
  ~Timeline();
  Timeline(const Timeline&) = delete;

  const std::vector<Lane>& lanes() const;
  TimeSpan extent() const;        // from the start to the last thing that is known
  int64_t start_real_ns() const;  // wall clock at 0, since 1970
  int32_t utc_offset_seconds() const;
  uint64_t events() const;
  uint64_t lost() const;

  // Throws AskError if the filter or field makes no sense. `partly` is called now and then with what is known so far, by the
  // calling thread; what is returned after a stop is that too.
  Density density(const DensityRequest& request, std::stop_token stop = {},
                  const std::function<void(const Density&)>& partly = {}) const;
  std::vector<OverviewColumn> overview(TimeSpan span, uint32_t pixels, std::stop_token stop = {}) const;

  // The call that took longest of those in a lane and span; the next or previous one of a lane in time. Nothing: none.
  std::optional<CallMark> longest_call(const LaneChoice& lane, TimeSpan span, const std::string& filter = {},
                                       std::stop_token stop = {}) const;
  std::optional<CallMark> next_call(const LaneChoice& lane, const EventRef& from, bool forwards,
                                    const std::string& filter = {}, std::stop_token stop = {}) const;
  // Any event; of those that are no calls, without a duration.
  std::optional<CallMark> call_at(const EventRef& event) const;

  const std::vector<LossSpan>& losses() const;
  ChartColumns chart(Chart chart, TimeSpan span, uint32_t pixels, std::stop_token stop = {}) const;
  std::vector<PacketColumn> packets(uint32_t interface, TimeSpan span, uint32_t pixels,
                                    std::stop_token stop = {}) const;
  const std::vector<Finding>& findings() const;  // by time; at most some thousands

  // The lane as a filter: "pid == 4711", "tid == 4712".
  std::string lane_filter(const LaneChoice& lane) const;

  struct State;  // the library's own

 private:
  std::unique_ptr<const State> state_;
};

// The first argument of a command line that tells a process from others of the same program.
std::string telling_argument(std::string_view program, std::span<const std::string> words);

}  // namespace ebpftrace::analyzer
