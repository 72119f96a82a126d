// SPDX-License-Identifier: Apache-2.0
// How a trace was made of another one.
#pragma once

#include <vector>

#include "trace/format/rewritten.h"
#include "trace/read/trace.h"

namespace ebpftrace::trace {

// The oldest step first; none: it is as it was recorded, or what says so is damaged (reported).
std::vector<RewritingStep> read_rewriting(const Trace& trace);

}  // namespace ebpftrace::trace
