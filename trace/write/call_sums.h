// SPDX-License-Identifier: Apache-2.0
// Calls summed up by thread, number and kind, with a histogram of their durations: what a summary's rows are made from.
// Bounded: past a number of rows the sums are given up, and whoever wants to know reads the calls themselves.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "schema/values.h"
#include "trace/format/latency_buckets.h"
#include "trace/format/trace.capnp.h"

namespace ebpftrace::trace {

class BlockEncoder;

// One call, as its event's columns have it.
struct SummedCall {
  uint64_t thread, number, flags, result, duration_ns, moved, peeked;
};

class CallSums {
 public:
  // most_rows: with one more, the sums are given up.
  explicit CallSums(size_t most_rows) : most_rows_(most_rows), slots_(256) {}

  void clear();
  bool given_up() const { return given_up_; }
  void give_up() { given_up_ = true; }
  size_t rows() const { return rows_.size(); }

  // counts_bytes(): of calls of that number and kind, what moved is a number of bytes. Asked once for a row.
  template <typename CountsBytes>
  void add(const SummedCall& call, CountsBytes counts_bytes);
  // Calls of one thread, number and kind that all returned, have a duration and moved nothing but their results:
  // `results` are theirs, one for all of them or one for each.
  template <typename CountsBytes>
  void add_alike(const SummedCall& of_all, std::span<const uint64_t> results, std::span<const uint64_t> durations,
                 CountsBytes counts_bytes);
  void add(const CallSums& other);

  // Buckets that hold anything, of all rows.
  size_t buckets() const;

 private:
  friend void write_call_sums(schema::CallSums::Builder, BlockEncoder&, std::span<const CallSums* const>);

  // Those of an event's flags that calls are told apart by.
  static constexpr uint64_t kKeyFlags = 2 | 128;

  using Page = std::array<uint32_t, kSubBuckets>;

  struct Row {
    uint32_t thread, number;
    uint8_t flags;
    bool counts_bytes = false;
    uint64_t calls = 0, errors = 0, unfinished = 0, timed = 0, total_ns = 0, min_ns = UINT64_MAX, max_ns = 0, bytes = 0,
             peeked = 0;
    std::array<uint32_t, kBucketPages> page{};  // position + 1 in pages_
  };
  // nullptr: given up.
  template <typename CountsBytes>
  Row* row_for(const SummedCall& call, CountsBytes counts_bytes);
  Row* row_of(uint32_t thread, uint32_t number, uint8_t flags, bool& made);
  Page& page_of(Row& row, unsigned page) {
    if (!row.page[page]) add_page(row, page);
    return pages_[row.page[page] - 1];
  }
  void add_page(Row& row, unsigned page);
  void add_durations(Row& row, std::span<const uint64_t> durations);
  static void add_returned(Row& row, uint64_t result, uint64_t moved, uint64_t calls);
  void grow();

  size_t most_rows_;
  bool given_up_ = false;
  std::vector<Row> rows_;
  std::vector<Page> pages_;
  std::vector<uint32_t> slots_;  // position + 1 in rows_, by hash
  uint32_t last_ = 0;            // the row that was added to last
};

template <typename CountsBytes>
CallSums::Row* CallSums::row_for(const SummedCall& call, CountsBytes counts_bytes) {
  if (given_up_) return nullptr;
  const auto thread = static_cast<uint32_t>(call.thread), number = static_cast<uint32_t>(call.number);
  const auto flags = static_cast<uint8_t>(call.flags & kKeyFlags);
  Row* row = last_ < rows_.size() ? &rows_[last_] : nullptr;
  if (row && row->thread == thread && row->number == number && row->flags == flags) return row;
  bool made = false;
  row = row_of(thread, number, flags, made);
  if (row && made) row->counts_bytes = counts_bytes();
  return row;
}

// Of calls that returned: moved is what each of them moved unless it failed.
inline void CallSums::add_returned(Row& row, uint64_t result, uint64_t moved, uint64_t calls) {
  if (result >= uint64_t{1} << 63)
    row.errors += result >= static_cast<uint64_t>(-4095) ? calls : 0;
  else if (row.counts_bytes)
    row.bytes += moved * calls;
}

template <typename CountsBytes>
void CallSums::add(const SummedCall& call, CountsBytes counts_bytes) {
  Row* const row = row_for(call, counts_bytes);
  if (!row) return;
  ++row->calls;
  row->total_ns += call.duration_ns;
  if (call.flags & SYSCALL_UNFINISHED) {
    ++row->unfinished;
  } else {
    add_returned(*row, call.result, call.flags & SYSCALL_MOVED ? call.moved : call.result, 1);
    if (call.result < uint64_t{1} << 63) row->peeked += call.peeked;
  }
  if (call.flags & kNoDuration) return;
  ++row->timed;
  row->min_ns = std::min(row->min_ns, call.duration_ns);
  row->max_ns = std::max(row->max_ns, call.duration_ns);
  const unsigned bucket = bucket_of(call.duration_ns);
  ++page_of(*row, bucket / kSubBuckets)[bucket % kSubBuckets];
}

template <typename CountsBytes>
void CallSums::add_alike(const SummedCall& of_all, std::span<const uint64_t> results,
                         std::span<const uint64_t> durations, CountsBytes counts_bytes) {
  Row* const row = row_for(of_all, counts_bytes);
  if (!row) return;
  row->calls += durations.size();
  if (results.size() == 1)
    add_returned(*row, results.front(), results.front(), durations.size());
  else
    for (const uint64_t result : results) add_returned(*row, result, result, 1);
  add_durations(*row, durations);
}

// One list behind the other, as a message holds them.
void write_call_sums(schema::CallSums::Builder to, BlockEncoder& encoder, std::span<const CallSums* const> lists);

}  // namespace ebpftrace::trace
