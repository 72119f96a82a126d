// SPDX-License-Identifier: Apache-2.0
// Events are too many for a table: an event as a row of CSV and as a line for people (as JSON: event_json.h).
#pragma once

#include <string>
#include <vector>

#include "analyzer/api/result.h"
#include "analyzer/questions/events.h"

namespace ebpftrace::analyzer {

std::vector<ResultColumn> event_columns();
// With the line end.
void append_event_csv(std::string& out, const Event& event);
// "   0.001234567  1    4242 cat             openat(AT_FDCWD, "x", O_RDONLY) = 3</home/x> <12.3µs>", with the line end.
void append_event_line(std::string& out, const Event& event);

}  // namespace ebpftrace::analyzer
