// SPDX-License-Identifier: Apache-2.0
#include "ship/load/native_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "ship/load/row_order.h"

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

struct OneRow {
  const char* host;
  int64_t time;
  int number;  // below 0: absent
  const char* text;
};

std::string block_of(const std::vector<OneRow>& rows, bool sorted) {
  NativeBlock block({{"host", NativeType::kText, false, ""},
                     {"time", NativeType::kInt64, false, ""},
                     {"n", NativeType::kUInt16, true, ""},
                     {"t", NativeType::kText, true, ""}});
  // Texts have their numbers in another order than the rows.
  for (const OneRow& row : rows) {
    block.column(0).add(std::string_view(row.host));
    block.column(1).add(static_cast<uint64_t>(row.time));
    row.number < 0 ? block.column(2).add_null() : block.column(2).add(static_cast<uint64_t>(row.number));
    row.text ? block.column(3).add(std::string_view(row.text)) : block.column(3).add_null();
    block.end_rows(1);
  }
  if (sorted) block.sort_by(0, 1);
  return block.bytes();
}

TEST(NativeBlock, SortsItsRowsAsATableDoes) {
  // Times are signed, rows of one time stay as they came, dictionaries as they were made.
  const std::vector<OneRow> rows = {{"b", 5, 1, "x"}, {"a", 7, -1, nullptr}, {"b", -3, 2, "y"},
                                    {"a", 7, 3, "z"}, {"b", -3, 4, nullptr}, {"a", 6, 5, "x"}};
  const std::string sorted = block_of(rows, true);
  const std::string as_it_came = block_of(rows, false);
  ASSERT_EQ(sorted.size(), as_it_came.size());
  const std::string hosts("\2\2\2\1\1\1", 6);
  EXPECT_NE(sorted.find(hosts), std::string::npos);
  std::string times;
  for (const int64_t time : {6, 7, 7, -3, -3, 5}) times.append(reinterpret_cast<const char*>(&time), sizeof time);
  EXPECT_NE(sorted.find(times), std::string::npos);
  EXPECT_NE(sorted.find(std::string("\0\1\0\0\0\0\5\0\0\0\3\0\2\0\4\0\1\0", 18)), std::string::npos);
  EXPECT_EQ(sorted.substr(sorted.size() - 6), std::string("\2\0\4\3\0\2", 6));

  const std::vector<OneRow> in_order = {{"a", 1, 1, "x"}, {"a", 1, 2, "y"}, {"b", 0, 3, "z"}};
  EXPECT_EQ(block_of(in_order, true), block_of(in_order, false));
}

TEST(RowOrder, IsTheStableOne) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<KeyedRow> rows(random() % 300);
    const unsigned times = 1 + random() % 50, hosts = 1 + random() % 3;
    for (uint32_t i = 0; i < rows.size(); ++i)
      rows[i] = {static_cast<int64_t>(random() % times) - 10, static_cast<uint32_t>(random() % hosts), i};
    if (round % 3 == 0) std::sort(rows.begin(), rows.end());
    std::vector<KeyedRow> expected = rows;
    std::stable_sort(expected.begin(), expected.end());
    const bool in_order = std::is_sorted(rows.begin(), rows.end());
    EXPECT_EQ(sort_rows(rows), !in_order);
    ASSERT_EQ(rows.size(), expected.size());
    for (size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(rows[i].row, expected[i].row) << round;
  }
}

}  // namespace
}  // namespace ebpftrace::ship
