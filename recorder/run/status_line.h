// SPDX-License-Identifier: Apache-2.0
// What the recorder says while it runs and when it is done, on standard error. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace ebpftrace::recorder {

class StatusLine {
 public:
  explicit StatusLine(bool quiet);

  // Redraws at most twice a second, and only on a terminal. `lost` is asked only then.
  void update(uint64_t events, uint64_t bytes, const std::function<uint64_t()>& lost);
  void finish(uint64_t events, uint64_t bytes, uint64_t lost, const std::string& path, const std::string& stopped_by);

 private:
  using Clock = std::chrono::steady_clock;

  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_ = Clock::now();
  uint64_t last_events_ = 0;
};

}  // namespace ebpftrace::recorder
