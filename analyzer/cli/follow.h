// SPDX-License-Identifier: Apache-2.0
// --follow: a question over a trace that is being written.
#pragma once

#include <memory>

#include "analyzer/cli/options.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// Until the trace is closed and no part follows, or Ctrl-C (`stop`). The last answer, and in `trace` what it is of.
// On a terminal the answer is drawn anew each second; what goes elsewhere has it once, at the end. Events, findings and
// counters go on below what is there.
Result follow(std::unique_ptr<trace::Trace>& trace, const CommandLine& options, std::stop_token stop);

}  // namespace ebpftrace::analyzer
