// SPDX-License-Identifier: Apache-2.0
// Texts that somebody made to break the parser: each is one error, or parsed, in bounded memory and depth.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "predicate/error.h"
#include "predicate/evaluator.h"
#include "predicate/expression.h"
#include "predicate/lexer.h"
#include "predicate/moment.h"
#include "tests/predicate/world.h"

namespace ebpftrace::predicate {
namespace {

std::string repeat(std::string_view piece, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += piece;
  return out;
}

// The message, whole and printable; "" if it was parsed, and then its canonical form is parsed, too.
std::string outcome(std::string_view filter) {
  try {
    const Expression expression = parse(filter, world_fields());
    const std::string canonical = to_string(expression);
    if (canonical.size() <= kLongestText) {
      EXPECT_EQ(to_string(parse(canonical, world_fields())), canonical);
    }
    return "";
  } catch (const ExpressionError& error) {
    const std::string message = error.what();
    EXPECT_LE(error.offset, filter.size());
    EXPECT_LE(error.length, filter.size() - error.offset);
    EXPECT_EQ(invalid_utf8(message), std::string::npos);
    EXPECT_LT(message.size(), 600u) << message;
    for (const char c : message) EXPECT_GE(static_cast<uint8_t>(c), 0x20) << message;
    // Neither end is inside a character.
    for (const size_t end : {error.offset, error.offset + error.length})
      if (end < filter.size() && invalid_utf8(filter) == filter.npos) {
        EXPECT_NE(static_cast<uint8_t>(filter[end]) & 0xc0, 0x80);
      }
    const std::string explained = explain(filter, error);
    EXPECT_EQ(invalid_utf8(explained), std::string::npos);
    EXPECT_LT(explained.size(), 1600u);
    EXPECT_EQ(std::count(explained.begin(), explained.end(), '\n'), 2);
    return message;
  }
}

TEST(HostileFilter, DepthIsBounded) {
  const std::string too_deep = "brackets in brackets, more than 200 deep";
  EXPECT_EQ(outcome(repeat("(", 60'000)), too_deep);
  EXPECT_EQ(outcome(repeat("!(", 30'000)), too_deep);
  EXPECT_EQ(outcome(repeat("(", 201) + "failed" + repeat(")", 201)), too_deep);
  EXPECT_EQ(outcome(repeat("(", 200) + "failed" + repeat(")", 200)), "");
  EXPECT_EQ(outcome(repeat("!", 60'001) + "failed"), "");
  EXPECT_EQ(outcome(repeat("not ", 10'000) + "failed"), "");
  // What is written out is no deeper than what may be read.
  EXPECT_EQ(outcome(repeat("!(failed || ", 199) + "!count == 1" + repeat(")", 199)), "");
  EXPECT_EQ(outcome(repeat("!(failed || ", 200) + "!count == 1" + repeat(")", 200)), too_deep);
  EXPECT_EQ(outcome(repeat("(failed && (failed || ", 100) + "failed" + repeat("))", 100)), "");
}

TEST(HostileFilter, SizeIsBounded) {
  EXPECT_EQ(outcome(repeat("(", 100'000)), "a filter of 100000 bytes; it may have at most 65536");
  EXPECT_EQ(outcome(std::string(65'537, 'a')), "a filter of 65537 bytes; it may have at most 65536");
  EXPECT_EQ(outcome(repeat("failed||", 8'000) + "failed"), "");
  EXPECT_EQ(outcome(repeat("failed&&", 8'000) + "failed"), "");
  EXPECT_EQ(outcome("count in {" + repeat("1,", 30'000) + "1}"), "");
  EXPECT_EQ(outcome("path == \"" + std::string(60'000, 'a') + "\""), "");
  EXPECT_EQ(outcome(std::string(60'000, 'a') + " == 1").substr(0, 60),
            "unknown field 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...';");
  EXPECT_EQ(outcome("verdict == " + std::string(60'000, 'a')).substr(0, 40),
            "'verdict' has no value 'aaaaaaaaaaaaaaaa");
  EXPECT_EQ(outcome("count == " + std::string(60'000, '1')).substr(0, 29), "'1111111111111111111111111111");
  EXPECT_EQ(outcome("duration == 1" + std::string(60'000, 's')).substr(0, 20), "unknown unit 'ssssss");
}

TEST(HostileFilter, PatternsAreBounded) {
  EXPECT_EQ(outcome("path ~ \"x\"" + repeat("||path ~ \"x\"", 31)), "");
  EXPECT_EQ(outcome("path ~ \"x\"" + repeat("||path ~ \"x\"", 32)),
            "more than 32 patterns; one pattern may have alternatives: \"^/usr|^/opt\"");
  for (const char* unit : {"a*", "(", "(a", "[a", "a{1000}", "(a{9}", "\\\\", ".*"})
    outcome("path ~ \"" + repeat(unit, 60'000 / std::string_view(unit).size()) + "\"");
  // The time that a match takes grows with the text only.
  Evaluator evaluator(parse("path ~ \"(a*)*(a*)*(a*)*b$\"", world_fields()));
  World world;
  world.add({{"path", {true, false, 0, std::string(100'000, 'a')}}});
  EXPECT_EQ(world.rows("path ~ \"(a*)*(a*)*(a*)*b$\""), "");
}

TEST(HostileFilter, BytesAreChecked) {
  EXPECT_EQ(outcome("path == \"\xff\""), "this is not UTF-8; in a text the byte is \"\\xff\"");
  EXPECT_EQ(outcome("path == \"\xc3"), "this is not UTF-8; in a text the byte is \"\\xc3\"");
  EXPECT_EQ(outcome("path == \"\xed\xa0\x80\""), "this is not UTF-8; in a text the byte is \"\\xed\"");
  EXPECT_EQ(outcome(std::string("path\0== 1", 9)), "a control character; in a text it is \"\\x00\"");
  EXPECT_EQ(outcome("path == \"\x1b[31m\""), "a control character; in a text it is \"\\x1b\"");
  EXPECT_EQ(outcome("\u202epath == 1").substr(0, 13), "unknown field");
}

TEST(HostileFilter, AnyTextIsTaken) {
  std::mt19937_64 random(5);
  const std::string_view pieces[] = {"path",
                                     "count",
                                     "duration",
                                     "time",
                                     "verdict",
                                     "class",
                                     "mode",
                                     "args.flags",
                                     "failed",
                                     "result",
                                     "process",
                                     "==",
                                     "!=",
                                     "<",
                                     "<=",
                                     ">",
                                     ">=",
                                     "~",
                                     "!~",
                                     "in",
                                     "&",
                                     "&&",
                                     "||",
                                     "!",
                                     "and",
                                     "or",
                                     "not",
                                     "(",
                                     ")",
                                     "{",
                                     "}",
                                     ",",
                                     "..",
                                     "\"a\"",
                                     "\"",
                                     "\"\\x41\"",
                                     "1",
                                     "-1",
                                     "1ms",
                                     "4KiB",
                                     "0x",
                                     "09",
                                     "1.5s",
                                     "14:03",
                                     "2026-11-21",
                                     "@exec:make",
                                     "@mark:\"",
                                     "#2",
                                     "drop",
                                     "CREATE",
                                     "-ENOENT",
                                     "true",
                                     "descends_from",
                                     "'",
                                     "=",
                                     ";",
                                     "\u00e4",
                                     "\xff",
                                     "\n",
                                     "99999999999999999999"};
  size_t parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string filter;
    for (size_t length = 1 + random() % 10; length > 0; --length) {
      filter += pieces[random() % std::size(pieces)];
      if (random() % 2 == 0) filter += ' ';
    }
    parsed += outcome(filter).empty();
    if (::testing::Test::HasFailure()) FAIL() << filter;
  }
  EXPECT_GT(parsed, 5u);
}

TEST(HostileFilter, ChangedFiltersAreTaken) {
  std::mt19937_64 random(6);
  const std::string whole =
      "duration > 1.5ms && (path ~ \"^/usr\\.so\" || !(verdict in {drop, rate-limited})) and time in 1s..@exec:make#2 "
      "|| "
      "args.flags & CREATE && descends_from(\"make\") || result == -ENOENT";
  ASSERT_EQ(outcome(whole), "");
  for (int i = 0; i < 15'000; ++i) {
    std::string filter = whole;
    for (size_t changes = 1 + random() % 3; changes > 0; --changes) {
      const size_t at = random() % filter.size();
      switch (random() % 3) {
        case 0:
          filter.erase(at, 1 + random() % 4);
          break;
        case 1:
          filter[at] = static_cast<char>(random());
          break;
        default:
          filter.insert(at, filter.substr(random() % filter.size(), random() % 12));
          break;
      }
      if (filter.empty()) filter = "x";
    }
    outcome(filter);
    if (::testing::Test::HasFailure()) FAIL() << filter;
  }
}

TEST(HostileFilter, AnyMomentIsTaken) {
  std::mt19937_64 random(8);
  const std::string_view pieces[] = {"1", "14", "2026",   "-",      ":",  ".", "..", "T", "Z",
                                     "+", "s",  "@exec:", "@mark:", "\"", "a", "#",  " ", "\xff"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (size_t length = random() % 12; length > 0; --length) text += pieces[random() % std::size(pieces)];
    try {
      const Moment moment = parse_moment(text);
      ASSERT_EQ(parse_moment(to_string(moment)), moment) << text;
    } catch (const ExpressionError& error) {
      ASSERT_LE(error.offset + error.length, text.size()) << text;
    }
    try {
      parse_range(text);
    } catch (const ExpressionError& error) {
      ASSERT_LE(error.offset + error.length, text.size()) << text;
    }
  }
}

}  // namespace
}  // namespace ebpftrace::predicate
