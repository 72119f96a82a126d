// SPDX-License-Identifier: Apache-2.0
// What a lane is besides its number, which is only that of one look at a recording: a key that is the same when the recording has
// grown, and when the file is opened another day. No window.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/api/timeline.h"

namespace ebpftrace::gui {

// By lane: "process 4711", "thread 4711 4712", "cpu 3"; the second process of a number is "process 4711 #1".
std::vector<std::string> lane_keys(const std::vector<analyzer::Lane>& lanes);

// By lane of before: which one it is now; kNoLane: there is none of that key.
std::vector<uint32_t> lanes_now(const std::vector<analyzer::Lane>& before, const std::vector<analyzer::Lane>& now);

}  // namespace ebpftrace::gui
