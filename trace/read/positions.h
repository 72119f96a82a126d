// SPDX-License-Identifier: Apache-2.0
// A set of frames, as their positions in Trace::frames(), rising: a bit for each frame of the trace, so that those of ten
// million frames take 1.5 MiB. Immutable; any thread may read.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace ebpftrace::trace {

class Positions {
 public:
  class Builder {
   public:
    // In any order, once or several times.
    void insert(uint32_t position) {
      const size_t word = position / 64;
      if (word >= words_.size()) words_.resize(std::max(word + 1, words_.size() * 2));
      words_[word] |= uint64_t{1} << position % 64;
    }
    Positions done() && { return Positions(std::move(words_)); }

   private:
    std::vector<uint64_t> words_;
  };

  Positions() = default;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool contains(uint32_t position) const {
    return position / 64 < words_.size() && words_[position / 64] >> position % 64 & 1;
  }
  // The position that `index` smaller ones are in; index < size().
  uint32_t operator[](size_t index) const {
    const auto stretch =
        static_cast<size_t>(std::upper_bound(before_.begin(), before_.end(), index) - before_.begin()) - 1;
    size_t word = stretch * kStretchWords, left = index - before_[stretch];
    for (size_t count; left >= (count = static_cast<size_t>(std::popcount(words_[word]))); ++word) left -= count;
    uint64_t bits = words_[word];
    for (; left; --left) bits &= bits - 1;
    return static_cast<uint32_t>(word * 64) + static_cast<uint32_t>(std::countr_zero(bits));
  }

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = uint32_t;
    using difference_type = std::ptrdiff_t;
    using pointer = const uint32_t*;
    using reference = uint32_t;

    Iterator() = default;
    Iterator(const std::vector<uint64_t>& words, size_t word) : words_(&words), word_(word) { go_on(); }
    uint32_t operator*() const {
      return static_cast<uint32_t>(word_ * 64) + static_cast<uint32_t>(std::countr_zero(bits_));
    }
    Iterator& operator++() {
      bits_ &= bits_ - 1;
      if (!bits_) {
        ++word_;
        go_on();
      }
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return word_ == other.word_ && bits_ == other.bits_; }

   private:
    void go_on() {
      while (word_ < words_->size() && !(bits_ = (*words_)[word_])) ++word_;
    }

    const std::vector<uint64_t>* words_ = nullptr;
    size_t word_ = 0;
    uint64_t bits_ = 0;  // of the word, from here on
  };
  Iterator begin() const { return {words_, 0}; }
  Iterator end() const { return {words_, words_.size()}; }

 private:
  static constexpr size_t kStretchWords = 8;

  explicit Positions(std::vector<uint64_t> words) : words_(std::move(words)) {
    for (size_t word = 0; word < words_.size(); ++word) {
      if (word % kStretchWords == 0) before_.push_back(static_cast<uint32_t>(size_));
      size_ += static_cast<size_t>(std::popcount(words_[word]));
    }
  }

  std::vector<uint64_t> words_;
  std::vector<uint32_t> before_;  // positions in all stretches before
  size_t size_ = 0;
};

}  // namespace ebpftrace::trace
