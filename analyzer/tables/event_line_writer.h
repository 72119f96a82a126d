// SPDX-License-Identifier: Apache-2.0
// Rows of a block -> the lines of --events: for people, JSON, or CSV. One per thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "analyzer/api/question.h"
#include "analyzer/tables/event_json.h"
#include "analyzer/text/event_text.h"
#include "analyzer/text/line.h"

namespace ebpftrace::analyzer {

class EventLineWriter {
 public:
  EventLineWriter(Format format, const EventTextSources& sources)
      : format_(format),
        events_(sources, format == Format::kTable ? EventTextWriter::Form::kLine : EventTextWriter::Form::kPieces) {}

  // Appends to text and fills to[place]. False: it would take more text than there is room for.
  bool write(const trace::Frame& frame, EventTextWriter::Rows rows, std::span<Line> to, std::string& text, size_t room);

 private:
  void append(std::string& out, const WrittenEvent& row);

  Format format_;
  EventTextWriter events_;
  EventJson json_;
  std::string parts_;  // of one event
};

}  // namespace ebpftrace::analyzer
