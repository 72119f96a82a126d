// SPDX-License-Identifier: Apache-2.0
// Frames in the order of their first_ns, without a list of them all: they wait in stretches of neighbours, each known by its
// earliest, and those that come next are taken out a few at a time. Of ten million frames in nearly that order it holds 2 MiB, in
// any other order 12. One thread at a time.
#pragma once

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "trace/read/positions.h"
#include "trace/read/trace.h"

namespace ebpftrace::trace {

class FramesByTime {
 public:
  FramesByTime() = default;
  // The trace must live as long.
  FramesByTime(const Trace& trace, const Positions& positions);

  bool empty() const { return next_.empty(); }
  // first_ns and the position in Trace::frames(), of the next one. Frames of one time come in the order of the file.
  std::pair<uint64_t, uint32_t> next() const { return next_.top(); }
  void pop();

 private:
  using Key = std::pair<uint64_t, uint32_t>;
  using Queue = std::priority_queue<Key, std::vector<Key>, std::greater<>>;

  void open_stretches();

  const Trace* trace_ = nullptr;
  std::vector<bool> waiting_;  // by position: it is in its stretch
  Queue stretches_;            // of each the earliest frame that waits
  Queue next_;                 // taken out; empty only if no frame waits
};

}  // namespace ebpftrace::trace
