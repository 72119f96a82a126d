// SPDX-License-Identifier: Apache-2.0
// What the selection pane says: the calls in numbers, and the same divided by some fields. Made on a worker thread; no widget.
#pragma once

#include <QString>
#include <array>
#include <string>
#include <vector>

#include "analyzer/api/call_statistics.h"
#include "gui/window/recording.h"

namespace ebpftrace::gui {

struct SelectionAnswer {
  analyzer::CallStatistics statistics;
  analyzer::Result pivot;
  double seconds = 0;  // of the time asked about
};

// asked: filter and range. by: fields of system calls; none: no pivot.
SelectionAnswer selection_answer(const Recording& recording, const analyzer::Asked& asked,
                                 const std::vector<std::string>& by, double seconds, const PoolJob::Task& task);

// The captions and values above the charts, in order.
struct Statistic {
  QString caption, value;
  bool alarming = false;  // something was lost
};
std::vector<Statistic> statistics_of(const SelectionAnswer& answer);

}  // namespace ebpftrace::gui
