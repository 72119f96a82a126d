// SPDX-License-Identifier: Apache-2.0
#include "analyzer/sql/grouped_rows.h"

#include <array>

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kBytesOfAGroup = 160;  // with its keys

// Two's complement numbers near 0 are short, too.
uint64_t zigzag(uint64_t value) { return value << 1 ^ (0 - (value >> 63)); }
uint64_t unzigzag(uint64_t value) { return value >> 1 ^ (0 - (value & 1)); }

}  // namespace

bool GroupedRows::add(RowReader& reader, const Selection& rows) {
  keys_.groups(reader, rows, of_row_);
  if (keys_.full()) return false;
  const size_t before = groups_.size();
  if (keys_.size() > before) groups_.resize(keys_.size());
  bytes_ += (groups_.size() - before) * kBytesOfAGroup;
  std::array<NumberColumn, 64> columns;
  const size_t values = std::min(values_, columns.size());
  for (size_t i = 0; i < values; ++i) columns[i] = reader.numbers(first_value_ + i, rows);
  rows.for_each([&](size_t row) {
    Group& group = groups_[of_row_[row]];
    ++group.rows;
    if (!values) return;
    const size_t size = group.bytes.size(), capacity = group.bytes.capacity();
    group.bytes.resize(size + values * 11);
    char* to = group.bytes.data() + size;
    for (size_t i = 0; i < values; ++i) {
      const bool present = !columns[i].present || columns[i].present->test(row);
      *to++ = static_cast<char>(present);
      if (!present) continue;
      uint64_t left = zigzag(columns[i].values[row]);
      for (; left > 0x7f; left >>= 7) *to++ = static_cast<char>(left | 0x80);
      *to++ = static_cast<char>(left);
    }
    group.bytes.resize(static_cast<size_t>(to - group.bytes.data()));
    bytes_ += group.bytes.capacity() - capacity;
  });
  return true;
}

bool GroupedRows::Reader::next(std::span<KeyValue> values) {
  if (!left_) return false;
  --left_;
  for (KeyValue& value : values) {
    value.present = (*bytes_)[at_++] != 0;
    if (!value.present) continue;
    uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>((*bytes_)[at_++]);
      number |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) break;
    }
    value.number = unzigzag(number);
  }
  return true;
}

}  // namespace ebpftrace::analyzer
