// SPDX-License-Identifier: Apache-2.0
// The columns of the event table: what stands in them, and which field of the filter language a cell is.
#pragma once

#include <QString>
#include <array>
#include <cstdint>

#include "analyzer/api/event_rows.h"
#include "gui/filter/picked_value.h"

namespace ebpftrace::gui {

enum class EventColumn : uint8_t { kTime, kCpu, kThread, kCall, kArguments, kResult, kDuration };
inline constexpr size_t kEventColumns = 7;

struct EventColumnLook {
  EventColumn column;
  const char* heading;
  int width;  // at first
  bool to_the_right, fixed_pitch;
};
const std::array<EventColumnLook, kEventColumns>& event_columns();

// Of a thread, its process's name; the number follows it muted.
// What one would group by; nullptr: by this one would not.
const char* grouping_field(EventColumn column);
QString event_text(const analyzer::EventRow& row, EventColumn column);
QString thread_number(const analyzer::EventRow& row);
PickedValue event_value(const analyzer::EventRow& row, EventColumn column);
// 0 to 1, over the digits of the duration from 100 ns to `most`; 0: none.
double duration_bar(uint64_t duration_ns, uint64_t most_ns);
// "11.004916 python3 18354 fdatasync(6) = 0 <119.9 ms>"
QString event_line(const analyzer::EventRow& row);

}  // namespace ebpftrace::gui
