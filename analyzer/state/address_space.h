// SPDX-License-Identifier: Apache-2.0
// What a process has mapped and where its heap ends, as far as calls say it. Memory: a node for each mapping, kMostMappings of
// all address spaces that share a counter.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>

namespace ebpftrace::analyzer {

inline constexpr size_t kMostMappings = 1u << 19;

// Whole pages, as the kernel takes them; what no address space holds is nothing.
inline uint64_t whole_pages(uint64_t bytes) {
  constexpr uint64_t kPage = 4096;
  return bytes > uint64_t{1} << 56 ? 0 : (bytes + kPage - 1) / kPage * kPage;
}

// Ranges don't overlap.
class AddressSpace {
 public:
  explicit AddressSpace(size_t& all_mappings) : all_(all_mappings) {}

  void map(uint64_t start, uint64_t bytes) {
    unmap(start, bytes);
    if (!bytes || start > UINT64_MAX - bytes) return;
    if (all_ >= kMostMappings) {
      full_ = true;
      return;
    }
    if (ranges_.emplace(start, start + bytes).second) ++all_;
    mapped_ += bytes;
  }
  void unmap(uint64_t start, uint64_t bytes) {
    if (!bytes || start > UINT64_MAX - bytes) return;
    const uint64_t end = start + bytes;
    auto at = ranges_.upper_bound(start);
    if (at != ranges_.begin() && std::prev(at)->second > start) --at;
    while (at != ranges_.end() && at->first < end) {
      const uint64_t from = at->first, to = at->second;
      at = ranges_.erase(at);
      --all_;
      mapped_ -= std::min(to, end) - std::max(from, start);
      if (from < start) keep(from, start);
      if (to > end) {
        keep(end, to);
        break;
      }
    }
  }
  // The end of the heap: nothing if it is the first that is known of it. What it grew by.
  uint64_t move_break(uint64_t to) {
    const uint64_t before = std::exchange(break_, to);
    if (!before) {
      first_break_ = to;
      return 0;
    }
    return to > before ? to - before : 0;
  }
  uint64_t bytes() const { return mapped_ + (break_ > first_break_ ? break_ - first_break_ : 0); }
  bool full() const { return full_; }
  void clear() {
    all_ -= ranges_.size();
    ranges_.clear();
    mapped_ = break_ = first_break_ = 0;
  }
  // A child's heap ends where its parent's does.
  void inherit_break(const AddressSpace& parent) { break_ = first_break_ = parent.break_; }

 private:
  void keep(uint64_t from, uint64_t to) {
    if (ranges_.emplace(from, to).second) ++all_;
  }

  size_t& all_;
  std::map<uint64_t, uint64_t> ranges_;
  uint64_t mapped_ = 0, break_ = 0, first_break_ = 0;
  bool full_ = false;
};

}  // namespace ebpftrace::analyzer
