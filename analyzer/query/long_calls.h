// SPDX-License-Identifier: Apache-2.0
// Which blocks need not be read for calls that took long: summaries have every call of a millisecond and more.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/query/sieve.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// By position in Trace::frames(): blocks of system calls none of which took least_ns, by summaries that speak of these very
// blocks. Of calls shorter than they list them they say nothing.
std::vector<bool> blocks_without_calls_of(const trace::Trace& trace, uint64_t least_ns);

// The same choice; blocks of which summaries say that nothing passes, because its filter asks for longer calls than they have,
// are left out without being read.
Choice without_short_blocks(const Choice& choice, const trace::Trace& trace);

}  // namespace ebpftrace::analyzer
