// SPDX-License-Identifier: Apache-2.0
// The cells of a field in one tile, whichever kind the field is. Good until the reader's next tile.
#pragma once

#include "analyzer/fields/row_reader.h"
#include "analyzer/query/key_groups.h"

namespace ebpftrace::analyzer {

class FieldCells {
 public:
  FieldCells() = default;
  // Of the reader's field at that position.
  FieldCells(RowReader& reader, size_t position, const predicate::Field& field, const Selection& wanted)
      : is_text_(field.kind == predicate::FieldKind::kText) {
    if (is_text_)
      texts_ = reader.texts(position, wanted);
    else
      numbers_ = reader.numbers(position, wanted);
  }

  // Of a wanted row; its text is good until the next call.
  KeyValue value(size_t row) const {
    if (!is_text_) {
      if (numbers_.present && !numbers_.present->test(row)) return {};
      return {true, numbers_.values[row], {}};
    }
    if (texts_.ids[row] >= texts_.texts->count()) return {};
    const auto text = texts_.texts->text(texts_.ids[row]);
    return text ? KeyValue{true, 0, *text} : KeyValue{};
  }

 private:
  NumberColumn numbers_;
  TextColumn texts_;
  bool is_text_ = false;
};

}  // namespace ebpftrace::analyzer
