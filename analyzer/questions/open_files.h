// SPDX-License-Identifier: Apache-2.0
// What recorded processes had open when the recording began.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/query/coverage.h"

namespace ebpftrace::analyzer {

struct OpenFileRow {
  uint32_t pid;
  uint32_t fd;
  uint32_t flags;                   // O_*
  uint32_t process;                 // of OpenFiles::names
  std::string_view type;            // "file", "dir", ...; as file_type_name() has it
  std::optional<std::string> path;  // nothing: not described
  bool path_cut;
  bool path_deleted;  // it was no longer in its directory, or never was in one (memfd)
};

struct OpenFiles {
  Coverage coverage;
  size_t files = 0;                // also past the limit
  std::vector<std::string> names;  // of processes; the first is of those that are not known
  std::vector<OpenFileRow> rows;   // by process, then descriptor
};

OpenFiles open_files(const trace::Trace& trace, size_t limit = SIZE_MAX);

}  // namespace ebpftrace::analyzer
