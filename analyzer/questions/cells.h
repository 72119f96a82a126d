// SPDX-License-Identifier: Apache-2.0
// Cells that several questions make in the same way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/api/result.h"
#include "analyzer/dictionaries/io_uring.h"
#include "analyzer/dictionaries/process_name.h"

namespace ebpftrace::analyzer {

inline Cell text_cell(std::string_view text) { return text.empty() ? Cell() : Cell(std::string(text)); }

// A thread that is not described has no pid: 0 belongs to nobody who makes system calls.
inline Cell pid_cell(uint32_t pid) { return pid ? Cell(uint64_t{pid}) : Cell(); }
inline Cell name_cell(std::string_view name, uint32_t pid) { return pid ? Cell(std::string(name)) : Cell(); }

// A path that goes on beyond what was recorded says so.
inline std::string with_cut_mark(std::string_view text, bool cut) { return std::string(text) + (cut ? "..." : ""); }

inline Cell ring_note(bool ring) { return ring ? Cell(std::string(kRingNote)) : Cell(); }

// The first process of a row and the others; nothing where none is known.
template <typename Row>
Cell processes_cell(const Row& row) {
  if (!row.pid) return {};
  ProcessesCell processes{{*row.pid, std::string(row.process)}};
  for (const ProcessName& other : row.others) processes.push_back({other.pid, std::string(other.name)});
  return processes;
}

// As file_type_name() has them.
inline std::vector<std::string> file_types() {
  return {"file", "dir", "char", "block", "fifo", "socket", "symlink", "anon", "unknown"};
}

}  // namespace ebpftrace::analyzer
