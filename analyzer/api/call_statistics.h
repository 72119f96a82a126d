// SPDX-License-Identifier: Apache-2.0
// The system calls of a selection in numbers: how many, how much, how long, and how their durations are distributed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/result.h"
#include "analyzer/api/session.h"
#include "analyzer/api/timeline.h"

namespace ebpftrace::analyzer {

struct CallStatistics {
  // Calls of one octave of durations: [from_ns, 2 * from_ns), the first of them [0, 2).
  struct Octave {
    uint64_t from_ns = 0;
    std::array<uint64_t, kCallClasses> calls{};    // by CallClass: of the call, whatever file it worked on
    std::array<uint64_t, kCallClasses> time_ns{};  // within 3.2 %
  };

  uint64_t calls = 0, errors = 0, unfinished = 0;  // those without an end are calls, but have no duration
  uint64_t read_bytes = 0, write_bytes = 0;
  uint64_t total_ns = 0;                                           // unfinished ones included
  std::optional<uint64_t> min_ns, p50_ns, p90_ns, p99_ns, max_ns;  // percentiles within 3.2 %
  std::vector<Octave> octaves;  // from the shortest call's to the longest's, those between included
  Coverage coverage;
  bool stopped = false;
};

// Asked for: filter, from, to, reading, stop, progress. Throws AskError, trace::TraceError.
CallStatistics call_statistics(const Session& session, const Asked& asked);

}  // namespace ebpftrace::analyzer
