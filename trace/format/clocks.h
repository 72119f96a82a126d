// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <cstdint>

namespace ebpftrace::trace {

struct ClockReading {
  uint64_t boot_ns;  // CLOCK_BOOTTIME: goes on through suspend, what every event carries
  int64_t real_ns;   // CLOCK_REALTIME at the same moment
};

inline int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

// The wall clock is taken between two readings of boot time, and again if something came in between.
inline ClockReading read_clocks() {
  ClockReading best{};
  int64_t best_gap = INT64_MAX;
  for (int i = 0; i < 3; ++i) {
    const int64_t before = clock_ns(CLOCK_BOOTTIME), real = clock_ns(CLOCK_REALTIME), after = clock_ns(CLOCK_BOOTTIME);
    if (after - before < best_gap) {
      best_gap = after - before;
      best = {static_cast<uint64_t>(before + best_gap / 2), real};
    }
  }
  return best;
}

}  // namespace ebpftrace::trace
