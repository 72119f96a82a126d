// SPDX-License-Identifier: Apache-2.0
// What is wrong with a trace, as data that is shown beside every answer. Any thread may report.
// Memory is bounded: a hostile file gets a count after the first kept reports.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ebpftrace::trace {

struct Damage {
  uint64_t offset;   // in the file
  std::string what;  // "frame payload damaged"
};

class DamageLog {
 public:
  // The same report twice (a frame read for two questions) is kept once.
  void report(uint64_t offset, std::string what) {
    std::lock_guard lock(mutex_);
    if (reports_.size() < kKept)
      reports_.emplace(offset, std::move(what));
    else if (!reports_.contains({offset, what}))
      more_ = true;
  }

  // By offset.
  std::vector<Damage> list() const {
    std::lock_guard lock(mutex_);
    std::vector<Damage> list;
    for (const auto& [offset, what] : reports_) list.push_back({offset, what});
    return list;
  }
  // There was more than list() holds.
  bool more() const {
    std::lock_guard lock(mutex_);
    return more_;
  }
  bool empty() const {
    std::lock_guard lock(mutex_);
    return reports_.empty();
  }

 private:
  static constexpr size_t kKept = 1000;

  mutable std::mutex mutex_;
  std::set<std::pair<uint64_t, std::string>> reports_;
  bool more_ = false;
};

}  // namespace ebpftrace::trace
