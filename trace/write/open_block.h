// SPDX-License-Identifier: Apache-2.0
// Rows of one event type (and, for system calls, of one CPU) on their way from the drain thread to the compressor.
// Columns are 64-bit arrays of fixed capacity; text columns hold numbers of strings that are kept once per block.
// Not synchronised: one thread owns a block at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
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

  std::span<const uint64_t> values(unsigned index) const {
    if (index < kTracked && alike_ >> index & 1) write_alike(uint64_t{1} << index);
    return {cells_.get() + index * stride_, rows_};
  }
  // All of its values are 0, as far as is known: nobody has said that one is set.
  bool is_zero(unsigned index) const { return index < kTracked && !(set_ >> index & 1); }
  // The value of all its rows, if it is known without a look at them. That of a block without rows means nothing.
  std::optional<uint64_t> same_value(unsigned index) const {
    if (is_zero(index)) return 0;
    if (index < kTracked && alike_ >> index & 1) return alike_values_[index];
    return std::nullopt;
  }

  // ---- filling the row that is next ----
  void set(unsigned index, uint64_t value) {
    write_alike();
    column(index)[rows_] = value;
  }
  // Takes the text off the front of `rest`; false if rest is shorter than size says.
  bool set_text(unsigned index, const text_size& size, std::span<const std::byte>& rest);
  void set_string(unsigned index, std::string_view text, uint32_t cut = 0, uint32_t flags = 0) {
    set(index, strings_.add(text, cut, flags));
  }
  void end_row() { end_row(cpu_column_ && !column(*cpu_column_)[rows_] ? kAll & ~cpu_bit() : kAll); }
  // The same of a row in which only some columns were set, bit i for column i: the others are 0 without being written. Of
  // types with at most kTracked columns.
  void end_row(uint64_t set) {
    write_alike();
    if (const uint64_t stale = ~(clean_ | set)) clear_cells(stale, rows_, 1);
    set_ |= set;
    set_by_all_ &= set;
    ++rows_;
  }
  // Of several rows at once: every row of them sets `set_by_all`, some set `set`. begin_rows() before their cells are written.
  void begin_rows(size_t count, uint64_t set_by_all) {
    if (const uint64_t ended = alike_ & ~set_by_all) write_alike(ended);
    if (const uint64_t stale = ~(clean_ | set_by_all)) clear_cells(stale, rows_, count);
  }
  void end_rows(size_t count, uint64_t set, uint64_t set_by_all) {
    set_ |= set;
    set_by_all_ &= set_by_all;
    rows_ += count;
  }
  // Of a row that is given up before its end: those columns of it that were set.
  void drop_row(uint64_t set) { clear_cells(set, rows_, 1); }
  // For many columns of one row, or of several between begin_rows() and end_rows(): cell i of it is at [i * stride()].
  uint64_t* row_cells() {
    write_alike();
    return cells_.get() + rows_;
  }
  size_t stride() const { return stride_; }
  // The same column by column, with the others untouched: where the next rows' values go; or one value for all of them, which
  // needs no memory as long as the rows before have it too. begin_rows() has been told of both as set by all.
  uint64_t* next_cells(unsigned index) {
    if (alike_ >> index & 1) write_alike(uint64_t{1} << index);
    return column(index) + rows_;
  }
  void set_alike(unsigned index, uint64_t value, size_t count) {
    if (rows_ == 0) {
      alike_ |= uint64_t{1} << index;
      alike_values_[index] = value;
    } else if (!(alike_ >> index & 1) || alike_values_[index] != value) {
      std::fill_n(next_cells(index), count, value);
    }
  }
  static constexpr unsigned kTracked = 64;

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
  static constexpr uint64_t kAll = UINT64_MAX;

  struct Free {
    void operator()(uint64_t* cells) const { std::free(cells); }
  };

  uint64_t cpu_bit() const { return cpu_column_ ? uint64_t{1} << *cpu_column_ : 0; }
  uint64_t* column(unsigned index) { return cells_.get() + index * stride_; }
  void clear_cells(uint64_t columns, size_t first, size_t count);
  void write_alike() const {
    if (alike_) write_alike(alike_);
  }
  void write_alike(uint64_t columns) const;

  const EventType* type_;
  size_t capacity_;
  size_t stride_;
  size_t rows_ = 0;
  uint32_t cpu_ = kNoCpu;
  bool carried_ = false;
  std::optional<unsigned> cpu_column_;    // of types whose blocks are of one CPU, as a rule, and which then nobody sets
  std::vector<uint32_t> string_numbers_;  // append's
  // Most columns of a call are 0 in most calls. What was never written needs no memory, and what is known to be 0 nobody looks
  // at. Bits by column:
  uint64_t set_ = 0;            // not 0 in some row, perhaps
  uint64_t set_by_all_ = kAll;  // set in every row so far
  uint64_t clean_ = kAll;       // all cells from the next row on are 0
  // Every row has the same value, and no cell of them is written yet: whoever wants to see them has them written.
  mutable uint64_t alike_ = 0;
  std::array<uint64_t, kTracked> alike_values_{};
  std::unique_ptr<uint64_t[], Free> cells_;
  BlockStrings strings_;
};

}  // namespace ebpftrace::trace
