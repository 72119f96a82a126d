// SPDX-License-Identifier: Apache-2.0
// The first message of a trace: where, when and how it was made, and the catalogue it is written with.
#pragma once

#include <capnp/message.h>

#include <string>
#include <vector>

#include "recorder/clocks.h"
#include "schema/catalogue.h"

namespace ebpftrace {

// Host name, user names and environment stay out of a trace.
struct HostFacts {
  std::string kernel, machine;
  uint32_t page_size = 0;
  uint64_t memory_bytes = 0;
};
HostFacts this_host();

struct RecordingFacts {
  std::string probe;
  std::string filter;
  std::vector<std::string> command_line;
  ClockReading start;
  uint32_t possible_cpus = 0;
  uint64_t ring_bytes_per_cpu = 0;
  HostFacts host = this_host();
  uint32_t part = 0;  // from 1; 0: not rotated
};

void build_header(capnp::MessageBuilder& message, const RecordingFacts& facts, const std::vector<EventType>& catalogue);

}  // namespace ebpftrace
