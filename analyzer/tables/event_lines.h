// SPDX-License-Identifier: Apache-2.0
// Events are too many for a table: an event as a row of CSV and as a line for people (as JSON: event_json.h).
#pragma once

#include <string>
#include <vector>

#include "analyzer/api/result.h"
#include "analyzer/questions/events.h"

namespace ebpftrace::analyzer {

std::vector<ResultColumn> event_columns();
// What is in these columns but the last, in their order: number(known, value) or text(known, value, cut), of whose value there is more.
template <typename Number, typename Text>
void for_each_event_cell(const Event& event, Number&& number, Text&& text) {
  number(true, event.time_ns);
  number(event.cpu.has_value(), event.cpu.value_or(0));
  number(event.pid != 0, event.pid);
  number(event.pid != 0, event.tid);  // a thread that is not described has neither
  text(event.pid != 0, event.process, false);
  text(true, event.event, false);
  number(event.duration_ns.has_value(), event.duration_ns.value_or(0));
  number(event.result.has_value(), event.result.value_or(0));
  text(true, event.args, false);
  text(event.path.has_value(), event.path.value_or(""), event.path_cut);
}
// With the line end.
void append_event_csv(std::string& out, const Event& event);
// "   0.001234567  1    4242 cat             openat(AT_FDCWD, "x", O_RDONLY) = 3</home/x> <12.3µs>", with the line end.
void append_event_line(std::string& out, const Event& event);

}  // namespace ebpftrace::analyzer
