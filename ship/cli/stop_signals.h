// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM as a stop token. One at a time; the second signal ends the process as usual.
#pragma once

#include <stop_token>
#include <string_view>
#include <thread>

namespace ebpftrace::ship {

class StopSignals {
 public:
  // Before any other thread is made: it blocks the signals, and they inherit that.
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread waiter_;
};

// On standard error, with the program's name and the time in front; control characters are replaced.
void tell_line(const char* program, std::string_view line);

}  // namespace ebpftrace::ship
