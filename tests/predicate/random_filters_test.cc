// SPDX-License-Identifier: Apache-2.0
// Random filters over random rows: the answer is the naive reference's, and what to_string writes means the same.
#include <gtest/gtest.h>

#include <random>

#include "predicate/expression.h"
#include "tests/predicate/naive.h"

namespace ebpftrace::predicate {
namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t below(uint64_t n) { return engine_() % n; }
  bool one_in(uint64_t n) { return below(n) == 0; }
  template <typename T>
  const T& of(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  std::mt19937_64 engine_;
};

const std::vector<std::string> kTexts = {"cat", "dd", "/usr/lib", "/usr/bin", "/dev/null", "", "a\\.b", "cc1"};
const std::vector<std::string> kNumeric = {"duration", "moved",   "count", "pid",  "result",
                                           "amount",   "verdict", "class", "mode", "args.flags"};

bool is_signed_field(const std::string& field) { return field == "result" || field == "amount"; }

Cell random_cell(Random& random, const std::string& field, uint64_t absent_one_in) {
  Cell cell;
  cell.present = !random.one_in(absent_one_in);
  if (!cell.present) return cell;
  if (field == "path" || field == "process" || field == "syscall") {
    cell.text = random.of(kTexts);
    return cell;
  }
  if (field == "time") {
    cell.number = 1'000'000'000'000 + random.below(8) * 500'000'000;
    return cell;
  }
  cell.number = random.one_in(8) ? ~uint64_t{0} >> (1 + random.below(63)) : random.below(8);
  if (field == "failed") cell.number %= 2;
  if (is_signed_field(field) && random.one_in(3)) {
    cell.number = ~cell.number;
    cell.negative = (cell.number >> 63) != 0;
  }
  return cell;
}

World random_world(Random& random) {
  World world;
  std::vector<std::string> fields = kNumeric;
  for (const char* field : {"failed", "path", "process", "syscall", "time"}) fields.push_back(field);
  // Some columns are the same in all rows, some have no absent cells: blocks are decided by that.
  std::map<std::string, std::pair<bool, Cell>> habits;
  for (const std::string& field : fields) habits[field] = {random.one_in(4), random_cell(random, field, 4)};
  const uint64_t absent_one_in = random.one_in(2) ? 1'000'000 : 5;
  for (size_t rows = random.one_in(20) ? 1 + random.below(2500) : 1 + random.below(40); rows > 0; --rows) {
    std::map<std::string, Cell> row;
    for (const std::string& field : fields)
      row[world_fields().find(field)->name] =
          habits[field].first ? habits[field].second : random_cell(random, field, absent_one_in);
    row["call"] = {true, false, 1 + random.below(3), {}};
    world.add(std::move(row));
  }
  return world;
}

NaiveOperand number_operand(Random& random, const std::string& field) {
  NaiveOperand operand;
  const Cell cell = random_cell(random, field, 1'000'000);
  operand.number = cell.negative ? Wide{static_cast<int64_t>(cell.number)} : Wide{cell.number};
  operand.written = cell.negative ? std::to_string(static_cast<int64_t>(cell.number)) : std::to_string(cell.number);
  if (field == "duration" && random.one_in(2)) operand.written += "ns";
  if (field == "moved" && random.one_in(3)) operand.written += "B";
  if (!cell.negative && random.one_in(5) && operand.written == std::to_string(cell.number)) {
    char hex[32];
    std::snprintf(hex, sizeof hex, random.one_in(2) ? "0x%llx" : "0%llo", static_cast<unsigned long long>(cell.number));
    operand.written = hex;
  }
  return operand;
}

NaiveOperand operand(Random& random, const std::string& field) {
  static const std::map<std::string, std::vector<std::string>> kNames = {
      {"verdict", {"pass", "drop", "rate-limited", "deny"}},
      {"class", {"file", "network", "memory"}},
      {"mode", {"r", "w", "x", "rw"}},
      {"args.flags", {"CREATE", "RDWR", "SYNC"}},
      {"result", {"-ENOENT", "-EINTR"}}};
  const auto names = kNames.find(field);
  if (names == kNames.end() || random.one_in(3)) return number_operand(random, field);
  const std::string& name = random.of(names->second);
  return {random.one_in(4) ? "\"" + name + "\"" : name, NaiveOperand::Type::kName, 0, name};
}

std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '\\' ? "\\\\" : std::string(1, c);
  return out + "\"";
}

NaiveFilter random_condition(Random& random) {
  NaiveFilter filter;
  switch (random.below(8)) {
    case 0:
      filter.field = "failed";
      return filter;
    case 1: {
      filter.field = "time";
      static const std::vector<std::string> kMoments = {"0s", "500ms", "1s", "1.5s", "2s", "3s"};
      static const std::vector<Wide> kTimes = {
          0, 500'000'000, 1'000'000'000, 1'500'000'000, 2'000'000'000, 3'000'000'000};
      size_t from = random.below(kMoments.size()), to = random.below(kMoments.size());
      if (from > to) std::swap(from, to);
      filter.op = random.of(std::vector<std::string>{"..", "<", ">=", "!="});
      for (const size_t which : {from, to})
        filter.operands.push_back(
            {kMoments[which], NaiveOperand::Type::kNumber, 1'000'000'000'000 + kTimes[which], {}});
      if (filter.op != "..") filter.operands.pop_back();
      return filter;
    }
    case 2:
    case 3: {
      filter.field = random.of(std::vector<std::string>{"path", "process", "syscall"});
      filter.op = random.of(std::vector<std::string>{"==", "!=", "~", "!~", "in", "<", ">="});
      std::string text = random.of(kTexts);
      if (filter.op == "~" || filter.op == "!~") {
        text = random.of(std::vector<std::string>{"c", "^/usr", "usr", "^c", "zzz", "", "/"});
        filter.operands.push_back({"\"" + text + "\"", NaiveOperand::Type::kText, 0, text});
        return filter;
      }
      for (uint64_t count = filter.op == "in" ? 1 + random.below(3) : 1; count > 0; --count, text = random.of(kTexts))
        filter.operands.push_back({in_quotes(text), NaiveOperand::Type::kText, 0, text});
      return filter;
    }
    default:
      break;
  }
  filter.field = random.of(kNumeric);
  std::vector<std::string> operators = {"==", "!=", "in"};
  const bool bits = filter.field == "mode" || filter.field == "args.flags" || filter.field == "class";
  if (!bits) operators.insert(operators.end(), {"<", "<=", ">", ">="});
  if (filter.field != "duration" && filter.field != "moved" && filter.field != "pid") operators.push_back("&");
  filter.op = random.of(operators);
  for (uint64_t count = filter.op == "in" ? 1 + random.below(12) : 1; count > 0; --count)
    filter.operands.push_back(operand(random, filter.field));
  return filter;
}

NaiveFilter random_filter(Random& random, unsigned depth) {
  if (depth == 0 || random.one_in(4)) return random_condition(random);
  NaiveFilter filter;
  const uint64_t kind = random.below(5);
  filter.type = kind < 2 ? NaiveFilter::Type::kAnd : kind < 4 ? NaiveFilter::Type::kOr : NaiveFilter::Type::kNot;
  filter.parts.push_back(random_filter(random, depth - 1));
  if (kind < 4) filter.parts.push_back(random_filter(random, depth - 1));
  return filter;
}

TEST(RandomFilters, PassWhatTheReferencePasses) {
  size_t passed = 0, failed = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    const World world = random_world(random);
    for (int i = 0; i < 20; ++i) {
      const NaiveFilter filter = random_filter(random, 4);
      const std::string text = filter.text();
      const Expression expression = parse(text, world_fields());
      const std::string canonical = to_string(expression);
      const Expression again = parse(canonical, world_fields());
      ASSERT_EQ(to_string(again), canonical) << text;
      const std::vector<bool> passing = world.passing(expression);
      ASSERT_EQ(world.passing(again), passing) << text << " != " << canonical;
      for (size_t row = 0; row < world.size(); ++row) {
        ASSERT_EQ(passing[row], filter.passes(world, row)) << "seed " << seed << ", row " << row << ": " << text;
        ++(passing[row] ? passed : failed);
      }
    }
  }
  // Filters that say something.
  EXPECT_GT(passed, 10'000u);
  EXPECT_GT(failed, 10'000u);
}

// With as few brackets as there can be, && binds tighter than ||.
TEST(RandomFilters, BindAsTheReferenceDoes) {
  Random random(99);
  const World world = random_world(random);
  for (int i = 0; i < 300; ++i) {
    std::string text;
    std::vector<std::vector<NaiveFilter>> alternatives(1);
    for (uint64_t count = 1 + random.below(6); count > 0; --count) {
      NaiveFilter condition = random_condition(random);
      if (random.one_in(3)) {
        text += random.one_in(2) ? "!" : "not ";
        NaiveFilter negated;
        negated.type = NaiveFilter::Type::kNot;
        text += condition.text();
        negated.parts.push_back(std::move(condition));
        condition = std::move(negated);
      } else {
        text += condition.text();
      }
      alternatives.back().push_back(std::move(condition));
      if (count == 1) break;
      if (random.one_in(2)) {
        text += random.one_in(2) ? " && " : " and ";
      } else {
        text += random.one_in(2) ? "||" : " or ";
        alternatives.emplace_back();
      }
    }
    const std::vector<bool> passing = world.passing(parse(text, world_fields()));
    for (size_t row = 0; row < world.size(); ++row) {
      bool any = false;
      for (const auto& conditions : alternatives) {
        bool all = true;
        for (const NaiveFilter& condition : conditions) all = all && condition.passes(world, row);
        any = any || all;
      }
      ASSERT_EQ(passing[row], any) << text;
    }
  }
}

}  // namespace
}  // namespace ebpftrace::predicate
