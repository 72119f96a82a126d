// SPDX-License-Identifier: Apache-2.0
// What an answer leaves out: stands beside every result.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct LostEvents {
  std::string type;    // "syscall"
  std::string reason;  // "ring full"
  uint32_t cpu;        // kNoCpu: not known which
  uint64_t count;
};

struct Coverage {
  bool complete = true;    // closed in order and undamaged, as far as was read
  bool lost_known = true;  // else more may have been lost than `lost`
  uint64_t lost = 0;       // events of the types that the answer is made from
  std::vector<LostEvents> losses;
};

// To be taken when the query has read what it reads. No types: all.
Coverage coverage_of(const trace::Trace& trace, std::vector<std::string_view> types = {});

}  // namespace ebpftrace::analyzer
