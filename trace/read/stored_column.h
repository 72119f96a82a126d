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
  std::span<const uint8_t> planes;  // plan.width * rows bytes
  uint16_t other = 0;

  static std::optional<StoredColumn> from(schema::Column::Reader column, size_t rows) {
    StoredColumn stored;
    stored.plan = {column.getEncoding(), column.getWidth(), column.getBase()};
    stored.other = column.getOther();
    const auto data = column.getData();
    stored.planes = {data.begin(), data.size()};
    if (stored.plan.encoding > schema::Encoding::BY_CALL || stored.plan.width > 8) return std::nullopt;
    if (stored.plan.encoding == schema::Encoding::CONSTANT && stored.plan.width != 0) return std::nullopt;
    if (data.size() != stored.plan.width * rows) return std::nullopt;
    return stored;
  }

  bool constant() const { return plan.encoding == schema::Encoding::CONSTANT; }
  // Decodes without a look at other columns.
  bool stands_alone() const { return plan.encoding <= schema::Encoding::DELTA; }
};

}  // namespace ebpftrace::trace
