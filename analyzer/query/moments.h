// SPDX-License-Identifier: Apache-2.0
// Moments of the filter language as boot time of one recording.
#pragma once

#include <cstdint>

#include "predicate/field.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// The refusal says why the recording doesn't have that moment.
predicate::OrRefusal<uint64_t> resolve_moment(const trace::Trace& trace, const predicate::Moment& moment);

}  // namespace ebpftrace::analyzer
