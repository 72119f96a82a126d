// SPDX-License-Identifier: Apache-2.0
// Which files were opened, read and written, and by how many processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/query/call_query.h"
#include "analyzer/query/coverage.h"

namespace ebpftrace::analyzer {

struct FileIo {
  std::vector<Cell> keys;           // if it was grouped by fields; then there is no file
  std::optional<std::string> path;  // none: calls whose file is not described
  bool path_cut;                    // the path goes on
  std::string type;                 // "file", "dir", "char", "block", "fifo", "socket", "symlink", "anon", "unknown"
  uint64_t opens;                   // successful ones
  uint64_t reads, read_bytes;       // calls include those that failed
  uint64_t writes, write_bytes;
  std::optional<uint64_t> processes;  // none: too many to count
  uint64_t peeked_bytes;              // only looked at (MSG_PEEK, tee): not in read_bytes
  bool path_deleted = false;          // it was no longer in its directory, or never was in one (memfd)
};

struct TopFiles {
  Coverage coverage;
  size_t files = 0;          // also past the limit
  std::vector<FileIo> rows;  // most bytes first, then most opens
  std::vector<std::string> shortfalls;
};

// A call that moves bytes between two files counts as a read of the one and a write of the other, as far as they are
// known.
TopFiles top_files(const Session& session, const CallQuery& query, size_t limit = SIZE_MAX);
TopFiles top_files(const trace::Trace& trace, size_t limit = SIZE_MAX);

Result result_of(const TopFiles& answer);

}  // namespace ebpftrace::analyzer
