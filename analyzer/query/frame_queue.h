// SPDX-License-Identifier: Apache-2.0
// Which frame to read next, for whoever puts rows into the order of their time a window at a time (event_order.h,
// state/change_order.h). Frames overlap: one that was read may have rows that belong behind the window, and is then read again for
// a later one. Memory is bounded, whatever the frames hold: of those that were put off, most_queued are queued again by the row that
// comes first; of the others it is only known that they are to be looked at for every window. One thread at a time.
//
//   queue.begin_window();
//   while (const auto next = queue.next(limit)) {
//     read(next->frame);             // a row that belongs behind the window: queue.put_off(its key); limit may fall
//   }
//   queue.end_window();
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "trace/read/frames_by_time.h"
#include "trace/read/positions.h"

namespace ebpftrace::analyzer {

// Of a row; of a frame, nothing of which comes before it.
struct EventKey {
  uint64_t time_ns;
  uint32_t frame;  // position in Trace::frames()
  uint32_t row;

  auto operator<=>(const EventKey&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

class FrameQueue {
 public:
  static constexpr size_t kMostQueued = 1u << 19;

  FrameQueue() = default;
  // The trace must live as long. most_queued: smaller only for tests.
  FrameQueue(const trace::Trace& trace, const trace::Positions& frames, size_t most_queued = kMostQueued)
      : untouched_(trace, frames), most_queued_(most_queued) {}

  void begin_window() { next_again_ = 0; }
  // The frame that begins first of those that were not read for this window, unless it begins behind that key. The key's time is 0
  // if it isn't known.
  std::optional<EventKey> next(const EventKey& last);
  // The frame has this row, and maybe later ones, for another window.
  void put_off(const EventKey& key);
  // How many frames were put off.
  size_t end_window();

 private:
  using Queue = std::priority_queue<EventKey, std::vector<EventKey>, std::greater<>>;

  trace::FramesByTime untouched_;
  size_t most_queued_ = kMostQueued;
  Queue queue_;             // frames that were put off
  trace::Positions again_;  // the same, but they are to be looked at for every window
  size_t next_again_ = 0;
  std::unordered_map<uint32_t, EventKey> left_;  // put off in this window, by frame: the earliest row
  trace::Positions::Builder more_left_;          // those that left_ has no room for
};

}  // namespace ebpftrace::analyzer
