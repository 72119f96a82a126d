// SPDX-License-Identifier: Apache-2.0
// What a user is told: where, what is wrong, what would do.
#include "predicate/error.h"

#include <gtest/gtest.h>

#include "predicate/expression.h"
#include "tests/predicate/world.h"

namespace ebpftrace::predicate {
namespace {

// "OFFENDING PIECE@OFFSET: MESSAGE".
std::string error(std::string_view filter) {
  try {
    return "parsed: " + to_string(parse(filter, world_fields()));
  } catch (const ExpressionError& error) {
    EXPECT_LE(error.offset + error.length, filter.size());
    return std::string(filter.substr(error.offset, error.length)) + "@" + std::to_string(error.offset) + ": " +
           error.what();
  }
}

TEST(FilterErrors, Names) {
  EXPECT_EQ(error("pth == \"x\""), "pth@0: unknown field 'pth', did you mean 'path'?");
  EXPECT_EQ(error("count > 3 && durration > 1ms"), "durration@13: unknown field 'durration', did you mean 'duration'?");
  EXPECT_EQ(error("xyzzy == 1"),
            "xyzzy@0: unknown field 'xyzzy'; there are time, duration, moved, count, pid, result, amount, failed, "
            "process, path, "
            "syscall, verdict, type, class, mode, args.flags");
  EXPECT_EQ(error("args.flag & CREATE"), "args.flag@0: unknown field 'args.flag', did you mean 'args.flags'?");
  EXPECT_EQ(error("descends_from == 1"),
            "descends_from@0: 'descends_from' takes arguments in brackets: descends_from(...)");
  EXPECT_EQ(error("descend_from(1)"), "descend_from@0: unknown function 'descend_from', did you mean 'descends_from'?");
  EXPECT_EQ(error("path(1)"), "path@0: 'path' is a field and takes no arguments");
  EXPECT_EQ(error("descends_from()"),
            "descends_from@0: descends_from: takes a process: its id, or its name in double quotes");
  EXPECT_EQ(error("descends_from(1, 2)"),
            "1, 2@14: descends_from: takes a process: its id, or its name in double quotes");
  EXPECT_EQ(error("descends_from(make)"), "make@14: an argument is a number, or a text in double quotes: \"make\"");
  EXPECT_EQ(error("descends_from(1"), "(@13: this '(' is never closed");
  EXPECT_EQ(error("descends_from("), "(@13: this '(' is never closed");
}

TEST(FilterErrors, Operators) {
  EXPECT_EQ(error("count = 3"), "=@6: '=' is no operator, did you mean '=='?");
  EXPECT_EQ(error("path =~ \"x\""), "=~@5: '=~' is no operator, did you mean '~'?");
  EXPECT_EQ(error("count <> 3"), "<>@6: '<>' is no operator, did you mean '!='?");
  EXPECT_EQ(error("path contains \"x\""), "contains@5: 'contains' is no operator, did you mean '~'?");
  EXPECT_EQ(error("count == 1 | count == 2"), "|@11: '|' is no operator, did you mean '||'?");
  EXPECT_EQ(error("count == 1 & count == 2"),
            "&@11: '&' looks at the bits of a field; between two conditions there is '&&'");
  EXPECT_EQ(error("count == 1 AND pid == 2"), "AND@11: 'AND' is no operator, did you mean '&&'?");
  EXPECT_EQ(error("NOT failed"), "NOT@0: 'NOT' is no field; the negation is '!' or 'not'");
  EXPECT_EQ(error("1us < duration"), "1us@0: a condition begins with the name of a field, not with '1us'");
  EXPECT_EQ(error("duration > 1us < 2us"), "<@15: a comparison has one operator: write a < b && b < c for a < b < c");
  EXPECT_EQ(error("count 3"), "3@6: '3' is no operator; 'count' has == != < <= > >= in &");
  EXPECT_EQ(error("count pid"), "pid@6: an operator should be behind 'count', not 'pid'");
  EXPECT_EQ(error("path not in {\"a\"}"), "not@5: write !(path in {...})");
  EXPECT_EQ(error("count =="), "@8: a value is missing behind '==', such as 4096");
  EXPECT_EQ(error("duration > && failed"), "&&@11: a value is missing behind '>', such as 1.5ms or 20us");
  EXPECT_EQ(error("duration > )"), ")@11: a value is missing behind '>', such as 1.5ms or 20us");
  EXPECT_EQ(error("duration > > 3"), ">@11: behind '>' there is a value, such as 1.5ms or 20us, not '>'");
  EXPECT_EQ(error("path"), "path@0: 'path' is a text and no condition by itself: compare it, such as path == ...");
  EXPECT_EQ(error("mode && failed"),
            "mode@0: 'mode' is a set of flags and no condition by itself: compare it, such as mode & ...");
}

TEST(FilterErrors, Structure) {
  EXPECT_EQ(error(""), "@0: the filter is empty; a condition is such as duration > 1ms");
  EXPECT_EQ(error(" \n"), "@0: the filter is empty; a condition is such as duration > 1ms");
  EXPECT_EQ(error("(count == 1"), "(@0: this '(' is never closed");
  EXPECT_EQ(error("failed && ("), "(@10: this '(' is never closed");
  EXPECT_EQ(error("((failed)"), "(@0: this '(' is never closed");
  EXPECT_EQ(error("count == 1)"), ")@10: this ')' closes nothing");
  EXPECT_EQ(error("()"), ")@1: a condition is missing in the brackets");
  EXPECT_EQ(error("failed &&"), "@9: a condition is missing behind '&&'");
  EXPECT_EQ(error("&& failed"), "&&@0: a condition is missing before '&&'");
  EXPECT_EQ(error("failed && || failed"), "||@10: a condition is missing before '||'");
  EXPECT_EQ(error("!"), "@1: a condition is missing behind '!'");
  EXPECT_EQ(error("failed failed"), "failed@7: '&&', '||' or the end should be here, not 'failed'");
  EXPECT_EQ(error("count == 1 pid == 2"), "pid@11: '&&', '||' or the end should be here, not 'pid'");
  EXPECT_EQ(error("count == 1;"), ";@10: '&&', '||' or the end should be here, not ';'");
  EXPECT_EQ(error("count == 1 \u2713"), "\u2713@11: '&&', '||' or the end should be here, not '\u2713'");
  EXPECT_EQ(error("$count"), "$@0: a condition should be here, not '$'");
}

TEST(FilterErrors, Lists) {
  EXPECT_EQ(error("count in (1, 2)"), "(@9: a list stands in braces: {a, b}");
  EXPECT_EQ(error("count in 1"), "1@9: 'in' takes a list: count in {a, b}");
  EXPECT_EQ(error("count in"), "@8: 'in' takes a list: count in {a, b}");
  EXPECT_EQ(error("time in"), "@7: 'in' takes a list: time in {a, b}, or a range: 1.5s..2s");
  EXPECT_EQ(error("count in {}"), "}@10: a value is missing behind '{', such as 4096");
  EXPECT_EQ(error("count in {1, }"), "}@13: a value is missing behind ',', such as 4096");
  EXPECT_EQ(error("count in {1 2}"), "2@12: ',' or '}' should be here, not '2'");
  EXPECT_EQ(error("count in {1"), "{@9: this '{' is never closed");
  EXPECT_EQ(error("time in 2s..1s"), "2s..1s@8: this range ends before it begins");
  EXPECT_EQ(error("time in 2s"), "@10: '..' is missing behind '2s': a range is 1.5s..2s, a list {1.5s, 2s}");
}

TEST(FilterErrors, Types) {
  EXPECT_EQ(error("path > 3"), "3@7: 'path' is a text: compare it with one in double quotes, \"3\"");
  EXPECT_EQ(error("path == nginx"), "nginx@8: 'path' is a text: compare it with one in double quotes, \"nginx\"");
  EXPECT_EQ(error("path == 'nginx'"), "'@8: texts stand in double quotes: \"nginx\"");
  EXPECT_EQ(error("path == \"nginx"), "\"@8: this '\"' is never closed");
  EXPECT_EQ(error("path == \"a\\\nb\""), "\\\n@10: unknown escape '\\ '; there are \\\\ \\\" \\n \\r \\t and \\xHH");
  EXPECT_EQ(error("path == \"a\\qb\""), "\\q@10: unknown escape '\\q'; there are \\\\ \\\" \\n \\r \\t and \\xHH");
  EXPECT_EQ(error("path == \"\\x4\""), "\\x@9: '\\x' needs two hexadecimal digits: \\x0a");
  EXPECT_EQ(error("path & 3"), "3@7: 'path' is a text: it has no '&' but == != ~ !~ in < <= > >=");
  EXPECT_EQ(
      error("count ~ \"3\""),
      "\"3\"@8: 'count' is a number (never negative): it has no '~' but == != < <= > >= in &; patterns are for texts");
  EXPECT_EQ(error("path ~ usr"), "usr@7: a pattern stands in double quotes behind '~', such as \"^/usr/\"");
  EXPECT_EQ(error("count == \"3\""),
            "\"3\"@9: 'count' is a number (never negative): compare it with a number without quotes, such as 4096");
  EXPECT_EQ(
      error("count == pid"),
      "pid@9: two fields can't be compared; 'count' is a number (never negative): compare it with one, such as 4096");
  EXPECT_EQ(error("count == banana"),
            "banana@9: 'banana' is no value; 'count' is a number (never negative): compare it with one, such as 4096");
  EXPECT_EQ(error("count == true"),
            "true@9: 'true' is no value; 'count' is a number (never negative): compare it with one, such as 4096");
  EXPECT_EQ(error("failed == 1"), "1@10: 'failed' is true or false; it stands by itself: failed or !failed");
  EXPECT_EQ(error("failed > true"), "true@9: 'failed' is true or false: it has no '>' but == !=");
  EXPECT_EQ(error("mode < r"), "r@7: 'mode' is a set of flags: it has no '<' but & == != in");
  EXPECT_EQ(error("time > noon"),
            "noon@7: 'noon' is no value; 'time' is a time: compare it with one, such as 1.5s (after the start), "
            "14:03:10 or @exec:NAME");
  EXPECT_EQ(error("time > @exec:x"), "@exec:x@7: '@exec:x': there is no such moment in this recording");
}

TEST(FilterErrors, Numbers) {
  EXPECT_EQ(error("duration > 1m"), "m@12: unknown unit 'm', did you mean 'ms' or 'min'?");
  EXPECT_EQ(error("duration > 4KiB"),
            "4KiB@11: 'duration' is a duration, '4KiB' is a number of bytes: write it such as 1.5ms or 20us");
  EXPECT_EQ(error("duration > 4K"),
            "4K@11: 'duration' is a duration, '4K' is a count (K, M, G): write it such as 1.5ms or 20us");
  EXPECT_EQ(error("moved > 4ms"),
            "4ms@8: 'moved' is a number of bytes, '4ms' is a time: write it such as 4096 or 64KiB");
  EXPECT_EQ(error("pid == 4K"), "4K@7: 'pid' is an id, '4K' is a count (K, M, G): write it such as 4096");
  EXPECT_EQ(error("moved > -1"), "-1@8: 'moved' is never negative");
  EXPECT_EQ(error("count > 18446744073709551616"),
            "18446744073709551616@8: '18446744073709551616' does not fit into 64 bits: at most 18446744073709551615");
  EXPECT_EQ(
      error("result > 9223372036854775808"),
      "9223372036854775808@9: 'result' is a signed 64-bit number: from -9223372036854775808 to 9223372036854775807");
  EXPECT_EQ(error("amount > -9223372036854775809"),
            "-9223372036854775809@9: 'amount' is a 64-bit number: from -9223372036854775808");
}

TEST(FilterErrors, NamesOfValues) {
  EXPECT_EQ(error("verdict == drp"), "drp@11: 'verdict' has no value 'drp', did you mean 'drop'?");
  EXPECT_EQ(error("verdict == banana"),
            "banana@11: 'verdict' has no value 'banana'; there are pass, drop, rate-limited, deny, or");
  EXPECT_EQ(error("verdict == \"banana\""),
            "\"banana\"@11: 'verdict' has no value 'banana'; there are pass, drop, rate-limited, deny, or");
  EXPECT_EQ(error("class == fil"), "fil@9: 'class' has no value 'fil', did you mean 'file'?");
  EXPECT_EQ(error("args.flags & O_CREATE"),
            "O_CREATE@13: 'args.flags' has no value 'O_CREATE', did you mean 'CREATE'?");
  EXPECT_EQ(error("args.flags & BANANA"),
            "BANANA@13: 'args.flags' has no value 'BANANA'; there are CREATE, RDWR, SYNC");
  EXPECT_EQ(error("syscall == opennat"), "opennat@11: 'syscall' has no value 'opennat', did you mean 'openat'?");
  EXPECT_EQ(error("result == -ENOENTT"), "-ENOENTT@10: 'result' has no value '-ENOENTT', did you mean '-ENOENT'?");
}

TEST(FilterErrors, Patterns) {
  EXPECT_EQ(error("path ~ \"(a\""), "\"(a\"@7: the pattern is no regular expression: missing ): (a");
  EXPECT_EQ(error("path ~ \"a**\""), "\"a**\"@7: the pattern is no regular expression: bad repetition operator: **");
  EXPECT_EQ(error("path ~ \"x{2000}\""),
            "\"x{2000}\"@7: the pattern is too large: it repeats more than 1000 times or needs more than 1024 KiB; "
            "repeat less, "
            "x{1000} is a thousand times x");
  EXPECT_EQ(error("path ~ \"((a{100}){100}){100}\"").substr(0, 51),
            "\"((a{100}){100}){100}\"@7: the pattern is too large:");
}

TEST(FilterErrors, AreExplainedBelowThePlace) {
  const auto explained = [](std::string_view filter) {
    try {
      parse(filter, world_fields());
    } catch (const ExpressionError& error) {
      return explain(filter, error);
    }
    return std::string();
  };
  EXPECT_EQ(explained("count > 3 && pth == \"x\""),
            "column 14: unknown field 'pth', did you mean 'path'?\n"
            "  count > 3 && pth == \"x\"\n"
            "               ^^^");
  EXPECT_EQ(explained("count =="),
            "column 9: a value is missing behind '==', such as 4096\n"
            "  count ==\n"
            "          ^");
  // Columns are characters, not bytes.
  EXPECT_EQ(explained("path == \"\u00e4\u20ac\" && x"),
            "column 17: unknown field 'x'; there are time, duration, moved, count, pid, result, amount, failed, "
            "process, path, "
            "syscall, verdict, type, class, mode, args.flags\n"
            "  path == \"\u00e4\u20ac\" && x\n"
            "                  ^");
  const std::string front = "count == 1 && ";
  std::string many;
  for (int i = 0; i < 20; ++i) many += front;
  EXPECT_EQ(explained(many + "pth == \"x\" && " + many + "failed"),
            "column 281: unknown field 'pth', did you mean 'path'?\n"
            "  ... && count == 1 && count == 1 && count == 1 && count == 1 && pth == \"x\" && count == 1 && count == 1 "
            "&& c...\n"
            "                                                                 ^^^");
  EXPECT_EQ(explained("path == \"\xff\""),
            "column 10: this is not UTF-8; in a text the byte is \"\\xff\"\n"
            "  path == \"?\"\n"
            "           ^");
  EXPECT_EQ(explained("path == \x01"),
            "column 9: a control character; in a text it is \"\\x01\"\n"
            "  path == ?\n"
            "          ^");
}

}  // namespace
}  // namespace ebpftrace::predicate
