// SPDX-License-Identifier: Apache-2.0
// What was asked, as the command line that asks it.
#pragma once

#include <span>
#include <string>

#include "analyzer/api/question.h"

namespace ebpftrace::analyzer {

// "ebpf-analyze run.trace --top-io --filter 'duration > 1ms' --from 1.5s": one line for a POSIX shell, whatever bytes are
// in it. What has no option (stop, progress, first_frame) is left out.
std::string command_line(std::span<const std::string> files, const Question& question, const Asked& asked);

// A moment for Asked::from and Asked::to, exact to the nanosecond: "1.5s" after the start; before it: "0ns".
std::string moment_text(int64_t since_start_ns);

}  // namespace ebpftrace::analyzer
