// SPDX-License-Identifier: Apache-2.0
// Rows counted in 64 bits on a scroll bar that counts in an int: exact while there are few, in proportion beyond.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ebpftrace::gui {

class ScrollMap {
 public:
  static constexpr int kMostSteps = 1'000'000'000;

  ScrollMap() = default;
  // `visible` of them fit into the view.
  ScrollMap(uint64_t rows, uint64_t visible) : last_top_(rows > visible ? rows - visible : 0) {}

  int maximum() const { return static_cast<int>(std::min<uint64_t>(last_top_, kMostSteps)); }
  uint64_t lastTop() const { return last_top_; }
  uint64_t topOf(int value) const {
    const auto at = static_cast<uint64_t>(std::clamp(value, 0, maximum()));
    if (last_top_ <= kMostSteps) return at;
    return static_cast<uint64_t>(static_cast<Wide>(at) * last_top_ / kMostSteps);
  }
  int valueOf(uint64_t top) const {
    top = std::min(top, last_top_);
    if (last_top_ <= kMostSteps) return static_cast<int>(top);
    return static_cast<int>(static_cast<Wide>(top) * kMostSteps / last_top_);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  uint64_t last_top_ = 0;
};

}  // namespace ebpftrace::gui
