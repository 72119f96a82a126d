// SPDX-License-Identifier: Apache-2.0
// Rows of one event type (and, for system calls, of one CPU) on their way from the drain thread to the compressor.
// Columns are 64-bit arrays of fixed capacity; text columns hold numbers of strings that are kept once per block.
// Not synchronised: one thread owns a block at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/catalogue.h"
#include "schema/row_layout.h"
#include "trace/format/frame.h"

namespace ebpftrace::trace {

// The strings of one block, each stored once. Number 0 is "no text".
class BlockStrings {
 public:
  struct Entry {
    uint32_t offset;
    uint32_t length;
    uint32_t cut;    // bytes of the original that are not here
    uint32_t flags;  // enum string_flag
  };

  uint32_t add(std::string_view text, uint32_t cut, uint32_t flags);
  void clear();

  std::span<const Entry> entries() const { return entries_; }
  std::span<const char> bytes() const { return bytes_; }

 private:
  struct Slot {
    uint32_t generation = 0;
    uint32_t number = 0;
    uint64_t hash = 0;
  };
  void grow();

  std::vector<Entry> entries_;
  std::vector<char> bytes_;
  std::vector<Slot> slots_ = std::vector<Slot>(256);
  uint32_t generation_ = 1;
};

class OpenBlock {
 public:
  OpenBlock(const EventType& type, size_t capacity);

  // cpu: of all rows; kNoCpu: rows of several, or of a type whose blocks aren't of one CPU.
  void start(uint32_t cpu);

  const EventType& type() const { return *type_; }
  uint32_t cpu() const { return cpu_; }
  size_t rows() const { return rows_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return rows_ == 0; }
  // Descriptions that the next part of the recording needs as well.
  bool carried() const { return carried_; }
  void carry() { carried_ = true; }
  // No room for one more row of the largest kind.
  bool full() const { return rows_ == capacity_ || strings_.bytes().size() > kMaxStringBytes; }

  // ---- filling the row that is next ----
  uint64_t* column(unsigned index) { return cells_.get() + index * stride_; }
  std::span<const uint64_t> values(unsigned index) const { return {cells_.get() + index * stride_, rows_}; }
  void set(unsigned index, uint64_t value) { column(index)[rows_] = value; }
  // Takes the text off the front of `rest`; false if rest is shorter than size says.
  bool set_text(unsigned index, const text_size& size, std::span<const std::byte>& rest);
  void set_string(unsigned index, std::string_view text, uint32_t cut = 0, uint32_t flags = 0) {
    set(index, strings_.add(text, cut, flags));
  }
  void end_row() { ++rows_; }

  // Rows of another block of this type, copied with their texts. In a block of several CPUs they keep theirs. How many
  // of `count` from `first` on found room.
  bool has_room_for(const OpenBlock& all) const {
    return rows_ + all.rows_ <= capacity_ && strings_.bytes().size() + all.strings_.bytes().size() <= kMaxStringBytes;
  }
  size_t append(const OpenBlock& from, size_t first, size_t count);
  // How many rows are of which CPU, in their order: neighbours of one CPU are one pair.
  std::vector<std::pair<uint32_t, size_t>> rows_by_cpu() const;

  const BlockStrings& strings() const { return strings_; }

 private:
  // Texts seldom grow when they are compressed: with one row's texts more, frames stay below kMaxWrittenBytes mostly.
  static constexpr size_t kMaxStringBytes = 600'000;

  const EventType* type_;
  size_t capacity_;
  size_t stride_;
  size_t rows_ = 0;
  uint32_t cpu_ = kNoCpu;
  bool carried_ = false;
  std::optional<unsigned> cpu_column_;  // of types whose blocks are of one CPU, as a rule
  bool cpu_column_used_ = false;
  std::vector<uint32_t> string_numbers_;  // append's
  std::unique_ptr<uint64_t[]> cells_;
  BlockStrings strings_;
};

}  // namespace ebpftrace::trace
