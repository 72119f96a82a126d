// SPDX-License-Identifier: Apache-2.0
// What an answer leaves out: stands beside every result.
#pragma once

#include "analyzer/api/result.h"
#include "trace/read/reads.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// To be taken when the query has read what it reads. Of all types.
Coverage coverage_of(const trace::Trace& trace);
// Of those that were read in the scope.
Coverage coverage_of(const trace::Trace& trace, const trace::ReadScope& scope);

}  // namespace ebpftrace::analyzer
