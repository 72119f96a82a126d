// SPDX-License-Identifier: Apache-2.0
// Ctrl-C as a request to stop: the first one asks for what is known by then, a second one ends the program at once.
// One at a time; while it lives, SIGINT is its.
#pragma once

#include <stop_token>
#include <thread>

namespace ebpftrace::analyzer {

class StopOnInterrupt {
 public:
  StopOnInterrupt();
  ~StopOnInterrupt();
  StopOnInterrupt(const StopOnInterrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  int pipe_[2];  // the handler writes, the thread reads
  std::jthread thread_;
};

}  // namespace ebpftrace::analyzer
