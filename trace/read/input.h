// SPDX-License-Identifier: Apache-2.0
// What a user names as a trace: a regular file, or a pipe. What comes through a pipe is kept in a file without a name, in
// TMPDIR (else /tmp, else memory), because questions look at a trace more than once and in any order.
#pragma once

#include <memory>
#include <string>

#include "trace/read/frame_directory.h"
#include "trace/read/trace_bytes.h"

namespace ebpftrace::trace {

// "-" is standard input. Of a pipe, kCutOff waits for its end; with kMayGrow a thread of its own goes on reading, until the
// last user of the bytes is gone, and again() gives what has come. A pipe that brings no trace is read no further than that shows.
// Throws TraceError (kUnreadable) with the reason.
std::shared_ptr<const TraceBytes> open_input(const std::string& path, Tail tail = Tail::kCutOff);

}  // namespace ebpftrace::trace
