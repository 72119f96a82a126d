// SPDX-License-Identifier: Apache-2.0
// Stretches of time of one length (--bucket).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "analyzer/api/question.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

inline constexpr size_t kMostBuckets = 1u << 16;

// --bucket, which all questions about stretches of time share.
inline constexpr QuestionOption kBucketOption[] = {
    {.name = "bucket",
     .type = "TIME",
     .help =
         "How long a stretch of time is, such as 10ms: of --timeline (default: up to 200 of them), and of --memory, "
         "which is by process alone without it",
     .over_time = true}};

// From a moment on.
struct TimeGrid {
  uint64_t from_ns = 0, bucket_ns = 1;  // boot time
  size_t buckets = 0;

  // What lies before or behind all of them counts to the first, or the last.
  size_t of(uint64_t boot_ns) const {
    return boot_ns <= from_ns ? 0 : std::min<uint64_t>((boot_ns - from_ns) / bucket_ns, buckets - 1);
  }
  uint64_t start_ns(size_t bucket) const { return from_ns + bucket * bucket_ns; }
};

// From the start of the trace, or --from, to the last event, or --to. Throws AskError.
TimeGrid time_grid(const trace::Trace& trace, const Asked& asked);

}  // namespace ebpftrace::analyzer
