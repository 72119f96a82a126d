// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/recording_marks.h"

#include <algorithm>
#include <utility>

namespace ebpftrace::analyzer {

RecordingMarks::RecordingMarks(Format format, bool has_column, Write write)
    : format_(format), has_column_(has_column), write_(std::move(write)) {}

void RecordingMarks::begin(std::string_view recording) {
  mark_ = recording;
  at_line_ = true;
  in_quotes_ = false;
  names_ = format_ == Format::kCsv;
  left_out_ = names_ && !first_;
  if (format_ == Format::kTable && !has_column_) write_((first_ ? "recording " : "\nrecording ") + mark_ + "\n");
  first_ = false;
}

void RecordingMarks::write(std::string_view piece) {
  std::string out;
  while (!piece.empty()) {
    size_t end = 0;
    for (; end < piece.size() && (piece[end] != '\n' || in_quotes_); ++end)
      in_quotes_ ^= format_ == Format::kCsv && piece[end] == '"';
    const bool whole = end < piece.size();
    std::string_view line = piece.substr(0, end + whole);
    piece.remove_prefix(line.size());
    if (!left_out_) {
      if (at_line_ && !has_column_ && format_ != Format::kTable) {
        if (format_ == Format::kCsv) {
          out += (names_ ? "recording" : mark_) + ",";
        } else {
          out += R"({"recording": ")" + mark_ + "\", ";
          line.remove_prefix(std::min<size_t>(1, line.size()));
        }
      }
      out += line;
    }
    at_line_ = whole;
    rows_ += whole && !names_;
    if (whole) names_ = left_out_ = false;
  }
  if (!out.empty()) write_(out);
}

}  // namespace ebpftrace::analyzer
