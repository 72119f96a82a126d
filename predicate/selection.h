// SPDX-License-Identifier: Apache-2.0
// A set of rows of a tile: a bit for each of up to 1,024.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace ebpftrace::predicate {

inline constexpr size_t kTileRows = 1024;

class Selection {
 public:
  static constexpr size_t kWords = kTileRows / 64;

  // Rows 0 to rows-1.
  static Selection first(size_t rows) {
    Selection selection;
    for (size_t word = 0; word < kWords; ++word) {
      const size_t start = word * 64;
      if (rows >= start + 64)
        selection.words_[word] = ~uint64_t{0};
      else if (rows > start)
        selection.words_[word] = (uint64_t{1} << (rows - start)) - 1;
    }
    return selection;
  }

  bool none() const {
    uint64_t any = 0;
    for (const uint64_t word : words_) any |= word;
    return any == 0;
  }
  size_t count() const {
    size_t sum = 0;
    for (const uint64_t word : words_) sum += static_cast<size_t>(std::popcount(word));
    return sum;
  }
  bool contains(const Selection& other) const {
    uint64_t missing = 0;
    for (size_t i = 0; i < kWords; ++i) missing |= other.words_[i] & ~words_[i];
    return missing == 0;
  }
  bool test(size_t row) const { return (words_[row / 64] >> (row % 64) & 1) != 0; }
  void set(size_t row) { words_[row / 64] |= uint64_t{1} << (row % 64); }
  void reset(size_t row) { words_[row / 64] &= ~(uint64_t{1} << (row % 64)); }

  // Rows 64 * i to 64 * i + 63, the lowest bit first.
  uint64_t word(size_t i) const { return words_[i]; }
  void set_word(size_t i, uint64_t bits) { words_[i] = bits; }

  Selection& operator&=(const Selection& other) {
    for (size_t i = 0; i < kWords; ++i) words_[i] &= other.words_[i];
    return *this;
  }
  Selection& operator|=(const Selection& other) {
    for (size_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
    return *this;
  }
  // Without the rows of the other.
  Selection& operator-=(const Selection& other) {
    for (size_t i = 0; i < kWords; ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  bool operator==(const Selection&) const = default;

  // use(row), in ascending order.
  template <typename Use>
  void for_each(Use use) const {
    for (size_t i = 0; i < kWords; ++i)
      for (uint64_t left = words_[i]; left != 0; left &= left - 1)
        use(i * 64 + static_cast<size_t>(std::countr_zero(left)));
  }

  // The rows for which `wanted` holds, in ascending order; how many. Without a jump for each row, so that it is as quick where
  // nobody can foresee which ones: `wanted` is asked of any row below kTileRows, also of those that are not in the set.
  template <typename Wanted>
  size_t pick(Wanted wanted, uint16_t (&rows)[kTileRows]) const {
    constexpr int kFew = 16;  // of a word: worth a jump each
    size_t found = 0;
    for (size_t i = 0; i < kWords; ++i) {
      const uint64_t word = words_[i];
      auto ask = [&](size_t bit) {
        rows[found] = static_cast<uint16_t>(i * 64 + bit);
        found += (word >> bit & 1) & static_cast<uint64_t>(static_cast<bool>(wanted(i * 64 + bit)));
      };
      if (std::popcount(word) <= kFew)
        for (uint64_t left = word; left != 0; left &= left - 1) ask(static_cast<size_t>(std::countr_zero(left)));
      else
        for (size_t bit = 0; bit < 64; ++bit) ask(bit);
    }
    return found;
  }

 private:
  std::array<uint64_t, kWords> words_{};
};

}  // namespace ebpftrace::predicate
