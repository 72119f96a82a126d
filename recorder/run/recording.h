// SPDX-License-Identifier: Apache-2.0
// One recording from attach to the last byte of the file: wires rings, drain, queue and writer, and decides when to stop.
// Runs on the thread that calls it, which becomes the drain thread.
#pragma once

#include "recorder/cli/options.h"

namespace ebpftrace::recorder {

// Returns the process's exit status. Throws ProbeError, OutputError, CommandError, SandboxError before recording began.
int record(const Options& options, const std::vector<std::string>& command_line);

}  // namespace ebpftrace::recorder
