// SPDX-License-Identifier: Apache-2.0
#include "ship/load/plan.h"

#include "trace/format/frame.h"

namespace ebpftrace::ship {

uint64_t BatchPlan::rows() const {
  uint64_t sum = 0;
  for (const PlannedFrame& frame : frames) sum += frame.rows;
  return sum;
}

uint64_t BatchPlan::id() const {
  std::string all = table;
  auto add = [&](const auto& value) { all.append(reinterpret_cast<const char*>(&value), sizeof value); };
  add(day);
  for (const PlannedFrame& frame : frames) {
    add(frame.recording);
    add(frame.part);
    add(frame.frame);
    add(frame.checksum);
    add(frame.known_to);
  }
  return trace::checksum(all.data(), all.size());
}

}  // namespace ebpftrace::ship
