// SPDX-License-Identifier: Apache-2.0
// Lines of several recordings one behind the other: of which recording they are. In JSON and CSV each has it as its first
// column, people get a line above them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "analyzer/api/question.h"

namespace ebpftrace::analyzer {

class RecordingMarks {
 public:
  // has_column: the lines say it themselves.
  RecordingMarks(Format format, bool has_column, Write write);

  // What is written from here on is of this recording.
  void begin(std::string_view recording);
  // Any piece of the lines.
  void write(std::string_view piece);
  // Rows of all recordings so far, a line each.
  size_t rows() const { return rows_; }

 private:
  const Format format_;
  const bool has_column_;
  const Write write_;
  std::string mark_;
  size_t rows_ = 0;
  bool first_ = true;       // recording
  bool at_line_ = true;     // a line begins
  bool names_ = false;      // what comes is CSV's line of names
  bool left_out_ = false;   // and was there before
  bool in_quotes_ = false;  // of CSV: a line end there is none
};

}  // namespace ebpftrace::analyzer
