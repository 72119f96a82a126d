// SPDX-License-Identifier: Apache-2.0
// What a program that reads a trace could not keep of it, so that its answers say so: no fault of the file. Any thread
// may report; the texts are the program's own, so there are few.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace ebpftrace::trace {

class ShortfallLog {
 public:
  // The same twice is kept once.
  void report(std::string what) {
    std::lock_guard lock(mutex_);
    reports_.insert(std::move(what));
  }
  std::vector<std::string> list() const {
    std::lock_guard lock(mutex_);
    return {reports_.begin(), reports_.end()};
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> reports_;
};

}  // namespace ebpftrace::trace
