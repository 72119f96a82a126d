// SPDX-License-Identifier: Apache-2.0
// What a recorder's status says of its part, by event type: recorded so far, and lost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "ship/kafka/record.h"
#include "trace/format/trace.capnp.h"
#include "trace/read/frame_message.h"

namespace ebpftrace::ship {

struct StatusSums {
  std::map<uint16_t, RecordedRows> by_type;  // event type id
  bool final = false;
};

// Nothing: it can't be read. Any thread.
inline std::optional<StatusSums> status_sums(const trace::TraceBytes& bytes, const trace::Frame& status) {
  std::optional<StatusSums> sums;
  trace::FramePayload payload;
  trace::DamageLog unread;
  trace::read_message<schema::Status>(payload, bytes, status, unread, [&](schema::Status::Reader message) {
    sums.emplace().final = message.getFinal();
    for (const auto count : message.getCounts()) {
      RecordedRows& sum = sums->by_type[count.getType()];
      (count.getWhat() == schema::Count::What::PRODUCED ? sum.recorded : sum.lost) += count.getCount();
    }
  });
  if (sums)
    for (auto& [type, sum] : sums->by_type) sum.recorded -= std::min(sum.recorded, sum.lost);
  return sums;
}

}  // namespace ebpftrace::ship
