// SPDX-License-Identifier: Apache-2.0
// What an answer lacks although nothing is wrong with the file: a part of the recording that is not there, or more than this
// program keeps. Shown beside the answer, apart from damage. Any thread may report. Memory is bounded.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace ebpftrace::trace {

class ShortfallLog {
 public:
  // The same text twice is kept once.
  void report(std::string what) {
    std::lock_guard lock(mutex_);
    if (reports_.size() < kKept && std::find(reports_.begin(), reports_.end(), what) == reports_.end())
      reports_.push_back(std::move(what));
  }

  // In the order in which they were reported.
  std::vector<std::string> list() const {
    std::lock_guard lock(mutex_);
    return reports_;
  }
  bool empty() const {
    std::lock_guard lock(mutex_);
    return reports_.empty();
  }

 private:
  static constexpr size_t kKept = 100;

  mutable std::mutex mutex_;
  std::vector<std::string> reports_;
};

}  // namespace ebpftrace::trace
