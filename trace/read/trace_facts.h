// SPDX-License-Identifier: Apache-2.0
// Where, when and how a recording was made: what the header of each of its files says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trace/format/identity.h"
#include "trace/format/trace.capnp.h"
#include "trace/read/trace_bytes.h"

namespace ebpftrace::trace {

struct TraceFacts {
  std::string recorder_version;
  std::string kernel;
  std::string machine;
  std::string probe;
  std::string filter;
  std::vector<std::string> command_line;
  uint32_t possible_cpus = 0;
  uint64_t start_boot_ns = 0;
  int64_t start_real_ns = 0;
  int32_t utc_offset_seconds = 0;  // of the recorded host, east positive
  bool no_durations = false;       // what its system calls took was not measured (SYSCALL_NO_DURATION)
  uint32_t part = 0;               // of a recording in several files, from 1; 0: it is in one
  std::optional<Id> recording_id;  // the same in all parts
  std::optional<Id> boot_id, host_id;
  std::string host_label;
  std::vector<EarlierRows> earlier;
};

// May throw kj::Exception on a malformed message.
TraceFacts facts_of(schema::TraceHeader::Reader header);

// Of a file, without a look at the rest of it. Nothing if its header is not there yet, or damaged.
// Throws TraceError if it is no trace, or of an unknown version.
std::optional<TraceFacts> peek_facts(const TraceBytes& bytes);

// False: fewer bytes than a preamble has, which are those of one so far. damaged is set if the version is not to be believed.
// Throws TraceError if it is no trace, or of an unknown version.
bool check_preamble(const TraceBytes& bytes, bool& damaged);

}  // namespace ebpftrace::trace
