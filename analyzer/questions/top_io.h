// SPDX-License-Identifier: Apache-2.0
// Who did the I/O: calls, bytes, errors and time by process, from the calls that the trace's table says move bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/query/call_query.h"
#include "analyzer/query/coverage.h"

namespace ebpftrace::analyzer {

struct ProcessIo {
  std::vector<Cell> keys;  // if it was grouped by fields; then there is no process
  uint32_t pid;
  std::string process;
  uint64_t reads, read_bytes;  // calls include those that failed; a call that moves bytes (sendfile) is in both
  uint64_t writes, write_bytes;
  uint64_t errors;
  uint64_t io_time_ns;                                // unfinished calls included
  std::optional<uint64_t> read_p99_ns, write_p99_ns;  // of finished calls; to 1/32
  bool io_uring;                                      // it used one: more I/O than this
  uint64_t peeked_bytes;                              // only looked at (MSG_PEEK, tee): not in read_bytes
};

struct TopIo {
  Coverage coverage;
  size_t processes = 0;         // or groups, that did any, also past the limit
  std::vector<ProcessIo> rows;  // most bytes first
  std::vector<std::string> shortfalls;
};

inline constexpr size_t kAllRows = SIZE_MAX;

TopIo top_io(const Session& session, const CallQuery& query, size_t limit = kAllRows);
TopIo top_io(const trace::Trace& trace, size_t limit = kAllRows, Reading reading = Reading::kSummaries);

Result result_of(const TopIo& answer);

}  // namespace ebpftrace::analyzer
