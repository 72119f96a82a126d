// SPDX-License-Identifier: Apache-2.0
// The columns of a catalogue's tables: lines of text, and small columns of numbers.
#pragma once

#include <kj/debug.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "trace/read/stored_column.h"

namespace ebpftrace::trace {

// Takes one part after the other off a text; empty ones when there are no more.
class TextParts {
 public:
  TextParts(std::string_view text, char end) : rest_(text), end_(end) {}
  explicit TextParts(capnp::Data::Reader lines)
      : TextParts({reinterpret_cast<const char*>(lines.begin()), lines.size()}, '\n') {}

  std::string_view next() {
    const size_t length = std::min(rest_.find(end_), rest_.size());
    const std::string_view part = rest_.substr(0, length);
    rest_.remove_prefix(std::min(length + 1, rest_.size()));
    return part;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char end_;
};

// All rows of a column that stands alone. Throws kj::Exception if it isn't one of so many rows.
inline std::vector<uint64_t> all_rows(schema::Column::Reader column, size_t rows) {
  const auto stored = StoredColumn::from(column, rows);
  KJ_REQUIRE(stored.has_value() && stored->stands_alone(), "column does not have the size of its rows");
  std::vector<uint64_t> values(rows);
  KJ_REQUIRE(load_column(stored->plan, stored->bytes, {}, values), "column cannot be decoded");
  return values;
}

}  // namespace ebpftrace::trace
