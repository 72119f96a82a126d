// SPDX-License-Identifier: Apache-2.0
// The menu of a value: only this, exclude, colour by, copy it as text, as a filter, as a command line.
#pragma once

#include <QMenu>
#include <functional>

#include "gui/filter/picked_value.h"

namespace ebpftrace::gui {

struct ValueActions {
  std::function<void(const QString& condition)> add_condition;
  std::function<void(const QString& field)> colour_by;
  std::function<void(const QString& text)> copy;
  std::function<void(int64_t ns)> go_to;
  std::function<void()> follow_stream;  // of what the value is of; not set: it is of nothing that could be followed
  std::function<QString(const QString& filter)> events_command;  // of the events with this condition besides
};

// Entries for the value before those that are there. What can't be done with it is not offered.
void fill_value_menu(QMenu& menu, const analyzer::Session& session, const PickedValue& value,
                     const ValueActions& actions);

}  // namespace ebpftrace::gui
