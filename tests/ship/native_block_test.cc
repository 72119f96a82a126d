// SPDX-License-Identifier: Apache-2.0
#include "ship/load/native_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

namespace ebpftrace::ship {
namespace {

TEST(NativeBlock, IsNative) {
  NativeBlock block({{"n", NativeType::kUInt32, false, ""},
                     {"t", NativeType::kText, true, ""},
                     {"s", NativeType::kString, false, ""}});
  for (const char* text : {"a", "b", "a"}) {
    block.column(0).add(uint64_t{7});
    block.column(1).add(std::string_view(text));
    block.column(2).add(std::string_view("x"));
    block.end_rows(1);
  }
  block.column(0).add(uint64_t{258});
  block.column(1).add_null();
  block.column(2).add(std::string_view(""));
  block.end_rows(1);
  const std::string expected = std::string("\3\4\1n\6UInt32\7\0\0\0\7\0\0\0\7\0\0\0\2\1\0\0", 27) +
                               std::string(
                                   "\1t\040LowCardinality(Nullable(String))"
                                   "\1\0\0\0\0\0\0\0\0\6\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\1a\1b\4\0\0\0\0\0\0\0\2\3\2\0",
                                   77) +
                               std::string("\1s\6String\1x\1x\1x\0", 16);
  EXPECT_EQ(block.bytes(), expected);
}

TEST(NativeBlock, WhatIsAbsentTakesNoPlaceInAColumnThatCannotSaySo) {
  NativeBlock block({{"n", NativeType::kUInt64, false, ""}, {"m", NativeType::kUInt64, true, ""}});
  for (size_t i = 0; i < 2; ++i) block.column(i).add_numbers({nullptr, nullptr, nullptr}, 2, false);
  block.end_rows(2);
  EXPECT_EQ(block.bytes(), std::string("\2\2\1n\6UInt64", 11) + std::string(16, '\0') + "\1m\20Nullable(UInt64)" +
                               std::string("\1\1", 2) + std::string(16, '\0'));
}

// Rows of every kind of column, by host and time: the block is that of the same rows added in that order, but for its dictionaries.
TEST(NativeBlock, SortsByTextAndNumber) {
  const std::vector<NativeColumnShape> shapes{
      {"host", NativeType::kText, false, ""}, {"t", NativeType::kInt64, false, ""},
      {"n", NativeType::kUInt64, true, ""},   {"s", NativeType::kString, false, ""},
      {"w", NativeType::kText, true, ""},     {"b", NativeType::kUInt8, false, ""},
      {"u", NativeType::kUInt32, false, ""}};
  struct Row {
    std::string host;
    int64_t time;
    std::string text;
  };
  std::vector<Row> rows;
  for (int i = 0; i < 300; ++i)
    rows.push_back({i % 3 ? "b" : i % 2 ? "a" : "", (i * 7919) % 50 - 25, std::string(static_cast<size_t>(i), 'x')});
  const auto fill = [&](NativeBlock& block, const std::vector<Row>& from) {
    for (const Row& row : from) {
      block.column(0).add(std::string_view(row.host));
      block.column(1).add(static_cast<uint64_t>(row.time));
      row.text.size() % 4 ? block.column(2).add(row.text.size()) : block.column(2).add_null();
      block.column(3).add(std::string_view(row.text));
      row.text.size() % 5 ? block.column(4).add(std::string_view(row.text)) : block.column(4).add_null();
      block.column(5).add(row.text.size() % 2);
      block.column(6).add(uint64_t{row.text.size()});
      block.end_rows(1);
    }
  };
  NativeBlock block(shapes), expected(shapes);
  fill(block, rows);
  block.sort_by(0, 1);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return std::tie(a.host, a.time) < std::tie(b.host, b.time); });
  fill(expected, rows);
  const auto column = [](NativeBlock& of, size_t index) {
    std::string bytes;
    of.column(index).append_to(bytes, of.rows());
    return bytes;
  };
  for (const size_t index : {1, 2, 3, 5, 6}) EXPECT_EQ(column(block, index), column(expected, index)) << index;
  // Of texts the keys follow the first rows that had them: told apart by the texts' places.
  for (const size_t index : {0, 4}) {
    const auto a = block.column(index).text_ranks(), b = expected.column(index).text_ranks();
    for (size_t row = 0; row < rows.size(); ++row)
      ASSERT_EQ(a[block.column(index).keys()[row]], b[expected.column(index).keys()[row]]) << index << ' ' << row;
  }
  const std::string once = block.bytes();
  block.sort_by(0, 1);
  EXPECT_EQ(block.bytes(), once);
}

}  // namespace
}  // namespace ebpftrace::ship
