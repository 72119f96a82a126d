// SPDX-License-Identifier: Apache-2.0
// Boot time to wall-clock time by the (boot, real) pairs that the recorder noted at the start and about once a second: right
// across suspend and across steps of the clock. Immutable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// ns since 1970 as "2026-11-21T14:02:11.123456789Z".
std::string utc_text(int64_t real_ns);

class WallClock {
 public:
  explicit WallClock(const trace::Trace& trace);
  // ns since 1970, by the last pair that is not later.
  int64_t real_ns(uint64_t boot_ns) const;
  // The other way: the first time, not before the start, at which the clock showed this, or more if it was set over it.
  // What is before the start is as far before it as the clock of the start says; 0 and UINT64_MAX are the ends.
  uint64_t boot_ns(int64_t real_ns) const;
  std::string text(uint64_t boot_ns) const { return utc_text(real_ns(boot_ns)); }

 private:
  struct Pair {
    uint64_t boot_ns;
    int64_t real_ns;
  };
  uint64_t start_boot_ns_;
  std::vector<Pair> pairs_;  // by boot time; at least one
};

}  // namespace ebpftrace::analyzer
