// SPDX-License-Identifier: Apache-2.0
// A column as it lies in a message, checked: after from(), its sizes can be relied on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "trace/format/column_codec.h"

namespace ebpftrace::trace {

struct StoredColumn {
  ColumnPlan plan;
  std::span<const uint8_t> bytes;
  uint16_t other = 0;

  static std::optional<StoredColumn> from(schema::Column::Reader column, size_t rows) {
    StoredColumn stored;
    stored.plan = {column.getEncoding(), column.getWidth(), column.getBase(), column.getLayout()};
    stored.other = column.getOther();
    const auto data = column.getData();
    stored.bytes = {data.begin(), data.size()};
    if (!fits(stored.plan, data.size(), rows)) return std::nullopt;
    return stored;
  }

  bool constant() const { return plan.encoding == schema::Encoding::CONSTANT; }
  // Decodes without a look at other columns.
  bool stands_alone() const { return plan.encoding <= schema::Encoding::DELTA && !grouped(); }
  bool grouped() const { return plan.layout == schema::Layout::GROUPED && plan.width != 0; }
  // It takes a look at whose calls the rows are.
  bool by_call() const { return plan.encoding == schema::Encoding::BY_CALL || grouped(); }
};

}  // namespace ebpftrace::trace
