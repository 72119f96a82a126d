// SPDX-License-Identifier: Apache-2.0
// The events of a part as lines of JSON, as `ebpf-analyze --events --format json` prints them, a stretch at a time: of the frames up to
// the next status, when everything that they refer to is described. Stretches are the same whenever they are looked at, so that
// an event has the same number in its stretch when it is sent again. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ship/send/part_reader.h"

namespace ebpftrace::ship {

struct Stretch {
  size_t first = 0, last = 0;  // positions of frames: from first up to, but not with, last
  bool empty() const { return first >= last; }
};

// What can be told from that position on. finished: the part is whole, there need not be a status.
Stretch next_stretch(const PartReader& part, size_t first, bool finished);

// take(line) for each event of it that passes, in order of their start; lines without their end. What comes behind the stretch is
// not looked at, so that a second time brings the same. Throws analyzer::AskError, trace::TraceError.
void for_each_event_line(const PartReader& part, const Stretch& stretch, const std::string& filter,
                         const std::function<void(std::string_view)>& take);

}  // namespace ebpftrace::ship
