// SPDX-License-Identifier: Apache-2.0
// What the recorder says it could not record, by CPU, event type and reason.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/format/trace.capnp.h"

namespace ebpftrace::trace {

struct Loss {
  uint32_t cpu;  // kNoCpu: not known which
  uint16_t type;
  uint16_t reason;  // schema::Count::What, or one of a later version
  uint64_t count;
};

struct Losses {
  // The recorder closed its account. If not (it was killed, the end is cut off), more may be missing than is listed.
  bool known = false;
  std::vector<Loss> list;
};

// "ring full"
std::string reason_name(uint16_t reason);

}  // namespace ebpftrace::trace
