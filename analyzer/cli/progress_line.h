// SPDX-License-Identifier: Apache-2.0
// How far an answer is, on a terminal's standard error: nothing in the first second, then a line that is redrawn, and
// gone before anything else is written there. Any thread, one at a time.
#pragma once

#include <chrono>

#include "analyzer/api/question.h"

namespace ebpftrace::analyzer {

class ProgressLine {
 public:
  // Where standard error is no terminal nothing is shown.
  ProgressLine();
  ~ProgressLine() { clear(); }

  void show(const Progress& progress);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_, shown_ = false;
  Clock::time_point next_;
};

}  // namespace ebpftrace::analyzer
