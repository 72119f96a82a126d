// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>

namespace ebpftrace::analyzer {

// std::ranges::equal_range as two iterators: clang 14 cannot compile what that returns in libstdc++ 12.
template <typename Range, typename Key, typename KeyOf>
auto equal_range_by(const Range& range, const Key& key, const KeyOf& key_of) {
  return std::pair(std::ranges::lower_bound(range, key, {}, key_of), std::ranges::upper_bound(range, key, {}, key_of));
}

}  // namespace ebpftrace::analyzer
