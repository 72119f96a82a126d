// SPDX-License-Identifier: Apache-2.0
// A value that somebody pointed at, anywhere in the window, and what can be done with it.
#pragma once

#include <QString>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/result.h"
#include "analyzer/api/session.h"
#include "analyzer/api/timeline.h"

namespace ebpftrace::gui {

struct PickedValue {
  std::string field;  // of the filter language, or a column of the answer
  analyzer::Cell value;
  analyzer::Unit unit = analyzer::Unit::kText;
  QString text;                             // as it is shown, for copying
  std::string condition;                    // if it is known already (the timeline gives one); else it is made
  std::optional<analyzer::EventRef> event;  // it is of this one
  std::optional<int64_t> moment_ns;
  std::vector<PickedValue> others;      // what else stands there: of a thread, its process and its number
  std::string stream;                   // PID:FD that it is of: what went through it can be looked at
  std::optional<int64_t> stream_at_ns;  // as it was then
  QString command;                      // of the table that it is in, as a command line; empty: of the events
};

// The conditions over events; empty: none can be made of it.
struct ValueConditions {
  QString only, exclude;
};
ValueConditions conditions_of(const analyzer::Session& session, const PickedValue& value);

// Whether the timeline can be coloured by the field: one of system calls with a few values, or class, errno, duration.
bool can_colour_by(const analyzer::Session& session, const std::string& field);

// "/home/ada/a very long pa…": for a menu.
QString short_value(const PickedValue& value);

}  // namespace ebpftrace::gui
