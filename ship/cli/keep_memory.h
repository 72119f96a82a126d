// SPDX-License-Identifier: Apache-2.0
// Frames of some 20 kB and blocks of some megabytes are taken and given back all the time. What is given back stays with the
// process, up to these limits: to get the pages again, cleared, took a fifth of the time of both programs.
#pragma once

#include <malloc.h>

namespace ebpftrace::ship {

// First in main().
inline void keep_memory() {
  constexpr int kMostGivenBack = 32 << 20, kMostKept = 256 << 20;  // 32 MiB is the most that mallopt(3) takes
  mallopt(M_MMAP_THRESHOLD, kMostGivenBack);
  mallopt(M_TRIM_THRESHOLD, kMostKept);
}

}  // namespace ebpftrace::ship
