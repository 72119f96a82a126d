// SPDX-License-Identifier: Apache-2.0
// 32-bit ids of a trace -> positions in a table of ours. The recorder counts its ids up from 1, so that is an array;
// ids that are far off (a hostile trace) go to a hash table.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace ebpftrace::analyzer {

class IdIndex {
 public:
  // 0 if the id is not there: position 0 is for what is unknown.
  uint32_t find(uint64_t id) const {
    if (id < dense_.size()) [[likely]]
      return dense_[id];
    if (sparse_.empty()) return 0;
    const auto found = sparse_.find(id);
    return found == sparse_.end() ? 0 : found->second;
  }

  void set(uint32_t id, uint32_t position) {
    if (id < kDense) {
      if (id >= dense_.size()) dense_.resize(id + id / 2 + 64);
      dense_[id] = position;
    } else {
      sparse_[id] = position;
    }
  }

 private:
  static constexpr uint32_t kDense = 2u << 20;

  std::vector<uint32_t> dense_;
  std::unordered_map<uint64_t, uint32_t> sparse_;
};

}  // namespace ebpftrace::analyzer
