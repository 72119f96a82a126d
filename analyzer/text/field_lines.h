// SPDX-License-Identifier: Apache-2.0
// Rows of a block -> lines with the fields that somebody chose: JSON objects, CSV, or columns for people. One per thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/session.h"
#include "analyzer/fields/row_reader.h"
#include "analyzer/query/field_cells.h"
#include "analyzer/text/line.h"

namespace ebpftrace::analyzer {

class FieldLineWriter {
 public:
  using Rows = std::span<const std::pair<uint32_t, uint32_t>>;  // row of the block -> place in `to`; by row

  // omit_absent: of JSON, fields without a value are left out instead of null.
  FieldLineWriter(const Session& session, std::vector<predicate::Field> fields, Format format, bool omit_absent);
  ~FieldLineWriter();

  // Appends to text and fills to[place]. False: it would take more text than there is room for.
  bool write(const trace::Frame& frame, Rows rows, std::span<Line> to, std::string& text, size_t room);

  // Above the lines; of JSON nothing.
  std::string head() const;

 private:
  void append_row(std::string& text, size_t row, const std::vector<FieldCells>& cells);

  const Session& session_;
  std::vector<predicate::Field> fields_;
  std::vector<std::string> keys_;
  std::vector<size_t> widths_;  // for people
  Format format_;
  bool omit_absent_;
  std::shared_ptr<trace::FramePayload> payload_;
  std::map<uint16_t, std::unique_ptr<RowReader>> readers_;
};

}  // namespace ebpftrace::analyzer
