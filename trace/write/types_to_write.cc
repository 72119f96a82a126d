// SPDX-License-Identifier: Apache-2.0
#include "trace/write/types_to_write.h"

#include <algorithm>

namespace ebpftrace::trace {

std::vector<EventType> types_to_write(std::vector<EventType> types) {
  const std::vector<EventType> known = event_catalogue();
  for (EventType& type : types) {
    const auto like =
        std::find_if(known.begin(), known.end(), [&](const EventType& one) { return one.name == type.name; });
    if (like == known.end()) continue;
    type.transport = like->transport;
    for (ColumnType& column : type.columns) {
      const auto same = like->column(column.name);
      if (!same) continue;
      column.coding = like->columns[*same].coding;
      if (const auto of = like->columns[*same].coding_of) column.coding_of = type.column(like->columns[*of].name);
      // A coding that looks at a column which is not there, or in a group that is not read first, can't be used.
      if (like->columns[*same].coding_of && !column.coding_of) column.coding = schema::Coding::PACKED;
    }
  }
  return types;
}

}  // namespace ebpftrace::trace
