// SPDX-License-Identifier: Apache-2.0
// How to record just what is selected once more: the program of the selected lane, the system calls of the filter. No window.
#pragma once

#include <QString>
#include <string>
#include <vector>

#include "analyzer/api/timeline.h"
#include "gui/live/record_command.h"

namespace ebpftrace::gui {

// lanes: what the timeline has; selected: of them, the first that is a process or thread counts; none: the process that was
// recorded first. filter: its conditions on calls and classes of calls become the set of calls. recorded_with: the command line
// of the recorder, whose options are taken over; file: what was recorded, beside which it goes.
RecordOptions record_again(const std::vector<analyzer::Lane>& lanes, const std::vector<uint32_t>& selected,
                           const QString& filter, const std::vector<std::string>& recorded_with, const QString& file);

// The system calls that a filter limits events to, as --trace takes them; empty: it doesn't, or not in these words.
QString calls_of_filter(const QString& filter);

// A name beside a file that is not taken: "run.2.trace".
QString free_name_beside(const QString& file);

}  // namespace ebpftrace::gui
