// SPDX-License-Identifier: Apache-2.0
// What stands before and behind an event's text in its line:
// "   0.001234567  1    4242 cat             openat(AT_FDCWD, "x", O_RDONLY) = 3</home/x> <12.3µs>"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

struct EventLineFacts {
  int64_t time_ns;  // since the trace's start
  uint32_t cpu;     // trace::kNoCpu: none
  uint32_t pid, tid;
  std::string_view process;
  bool call;
  bool timed;            // this and the rest: of calls
  uint64_t duration_ns;  // if it is
  bool began_before, unfinished, is_32bit;
};

void append_line_head(std::string& out, const EventLineFacts& facts);
// With the line end.
void append_line_tail(std::string& out, const EventLineFacts& facts);

}  // namespace ebpftrace::analyzer
