// SPDX-License-Identifier: Apache-2.0
// The first message of a trace: where, when and how it was made. Second comes the catalogue (trace/format/catalogue_message.h).
#pragma once

#include <capnp/message.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trace/format/clocks.h"
#include "trace/format/identity.h"

namespace ebpftrace::trace {

// Host name and environment stay out of a trace.
struct HostFacts {
  std::string kernel, machine;
  uint32_t page_size = 0;
  uint64_t memory_bytes = 0;
  std::optional<Id> boot_id;  // /proc/sys/kernel/random/boot_id
  // The front of the SHA-256 of a prefix and /etc/machine-id: tells machines apart without giving the id away, as
  // machine-id(5) asks.
  std::optional<Id> host_id;
  std::string label;  // the user's name for it
};

struct RecordingFacts {
  std::string recorder_version;
  std::string probe;
  std::string filter;
  std::vector<std::string> command_line;
  ClockReading start;
  uint32_t possible_cpus = 0;
  uint64_t ring_bytes_per_cpu = 0;
  HostFacts host;
  uint32_t part = 0;  // from 1; 0: not rotated
  Id recording_id{};  // of all parts
  int32_t utc_offset_seconds = 0;
  bool no_durations = false;  // every system call has SYSCALL_NO_DURATION
};

void build_header(capnp::MessageBuilder& message, const RecordingFacts& facts);
void set_earlier(capnp::MessageBuilder& header, std::span<const EarlierRows> earlier);

}  // namespace ebpftrace::trace
