// SPDX-License-Identifier: Apache-2.0
// How a column of integers becomes bytes and back; docs/trace-format.md section "Columns".
// The encoding says what is stored of a row, the layout how that becomes bytes:
//  - planes: plane k holds byte k of every row. Values that differ little then leave their high planes all zero, which zstd
//    packs to almost nothing at memory speed, and a plane decodes with one vector loop.
//  - grouped: planes in which the rows of one thread and call number lie together. What a call's argument or result may be,
//    others of its kind tell; between the values of other kinds zstd would not see it.
//  - sized: what times are like. Their low bits are noise that nothing packs, their magnitude is not: it has a byte of its own,
//    and the noise takes bits, not bytes.
//
// Evidence: bench/analyze prints a whole query as 1.3 to 1.7 times what zstd alone takes for the frames that it reads.
// Pure functions; no state, no I/O; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trace/format/trace.capnp.h"

namespace ebpftrace::trace {

// What codings that look at other columns need. Each as long as the column, or empty where the coding doesn't use it.
struct CodingContext {
  std::span<const uint64_t> other;   // afterEnd: the duration column
  std::span<const uint64_t> thread;  // afterEnd, byCall
  std::span<const uint64_t> number;  // byCall
  std::span<const uint32_t> place;   // grouped: of CallPlaces
  bool one_thread = false;           // afterEnd, when it is written: all rows are of one, and `thread` may be empty
};

struct ColumnCoding {
  schema::Encoding encoding = schema::Encoding::PACKED;
  schema::Layout layout = schema::Layout::PLANES;
};

struct ColumnPlan {
  schema::Encoding encoding = schema::Encoding::CONSTANT;
  uint8_t width = 0;  // bytes of the largest stored value
  uint64_t base = 0;
  schema::Layout layout = schema::Layout::PLANES;
};

// Chooses how to store a column: as is wanted, if its values differ and the context has what that needs. Leaves what is to be
// stored in `transformed` (resized to fit, reused by the caller), in the order of the layout.
ColumnPlan plan_column(std::span<const uint64_t> values, ColumnCoding wanted, const CodingContext& context,
                       std::vector<uint64_t>& transformed);

// What is stored, in `stored`, which grows if it must and is the caller's to use again: how many bytes of it that takes.
size_t store_column(const ColumnPlan& plan, std::span<const uint64_t> transformed, std::vector<uint8_t>& stored);

// Where the rows of a block are stored in the layout "grouped". Both sides count all rows of the block, begin(), then ask for
// the places of all rows in order.
class CallPlaces {
 public:
  void clear() {
    next_.fill(0);
    buckets_.clear();
  }
  void count(std::span<const uint64_t> thread, std::span<const uint64_t> number);
  void begin();
  // Of the next n rows, of which as many were counted; each is below the number of all.
  void next(size_t n, uint32_t* places);
  // All of that at once, for whoever has all rows.
  void all(std::span<const uint64_t> thread, std::span<const uint64_t> number, uint32_t* places);

 private:
  static size_t bucket(uint64_t thread, uint64_t number) {
    constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;
    return (number * kGolden >> 56) << 3 | thread * kGolden >> 61;
  }

  std::array<uint32_t, 2048> next_{};
  std::vector<uint16_t> buckets_;  // of the rows that were counted
  size_t at_ = 0;                  // the next one in them
};

// byCall: the last value of "the same call in the same place": same thread, same call number, after the same call. Loops
// (stat, open, stat, read, read, close ...) repeat their arguments place by place, not call by call.
// Small tables without collision handling: both sides hash alike, and a collision costs a larger difference, nothing else.
class LastByCall {
 public:
  uint64_t& of(uint64_t thread, uint64_t number) {
    uint64_t& previous = previous_[hash(thread) >> 56];
    uint64_t& last = last_[hash(thread * 0x85ebca6bu + number * 0x9e3779b1u + previous * 0xc2b2ae35u) >> 53];
    previous = number + 1;
    return last;
  }
  void clear() {
    last_.fill(0);
    previous_.fill(0);
  }

 private:
  static uint64_t hash(uint64_t value) { return value * 0x9e3779b97f4a7c15u; }

  std::array<uint64_t, 2048> last_{};
  std::array<uint64_t, 256> previous_{};  // by thread: number + 1 of the row before; 0: none in this block
};

// afterEnd: a thread's next call starts soon after its last one ended, whatever ran on the CPU in between. The same kind
// of table, and nothing known of a thread yet: the end of the row before.
class LastEnd {
 public:
  explicit LastEnd(uint64_t base = 0) : row_before_(base) {}
  uint64_t expected(uint64_t thread) const {
    const Slot& slot = slots_[hash(thread)];
    return slot.used ? slot.end : row_before_;
  }
  void ended(uint64_t thread, uint64_t end) {
    slots_[hash(thread)] = {end, true};
    row_before_ = end;
  }

 private:
  struct Slot {
    uint64_t end = 0;
    bool used = false;
  };
  static uint64_t hash(uint64_t thread) { return (thread * 0x9e3779b97f4a7c15u) >> 56; }

  uint64_t row_before_;
  std::array<Slot, 256> slots_{};
};

// Whether that many bytes can be a column of so many rows (sized columns are checked further as they are decoded).
bool fits(const ColumnPlan& plan, size_t stored, size_t rows);

// The reverse of all that, some rows at a time so that a reader's work space doesn't depend on the block's size.
class ColumnDecoder {
 public:
  // `stored` is as long as fits() asks for and outlives the decoding. False: unknown encoding or layout.
  bool start(const ColumnPlan& plan, std::span<const uint8_t> stored, size_t rows);
  // The next values.size() rows, of which there are as many left (the caller has checked). The context's columns are
  // those of the same rows, already decoded. False: the context lacks what the encoding needs, or the bytes are not sound.
  bool next(const CodingContext& context, std::span<uint64_t> values);

 private:
  bool next_sized(std::span<uint64_t> values, uint64_t base);

  ColumnPlan plan_;
  std::span<const uint8_t> stored_;
  size_t rows_ = 0;
  size_t bit_ = 0;  // sized: the next one behind the magnitudes
  size_t at_ = 0;
  uint64_t before_ = 0;  // delta: the row before
  LastEnd last_end_;     // afterEnd
  std::unique_ptr<LastByCall> last_;
};

// All rows at once.
bool load_column(const ColumnPlan& plan, std::span<const uint8_t> stored, const CodingContext& context,
                 std::span<uint64_t> values);

}  // namespace ebpftrace::trace
