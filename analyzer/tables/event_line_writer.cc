// SPDX-License-Identifier: Apache-2.0
#include "analyzer/tables/event_line_writer.h"

#include "analyzer/tables/event_lines.h"

namespace ebpftrace::analyzer {

bool EventLineWriter::write(const trace::Frame& frame, EventTextWriter::Rows rows, std::span<Line> to,
                            std::string& text, size_t room) {
  if (format_ == Format::kTable)
    return events_.write(frame, rows, text, [&](uint32_t place, const WrittenEvent& row) {
      Line& line = to[place];
      line.present = true;
      line.line = {row.start, static_cast<uint32_t>(text.size()) - row.start};
      return text.size() <= room && text.size() <= kMostLineBytes;
    });
  parts_.clear();
  return events_.write(frame, rows, parts_, [&](uint32_t place, const WrittenEvent& row) {
    Line& line = to[place];
    line.present = true;
    line.line.offset = static_cast<uint32_t>(text.size());
    append(text, row);
    line.line.size = static_cast<uint32_t>(text.size()) - line.line.offset;
    parts_.clear();
    return text.size() <= room && text.size() <= kMostLineBytes;
  });
}

void EventLineWriter::append(std::string& out, const WrittenEvent& row) {
  switch (format_) {
    case Format::kJson:
      return json_.append(out, row.event(parts_));
    default:
      return append_event_csv(out, row.event(parts_, WrittenEvent::Arguments::kTogether));
  }
}

}  // namespace ebpftrace::analyzer
