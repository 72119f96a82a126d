// SPDX-License-Identifier: Apache-2.0
// Every operator with every kind of field: what it has passes the rows that the naive reference passes, absent cells
// included; what it has not is an error.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "predicate/expression.h"
#include "tests/predicate/naive.h"

namespace ebpftrace::predicate {
namespace {

using Operands = std::vector<NaiveOperand>;

NaiveOperand number(Wide value) {
  NaiveOperand operand;
  const bool negative = value < 0;
  const auto magnitude = static_cast<uint64_t>(negative ? -value : value);
  operand.written = (negative ? "-" : "") + std::to_string(magnitude);
  operand.number = value;
  return operand;
}
NaiveOperand text(const std::string& value) { return {"\"" + value + "\"", NaiveOperand::Type::kText, 0, value}; }
NaiveOperand name(const std::string& value) {
  return {value == "or" ? "\"or\"" : value, NaiveOperand::Type::kName, 0, value};
}
NaiveOperand pattern(const std::string& value) { return {"\"" + value + "\"", NaiveOperand::Type::kText, 0, value}; }

constexpr Wide kTop = Wide{1} << 63;
const std::vector<Wide> kNumbers = {
    0, 1, 2, 3, 4, 5, 6, 12, 16, 48, 64, 4096, kTop - 1, kTop, kTop + 1, 2 * kTop - 2, 2 * kTop - 1};
const std::vector<Wide> kBelowZero = {-1, -2, -4, -4096, -kTop, -kTop + 1};
const std::vector<std::string> kTexts = {"", "a", "b", "ab", "/usr/bin", "/usr", "read", "\xc3\xa4", "\xff"};

// A field's cells, what may stand behind its operators, and the operators it has.
struct Kind {
  std::string field;
  std::vector<Cell> cells;
  Operands operands, patterns;
  std::string operators;
};

Cell cell(Wide value) { return {true, value < 0, static_cast<uint64_t>(value), {}}; }

std::vector<Kind> kinds() {
  const auto numeric = [](std::string field, bool unsigned_too, bool negative, std::string operators) {
    Kind kind{std::move(field), {}, {}, {}, std::move(operators)};
    for (const Wide value : kNumbers)
      if (unsigned_too || value < kTop) {
        kind.cells.push_back(cell(value));
        kind.operands.push_back(number(value));
      }
    if (negative)
      for (const Wide value : kBelowZero) {
        kind.cells.push_back(cell(value));
        kind.operands.push_back(number(value));
      }
    return kind;
  };
  std::vector<Kind> all;
  const std::string comparisons = " == != < <= > >= in ";
  all.push_back(numeric("count", true, false, comparisons + "& "));
  all.push_back(numeric("result", false, true, comparisons + "& "));
  all.back().operands.push_back(name("-ENOENT"));
  all.back().operands.push_back(name("-EINTR"));
  all.push_back(numeric("amount", true, true, comparisons + "& "));
  all.push_back(numeric("duration", true, false, comparisons));
  all.push_back(numeric("moved", true, false, comparisons));
  all.push_back(numeric("pid", true, false, comparisons));
  Kind texts{"path", {}, {}, {}, " == != < <= > >= ~ !~ in "};
  for (const std::string& value : kTexts) {
    texts.cells.push_back({true, false, 0, value});
    if (value != "\xff") texts.operands.push_back(text(value));
    if (value != "\xff") texts.patterns.push_back(pattern(value));
    if (value != "\xff") texts.patterns.push_back(pattern("^" + value));
  }
  all.push_back(texts);
  Kind verdicts = numeric("verdict", true, false, " == != < <= > >= ~ !~ in & ");
  for (const char* value : {"pass", "drop", "rate-limited", "deny", "or"}) verdicts.operands.push_back(name(value));
  // "&" with the name of 0 asks for all bits: it is the value itself.
  for (const char* value : {"", "p", "^d", "-", "zzz"}) verdicts.patterns.push_back(pattern(value));
  all.push_back(verdicts);
  Kind classes = numeric("class", true, false, " == != ~ !~ in & ");
  for (const char* value : {"file", "network", "memory"}) classes.operands.push_back(name(value));
  for (const char* value : {"", "e", "^net", "zzz"}) classes.patterns.push_back(pattern(value));
  all.push_back(classes);
  Kind modes = numeric("mode", true, false, " == != in & ");
  for (const char* value : {"r", "w", "x", "rw"}) modes.operands.push_back(name(value));
  all.push_back(modes);
  Kind flags = numeric("args.flags", true, false, " == != in & ");
  for (const char* value : {"CREATE", "RDWR", "SYNC"}) flags.operands.push_back(name(value));
  all.push_back(flags);
  Kind truths = numeric("failed", true, false, " == != ");
  truths.operands = {{"true", NaiveOperand::Type::kNumber, 1, {}}, {"false", NaiveOperand::Type::kNumber, 0, {}}};
  all.push_back(truths);
  // The world's recording starts at 1000 s.
  Kind times{"time", {}, {}, {}, " == != < <= > >= in .. "};
  for (const Wide value :
       {Wide{0}, Wide{5}, Wide{999'999'999'999}, Wide{1'000'000'000'000}, Wide{1'001'500'000'000}, 2 * kTop - 1})
    times.cells.push_back(cell(value));
  times.operands = {{"0s", NaiveOperand::Type::kNumber, 1'000'000'000'000, {}},
                    {"1.5s", NaiveOperand::Type::kNumber, 1'001'500'000'000, {}},
                    {"-2s", NaiveOperand::Type::kNumber, 1'098'000'000'000, {}}};
  all.push_back(times);
  return all;
}

World world_of(const Kind& kind) {
  World world;
  const std::string column = world_fields().find(kind.field)->name;
  for (const bool absent : {false, true})
    for (const Cell& cell : kind.cells)
      for (uint64_t call = 1; call <= (kind.field == "args.flags" ? 3u : 1u); ++call)
        world.add({{column, absent ? Cell() : cell}, {"call", {true, false, call, {}}}});
  return world;
}

void expect_as_naive(const World& world, const NaiveFilter& filter) {
  const std::string text = filter.text();
  const std::vector<bool> passing = world.passing(parse(text, world_fields()));
  for (size_t row = 0; row < world.size(); ++row)
    ASSERT_EQ(passing[row], filter.passes(world, row)) << text << ", row " << row;
}

TEST(Operators, AreThoseOfTheReference) {
  for (const Kind& kind : kinds()) {
    const World world = world_of(kind);
    for (const std::string op : {"==", "!=", "<", "<=", ">", ">=", "~", "!~", "in", "&", ".."}) {
      NaiveFilter filter;
      filter.field = kind.field;
      filter.op = op;
      const bool has = kind.operators.find(" " + op + " ") != kind.operators.npos;
      const bool matching = op == "~" || op == "!~";
      const Operands& operands = matching && has ? kind.patterns : kind.operands;
      for (const NaiveOperand& operand : operands) {
        filter.operands = {operand};
        if (op == "in") filter.operands = {operands.front(), operand};
        if (op == "..") filter.operands = {operands.front(), operand};
        if (!has)
          EXPECT_THROW(parse(filter.text(), world_fields()), ExpressionError) << filter.text();
        else
          expect_as_naive(world, filter);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

TEST(Operators, OfABoolAlone) {
  for (const Kind& kind : kinds()) {
    NaiveFilter filter;
    filter.field = kind.field;
    if (kind.field == "failed")
      expect_as_naive(world_of(kind), filter);
    else
      EXPECT_THROW(parse(kind.field, world_fields()), ExpressionError);
  }
}

// Whatever a kind has is in one of the tests above: a new operator must come into this table.
TEST(Operators, AreAllInTheTable) {
  for (const Kind& kind : kinds()) {
    std::string have = " ";
    for (const Operator op : operators_of(*world_fields().find(kind.field)))
      have += (op == Operator::kWithin ? std::string("..") : std::string(to_string(op))) + " ";
    const auto words = [](const std::string& text) {
      std::vector<std::string> words;
      std::istringstream stream(text);
      for (std::string word; stream >> word;) words.push_back(word);
      std::sort(words.begin(), words.end());
      return words;
    };
    EXPECT_EQ(words(have), words(kind.operators)) << kind.field;
  }
}

}  // namespace
}  // namespace ebpftrace::predicate
