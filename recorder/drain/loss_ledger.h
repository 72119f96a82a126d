// SPDX-License-Identifier: Apache-2.0
// What the recorder itself could not keep, by CPU, event type and reason, and what it produced itself. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "trace/format/trace.capnp.h"

namespace ebpftrace::recorder {

struct EventCount {
  uint32_t cpu;
  uint16_t type;
  schema::Count::What what;
  uint64_t count;
};

class LossLedger {
 public:
  void add(uint32_t cpu, uint16_t type, schema::Count::What what, uint64_t count) {
    std::lock_guard lock(mutex_);
    counts_[{cpu, type, what}] += count;
  }

  std::vector<EventCount> counts() const {
    std::lock_guard lock(mutex_);
    std::vector<EventCount> result;
    for (const auto& [key, count] : counts_)
      result.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), count});
    return result;
  }

  // Of what was lost.
  uint64_t total() const {
    return lost([](uint16_t) { return true; });
  }
  uint64_t lost_of(uint16_t type) const {
    return lost([type](uint16_t other) { return other == type; });
  }

 private:
  template <typename Wanted>
  uint64_t lost(Wanted&& wanted) const {
    std::lock_guard lock(mutex_);
    uint64_t sum = 0;
    for (const auto& [key, count] : counts_)
      if (std::get<2>(key) != schema::Count::What::PRODUCED && wanted(std::get<1>(key))) sum += count;
    return sum;
  }

  mutable std::mutex mutex_;
  std::map<std::tuple<uint32_t, uint16_t, schema::Count::What>, uint64_t> counts_;
};

}  // namespace ebpftrace::recorder
