// SPDX-License-Identifier: Apache-2.0
// Calls summed up by thread, number and kind, with a histogram of their durations: what a summary's rows are made from.
// Bounded: past a number of rows the sums are given up, and whoever wants to know reads the calls themselves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

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

  // counts_bytes: of calls of that number, what moved is a number of bytes.
  void add(const SummedCall& call, bool counts_bytes);
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
    uint64_t calls = 0, errors = 0, unfinished = 0, timed = 0, total_ns = 0, min_ns = UINT64_MAX, max_ns = 0, bytes = 0,
             peeked = 0;
    std::array<uint32_t, kBucketPages> page{};  // position + 1 in pages_
  };
  // nullptr: given up.
  Row* row_of(uint32_t thread, uint32_t number, uint8_t flags);
  Page& page_of(Row& row, unsigned page);
  void grow();

  size_t most_rows_;
  bool given_up_ = false;
  std::vector<Row> rows_;
  std::vector<Page> pages_;
  std::vector<uint32_t> slots_;  // position + 1 in rows_, by hash
  uint32_t last_ = 0;            // the row that was added to last
};

// One list behind the other, as a message holds them.
void write_call_sums(schema::CallSums::Builder to, BlockEncoder& encoder, std::span<const CallSums* const> lists);

}  // namespace ebpftrace::trace
