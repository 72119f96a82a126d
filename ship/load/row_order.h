// SPDX-License-Identifier: Apache-2.0
// Rows in the order of a key. Rows come in runs that are in order already, as a rule (a frame of one CPU, the next host): those are
// found and merged, so that n rows in r runs cost n log r.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

namespace ebpftrace::ship {

struct KeyedRow {
  int64_t second = 0;
  uint32_t first = 0;  // of the key
  uint32_t row = 0;

  bool operator<(const KeyedRow& other) const { return std::tie(first, second) < std::tie(other.first, other.second); }
};

// Stable. False: they were in order.
bool sort_rows(std::vector<KeyedRow>& rows);

}  // namespace ebpftrace::ship
