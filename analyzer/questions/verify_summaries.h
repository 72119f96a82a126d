// SPDX-License-Identifier: Apache-2.0
// Do summaries say what the rows of their blocks say?
#pragma once

#include <cstdint>

#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct SummaryFaults {
  uint64_t units = 0;   // and totals, that have sums or long calls
  uint64_t faults = 0;  // of these, what differs from the rows; each is in the trace's damage log, too
};
SummaryFaults compare_summaries(const trace::Trace& trace);

}  // namespace ebpftrace::analyzer
