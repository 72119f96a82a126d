// SPDX-License-Identifier: Apache-2.0
// What an answer leaves out: stands beside every result.
#pragma once

#include <initializer_list>
#include <string_view>

#include "analyzer/api/result.h"
#include "trace/read/reads.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// To be taken when the query has read what it reads. Of all types.
Coverage coverage_of(const trace::Trace& trace);
// Of those that were read in the scope.
Coverage coverage_of(const trace::Trace& trace, const trace::ReadScope& scope);

// If events are missing that could have made them larger, people see at these columns that their numbers are bounds:
// ">=" before the heading, as one sign. Of columns that are there. To be taken when the coverage is.
void mark_bounds(Result& result, std::initializer_list<std::string_view> columns);

}  // namespace ebpftrace::analyzer
