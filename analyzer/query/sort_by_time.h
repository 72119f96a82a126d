// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "analyzer/query/frame_queue.h"

namespace ebpftrace::analyzer {

// Like std::sort(), in a third of the time for as many as a window has: by digits of their distance in time from the earliest.
// `space` is worked with, and kept for the next time.
void sort_by_time(std::span<EventKey> keys, std::vector<EventKey>& space);

}  // namespace ebpftrace::analyzer
