// SPDX-License-Identifier: Apache-2.0
#include "analyzer/api/result.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

Cell of(const char* text) { return std::string(text); }

TEST(Result, GivesBackWhatWentIn) {
  const std::vector<std::vector<Cell>> kinds = {
      {Cell(), uint64_t{0}, UINT64_MAX, uint64_t{7}},
      {INT64_MIN, int64_t{-1}, INT64_MAX, Cell()},
      {of(""), of("a"), std::string("b\0c", 3), of("a")},
      {0.0, -1.5, std::numeric_limits<double>::infinity(), 1e-300},
      {true, false, Cell(), true},
      {ProcessesCell{{7, "nginx"}, {8, "nginx"}}, ProcessesCell{}, Cell(), ProcessesCell{{UINT32_MAX, ""}}},
      {uint64_t{1}, int64_t{-1}, of("x"), 2.5}};
  std::vector<ResultColumn> columns;
  for (size_t i = 0; i < kinds.size(); ++i) columns.push_back({"c" + std::to_string(i)});
  Result result("test", columns);
  // More than a piece, so that sealed and open ones are read.
  constexpr size_t kRows = 2500;
  for (size_t row = 0; row < kRows; ++row) {
    std::vector<Cell> cells;
    for (const auto& kind : kinds) cells.push_back(kind[row * 7 % 4]);
    ASSERT_TRUE(result.add(cells));
  }
  for (const bool closed : {false, true}) {
    if (closed) result.close();
    const Result copy = result;
    for (size_t row = 0; row < kRows; ++row)
      for (size_t column = 0; column < kinds.size(); ++column)
        ASSERT_EQ(copy.cell(row, column), kinds[column][row * 7 % 4]) << row << " " << column;
  }
  EXPECT_EQ(result.all_rows, kRows);
  EXPECT_TRUE(result.shortfalls.empty());
}

TEST(Result, EqualTextsHaveOneNumber) {
  Result result("test", {{"a"}, {"b"}});
  result.add({of("x"), of("y")});
  result.add({of("y"), Cell()});
  EXPECT_EQ(result.text_number(0, 1), result.text_number(1, 0));
  EXPECT_NE(result.text_number(0, 0), result.text_number(1, 0));
  EXPECT_EQ(result.text_number(1, 1), std::nullopt);
  EXPECT_EQ(result.text(*result.text_number(1, 0)), "y");
  EXPECT_EQ(result.text_count(), 2u);
}

TEST(Result, SmallNumbersTakeLittleRoom) {
  Result result("test", {{"a"}, {"b"}, {"c"}});
  for (uint64_t row = 0; row < 100'000; ++row) result.add({row, uint64_t{7}, Cell()});
  result.close();
  EXPECT_LT(result.value_bytes(), 400'000u);
}

TEST(Result, HasAnEndAndSaysWhatDidNotFit) {
  Result result("test", {{"a"}});
  const std::string front(1000, 'x');
  size_t refused = 0;
  for (uint64_t row = 0; row < 80'000; ++row) refused += !result.add({front + std::to_string(row)});
  EXPECT_GT(refused, 1000u);
  EXPECT_LT(result.value_bytes(), kMostResultBytes + 10'000);
  EXPECT_EQ(result.rows(), 80'000 - refused);
  EXPECT_EQ(result.all_rows, result.rows());  // -n 0 shows no more
  EXPECT_FALSE(result.add({uint64_t{1}}));    // nor anything smaller: the rows that are there are the first ones
  result.close();
  ASSERT_EQ(result.shortfalls.size(), 1u);
  EXPECT_EQ(result.shortfalls[0],
            "the answer's values take more than 64 MiB; " + std::to_string(refused + 1) + " rows are left out");
}

Result family() {
  Result result("test", {{"name", Unit::kText, "NAME"}});
  result.add({of("a")});
  result.add({of("aa")}, 0);
  result.add({of("aaa")}, 1);
  result.add({of("ab")}, 0);
  result.add({of("b")});
  return result;
}

TEST(Result, ATreeKeepsItsShapeWhenRowsGo) {
  const Result whole = family();
  EXPECT_EQ(text(whole), "NAME\na\n  aa\n    aaa\n  ab\nb\n");
  EXPECT_EQ(whole.parent(0), std::nullopt);
  EXPECT_EQ(whole.parent(2), 1u);
  Result some = whole;
  some.keep({0, 2, 3}, true);
  EXPECT_EQ(text(some).substr(0, 19), "NAME\na\n  aaa\n  ab\n(");
  EXPECT_EQ(some.parent(1), 0u);
  some.keep({1, 2}, true);
  EXPECT_EQ(some.parent(0), std::nullopt);
  EXPECT_EQ(some.depth(1), 0u);
  Result turned = whole;
  turned.keep({4, 3, 2, 1, 0}, false);
  EXPECT_EQ(text(turned), "NAME\nb\nab\naaa\naa\na\n");
  EXPECT_EQ(text(whole), "NAME\na\n  aa\n    aaa\n  ab\nb\n");  // copies are apart
}

TEST(Result, WarningsGoWithTheirRowsButNotWithALimit) {
  Result result("test", {{"a"}});
  for (const char* name : {"x", "y"}) {
    result.add({of(name)});
    result.warn(std::string("of ") + name);
  }
  Result limited = result;
  limited.cut(1);
  EXPECT_EQ(limited.warnings().size(), 2u);
  result.keep({1}, true);
  EXPECT_EQ(result.warnings(), std::vector<std::string>{"of y"});
}

TEST(Result, ColumnsInAnotherOrder) {
  Result result("test", {{"a"}, {"b"}, {"c"}});
  result.add({of("1"), of("2"), of("3")});
  result.choose({2, 0});
  EXPECT_EQ(csv(result), "c,a\n3,1\n");
  result.choose({1});
  EXPECT_EQ(csv(result), "a\n1\n");
  EXPECT_EQ(result.column("c"), std::nullopt);
}

TEST(Result, OutlivesTheTrace) {
  Result result;
  {
    const trace::Trace trace = script("10us sh exec /bin/sh sh -c \"make all\"\n20us sh fork make\n");
    result = process_tree(trace);
  }
  EXPECT_EQ(csv(result, {"process", "command"}), "process,command\nsh,sh -c 'make all'\nmake,make\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
