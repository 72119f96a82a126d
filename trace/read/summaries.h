// SPDX-License-Identifier: Apache-2.0
// What summary frames say of a trace's system calls, checked: the sums of a unit are used only if its blocks are where the
// summary says, unchanged, of as many rows as were summed up, and in no other summary. Whatever doesn't hold is reported, and the
// blocks are to be read instead. Answers from sums equal answers from rows.
//
//   const CallPlan plan = plan_calls(trace, true);
//   for (size_t i = 0; i < plan.size(); ++i) {                       // any order, on any thread
//     if (!reader.load(plan[i])) for (position : reader.blocks()) …  // read trace.frames()[position]
//     else for (const CallSum& sum : reader.sums()) …
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trace/read/frame_payload.h"
#include "trace/read/trace.h"

namespace ebpftrace::trace {

struct SumBucket {
  uint16_t bucket;  // latency_buckets.h
  uint32_t count;
};

// Calls of one thread and one number. The times are of those that neither were unfinished nor had begun before (timed).
struct CallSum {
  uint32_t thread, number;
  uint64_t flags;  // of the event's: 2, 128
  uint64_t calls, errors, unfinished, timed, total_ns, min_ns, max_ns, bytes, peeked_bytes;
  std::span<const SumBucket> buckets;
};

// A piece of work: one block to be read, or the blocks that a summary speaks of.
struct CallWork {
  static constexpr uint32_t kTotal = UINT32_MAX, kBlock = UINT32_MAX - 1;
  uint32_t position;  // in Trace::frames(): of the block, or of the summary
  uint32_t unit;      // of the summary; kTotal: all of them; kBlock: no summary
};

// Pieces of work: first those of summaries, then the other blocks.
struct CallPlan {
  std::vector<CallWork> summed;
  Positions blocks;

  size_t size() const { return summed.size() + blocks.size(); }
  CallWork operator[](size_t piece) const {
    return piece < summed.size() ? summed[piece] : CallWork{blocks[piece - summed.size()], CallWork::kBlock};
  }
};

// All blocks of system calls, each in one piece of work. use_summaries: those that have sums as sums.
CallPlan plan_calls(const Trace& trace, bool use_summaries);

// A call of a unit that took at least SummaryReader::long_ns(), with the columns of its event.
struct LongCall {
  uint64_t unit, start_ns, duration_ns, thread, number, flags, result, file;
};

struct UnitFacts {
  bool has_rows = false, has_long_calls = false;     // the summary has all of them
  uint64_t first_return_ns = 0, last_return_ns = 0;  // of its calls that returned; both 0: none did
};

// Every total and every unit with sums, of all summaries.
std::vector<CallWork> all_sums(const Trace& trace);

struct SummaryIndex;

// One per thread.
class SummaryReader {
 public:
  explicit SummaryReader(const Trace& trace);
  ~SummaryReader();

  // False: it is a block, or its summary can't be relied on (reported): blocks() are to be read.
  bool load(const CallWork& work);
  // After it. Until the next load().
  std::span<const CallSum> sums() const { return {sums_.data() + first_, count_}; }
  // Positions in Trace::frames().
  std::span<const uint32_t> blocks() const { return blocks_; }

  // What a summary says besides sums. False: damaged (reported), or not of these blocks.
  bool load_facts(uint32_t summary);
  // After it. Until the next load.
  bool unchanged(uint32_t unit);  // the blocks are those that were summed up
  std::span<const UnitFacts> units() const;
  std::span<const uint32_t> blocks_of_unit(uint32_t unit) const;
  uint64_t long_ns() const;
  std::span<const LongCall> long_calls() const { return long_calls_; }

 private:
  bool load_summary(uint32_t position);
  bool load_sums(const CallWork& work);
  bool same_blocks(uint32_t first) const;

  const Trace& trace_;
  FramePayload payload_;
  std::vector<uint32_t> blocks_;
  uint32_t loaded_ = UINT32_MAX;  // position of the summary that is held
  std::unique_ptr<SummaryIndex> index_;
  bool units_decoded_ = false;
  std::vector<CallSum> sums_;
  std::vector<SumBucket> buckets_;
  std::vector<LongCall> long_calls_;
  std::vector<size_t> unit_start_;  // in sums_; one more at the end
  size_t first_ = 0, count_ = 0;
};

}  // namespace ebpftrace::trace
