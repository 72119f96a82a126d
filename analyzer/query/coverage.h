// SPDX-License-Identifier: Apache-2.0
// What an answer leaves out: stands beside every result.
#pragma once

#include <string_view>
#include <vector>

#include "analyzer/api/result.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// To be taken when the query has read what it reads. No types: all.
Coverage coverage_of(const trace::Trace& trace, std::vector<std::string_view> types = {});

}  // namespace ebpftrace::analyzer
