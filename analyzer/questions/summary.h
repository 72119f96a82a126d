// SPDX-License-Identifier: Apache-2.0
// The trace as a whole, in numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/api/result.h"
#include "analyzer/api/session.h"
#include "analyzer/query/call_query.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct TypeCount {
  std::string type;
  uint64_t events;
};

struct ContainerCount {
  std::string container;  // as short_name() has it
  uint64_t processes;
};

struct Summary {
  Coverage coverage;
  bool chosen = false;  // it is of some of the events only
  uint64_t events = 0;  // rows of all types but the dictionary's and the machine's counters, in frames that can be read
  uint64_t duration_ns = 0;  // first event to the end of the last
  uint64_t processes = 0, threads = 0;
  uint64_t syscalls = 0;
  uint64_t io_uring_processes = 0;  // whose I/O is not fully visible
  uint64_t began_before = 0;  // system calls that were in progress when the recording, or that of their thread, began
  uint64_t read_bytes = 0, write_bytes = 0;
  uint64_t peeked_bytes = 0;  // only looked at (MSG_PEEK, tee): not in read_bytes
  uint64_t file_bytes = 0;
  std::vector<TypeCount> by_type;
  std::vector<ContainerCount> containers;  // with most processes first; processes outside of containers are not in it
  trace::TraceFacts facts;
  trace::RecordingCost cost;
};

Summary summarise(const trace::Trace& trace);
Summary summarise(const Session& session, const CallQuery& query);  // its choice; of all events
Result result_of(const Summary& summary);

}  // namespace ebpftrace::analyzer
