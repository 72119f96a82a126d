// SPDX-License-Identifier: Apache-2.0
// How a column of integers becomes bytes and back; docs/trace-format.md section "Columns".
// A stored column is `width` byte planes: plane k holds byte k of every row. Values that differ little then leave their
// high planes all zero, which zstd packs to almost nothing at memory speed, and a plane decodes with one vector loop.
//
// Evidence (bench/analyze --codec, one second of `tar | zstd`): see docs/trace-format.md.
// Pure functions; no state, no I/O; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "schema/trace.capnp.h"

namespace ebpftrace {

// What codings that look at other columns need. Each as long as the column, or empty where the coding doesn't use it.
struct CodingContext {
  std::span<const uint64_t> other;   // afterEnd: the duration column
  std::span<const uint64_t> thread;  // byCall
  std::span<const uint64_t> number;  // byCall
};

struct ColumnPlan {
  schema::Encoding encoding = schema::Encoding::CONSTANT;
  uint8_t width = 0;  // bytes per row
  uint64_t base = 0;
};

// Chooses the encoding and leaves what is to be stored per row in `transformed` (resized to fit, reused by the caller).
ColumnPlan plan_column(std::span<const uint64_t> values, schema::Encoding wanted, const CodingContext& context,
                       std::vector<uint64_t>& transformed);

// Writes width * transformed.size() bytes.
void store_planes(std::span<const uint64_t> transformed, unsigned width, uint8_t* to);

// byCall: the last value of "the same call", in a small table without collision handling: both sides hash alike, and
// a collision costs a larger difference, nothing else.
class LastByCall {
 public:
  uint64_t& of(uint64_t thread, uint64_t number) {
    return last_[(thread * 0x9e3779b1u + number * 0x85ebca6bu) >> 4 & (kSlots - 1)];
  }
  void clear() { last_.fill(0); }

 private:
  static constexpr size_t kSlots = 1024;
  std::array<uint64_t, kSlots> last_{};
};

// The reverse of both, some rows at a time so that a reader's work space doesn't depend on the block's size.
class ColumnDecoder {
 public:
  // `planes` holds width * rows bytes (the caller has checked) and outlives the decoding; width <= 8.
  // False: unknown encoding.
  bool start(const ColumnPlan& plan, std::span<const uint8_t> planes, size_t rows);
  // The next values.size() rows, of which there are as many left (the caller has checked). The context's columns are
  // those of the same rows, already decoded. False: the context lacks what the encoding needs.
  bool next(const CodingContext& context, std::span<uint64_t> values);

 private:
  ColumnPlan plan_;
  const uint8_t* planes_ = nullptr;
  size_t rows_ = 0;
  size_t at_ = 0;
  uint64_t before_ = 0;  // delta: the row before; afterEnd: where it ended
  std::unique_ptr<LastByCall> last_;
};

// All rows at once.
bool load_column(const ColumnPlan& plan, std::span<const uint8_t> planes, const CodingContext& context,
                 std::span<uint64_t> values);

}  // namespace ebpftrace
