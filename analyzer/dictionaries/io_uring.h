// SPDX-License-Identifier: Apache-2.0
// Which processes used io_uring: what they read and wrote through a ring made no system calls of its own, so no answer
// about I/O holds all of theirs.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/dictionaries/thread_table.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

inline constexpr std::string_view kRingNote = "I/O not fully visible (io_uring)";

// By position in the thread table's processes: made a ring, submitted to one, or had one open when the recording began.
// Reads the system calls only if the trace names a ring among its files, or may have lost that name.
std::vector<bool> processes_with_rings(const trace::Trace& trace, const ThreadTable& threads);

}  // namespace ebpftrace::analyzer
