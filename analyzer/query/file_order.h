// SPDX-License-Identifier: Apache-2.0
// The rows of some event types in the order of the file, a window at a time: what a RowRenderer takes where nobody asks for the
// order of time. Memory is bounded by the window. One thread at a time; it has others filter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/query/frame_queue.h"
#include "analyzer/query/sieve.h"
#include "trace/read/positions.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

class FileOrder {
 public:
  static constexpr size_t kWindowRows = 1u << 17;  // and what the last frame has besides

  // Of one type after the other, the rows that the choice lets through. The session must outlive it.
  FileOrder(const Session& session, const Choice& choice, std::span<const EventType* const> types);
  ~FileOrder();

  // Threads that are worth using for these frames.
  unsigned workers() const { return static_cast<unsigned>(sieves_.size()); }
  // Of all frames, whatever passes.
  uint64_t rows() const { return rows_; }

  // The next rows in order, by frame and row, without their times; empty: that was all.
  std::vector<EventKey> next_window();

 private:
  const trace::Trace& trace_;
  const bool everything_;
  std::vector<trace::Positions> frames_;  // by type
  std::vector<std::unique_ptr<Sieve>> sieves_;
  size_t type_ = 0;
  trace::Positions::Iterator next_;  // of the type's
  uint64_t rows_ = 0;
};

}  // namespace ebpftrace::analyzer
