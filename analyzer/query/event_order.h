// SPDX-License-Identifier: Apache-2.0
// Finds the order of all events by time without holding them: a window of the next rows at a time.
//
// Blocks are not sorted inside (a call is written when it returns, but counts from its start), and one long call makes
// its block begin hours before its other rows. So: each block is queued by its earliest row that is still to come;
// blocks are decoded in that order while they may hold rows of the current window; the window keeps the earliest
// kWindowRows of what it saw. A block is decoded once for each window that it has rows in. While somebody works on a window,
// a thread looks for the next one.
//
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/query/frame_queue.h"
#include "analyzer/query/sieve.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

class Watch;

class EventOrder {
 public:
  static constexpr size_t kWindowRows = 1u << 17;

  // Of the events that the choice lets through, in frames from that position on; no more than so many will be asked for.
  // Within the caller's ReadScope, if there is one. most_queued: smaller only for tests.
  EventOrder(const Session& session, const Choice& choice, size_t most_rows, size_t first_frame = 0,
             size_t most_queued = FrameQueue::kMostQueued);
  ~EventOrder();

  // Threads that are worth using for the trace.
  unsigned workers() const { return static_cast<unsigned>(readers_.size()); }

  // Who is told how far it is in time, and may want it to stop: then there are no more windows. It must live as long.
  void watch(const Watch& watch) { watch_ = &watch; }

  // The next rows in order, until the next call; empty: that was all.
  std::span<const EventKey> next_window();

 private:
  struct Reader;

  void make_window();
  bool fill_batches();
  void read_batches();
  void shrink();

  const trace::Trace& trace_;
  const Watch* watch_ = nullptr;
  uint64_t first_ns_ = UINT64_MAX, last_ns_ = 0;  // of all blocks
  size_t window_rows_;
  FrameQueue queue_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<EventKey> window_, sort_space_;
  std::vector<EventKey> handed_out_;  // the window before: in use while window_ is made
  EventKey after_{};                  // rows up to and including this one have been handed out
  bool any_handed_out_ = false;
  EventKey limit_{};         // rows behind it don't come into the window
  size_t left_rows_;         // that may still be asked for
  std::future<void> ahead_;  // the last member: all others but handed_out_ are the thread's until it is done
};

}  // namespace ebpftrace::analyzer
