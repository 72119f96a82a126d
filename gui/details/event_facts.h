// SPDX-License-Identifier: Apache-2.0
// All that the details pane says of one event, put together on a worker thread; no widget.
#pragma once

#include <QString>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "analyzer/api/event_rows.h"
#include "gui/filter/picked_value.h"
#include "gui/window/recording.h"

namespace ebpftrace::gui {

struct EventFacts {
  struct Line {
    QString label, text;
    PickedValue value;  // what a right click on it means; no field: nothing to filter by
    bool fixed_pitch = false;
  };

  std::optional<analyzer::EventRow> row;
  QString headline;  // "fdatasync(6</home/ada/index.db>) = 0 <119.9 ms>"
  QString remark;    // "110× the median of 124 such calls"; empty: nothing is remarkable
  bool remark_is_warning = false;
  std::vector<Line> lines;   // the file, the process and where it came from, the CPU
  std::vector<Line> fields;  // every field that it has
};

// Medians of the calls of a recording, to compare one with: made once.
class CallMedians {
 public:
  struct Median {
    uint64_t calls = 0;
    std::optional<uint64_t> p50_ns;
  };
  explicit CallMedians(const Recording& recording, std::stop_token stop = {});
  const Median* find(const std::string& call) const;

 private:
  std::map<std::string, Median, std::less<>> by_name_;
};

EventFacts event_facts(analyzer::EventRows& events, const analyzer::EventRef& event, const CallMedians* medians);

}  // namespace ebpftrace::gui
