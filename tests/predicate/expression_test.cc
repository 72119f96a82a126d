// SPDX-License-Identifier: Apache-2.0
// What a filter means is seen in how it is written out: one form for all ways to say the same.
#include "predicate/expression.h"

#include <gtest/gtest.h>

#include "predicate/quoted.h"
#include "tests/predicate/world.h"

namespace ebpftrace::predicate {
namespace {

std::string canonical(std::string_view filter) {
  const std::string once = to_string(parse(filter, world_fields()));
  EXPECT_EQ(to_string(parse(once, world_fields())), once);
  return once;
}

TEST(Expression, BindsNotAndOr) {
  EXPECT_EQ(canonical("failed or failed and !failed"), "failed || failed && !failed");
  EXPECT_EQ(canonical("(failed || failed) && failed"), "(failed || failed) && failed");
  EXPECT_EQ(canonical("((failed && (failed)) && failed)"), "failed && failed && failed");
  EXPECT_EQ(canonical("not count == 1 and failed"), "!(count == 1) && failed");
  EXPECT_EQ(canonical("!!failed"), "failed");
  EXPECT_EQ(canonical("!(!(failed || failed))"), "failed || failed");
  EXPECT_EQ(canonical("!not!failed"), "!failed");
  EXPECT_EQ(canonical("!(failed && failed)"), "!(failed && failed)");
}

TEST(Expression, FieldsHaveManyNames) {
  EXPECT_EQ(canonical("duration>1500us"), "duration_ns > 1500us");
  EXPECT_EQ(canonical("duration_ns > 1.5ms"), "duration_ns > 1500us");
  EXPECT_EQ(canonical("proc.name==\"x\""), "process == \"x\"");
  EXPECT_EQ(canonical("moved == 4096"), "moved_bytes == 4KiB");
  EXPECT_EQ(canonical("moved == 12"), "moved_bytes == 12");
  EXPECT_EQ(parse("proc.pid == 1 || pid == 2 && failed", world_fields()).fields.size(), 2u);
}

TEST(Expression, ValuesAreWrittenForTheirKind) {
  EXPECT_EQ(canonical("count in{0x10,010,1K , 1KiB}"), "count in {16, 8, 1024, 1024}");
  EXPECT_EQ(canonical("result == -2"), "result == -2");
  EXPECT_EQ(canonical("result == -ENOENT"), "result == -ENOENT");
  EXPECT_EQ(canonical("verdict == \"drop\" || verdict == \"or\""), "verdict == drop || verdict == \"or\"");
  EXPECT_EQ(canonical("verdict == rate-limited"), "verdict == rate-limited");
  EXPECT_EQ(canonical("syscall in {read, \"x32:read\"}"), "syscall in {\"read\", \"x32:read\"}");
  EXPECT_EQ(canonical("mode & 0x40 || mode & rw || args.flags & CREATE"),
            "mode & 0x40 || mode & rw || args.flags & CREATE");
  EXPECT_EQ(canonical("failed == false || failed != true"), "failed == false || failed != true");
  EXPECT_EQ(canonical("time >= 1.5s && time<-2s&&time==@exec:make#2"),
            "time_ns >= 1500ms && time_ns < -2s && time_ns == @exec:make#2");
  EXPECT_EQ(canonical("time in 1s..@exec:make"), "time_ns in 1s..@exec:make");
  EXPECT_EQ(canonical("time > \"1.5s\""), "time_ns > 1500ms");
  EXPECT_EQ(canonical("descends_from( \"ma\\x6be\" ) || descends_from(0x10)"),
            "descends_from(\"make\") || descends_from(16)");
}

TEST(Expression, TextsAreBytes) {
  const auto text = [](std::string_view filter) { return parse(filter, world_fields()).root.condition.values[0].text; };
  EXPECT_EQ(text(R"(path == "a\x00\xffb\n\r\t\"\\")"), std::string("a\0\xff"
                                                                   "b\n\r\t\"\\",
                                                                   9));
  EXPECT_EQ(canonical(R"(path == "a\x00\xffb\n\r\t\"\\ä")"), R"(path == "a\x00\xffb\n\r\t\"\\ä")");
  // A backslash before anything but itself and a quote is the pattern's.
  EXPECT_EQ(text(R"(path ~ "\.so\\.\d\"\x41")"), R"(\.so\.\d"\x41)");
  EXPECT_EQ(canonical(R"(path ~ "\.so\\.\d\"")"), R"(path ~ "\\.so\\.\\d\"")");
}

TEST(Expression, BothAreJoined) {
  const auto joined = [](std::string_view one, std::string_view other) {
    const Expression expression = both(parse(one, world_fields()), parse(other, world_fields()));
    const std::string text = to_string(expression);
    EXPECT_EQ(to_string(parse(text, world_fields())), text);
    EXPECT_EQ(parse(text, world_fields()).fields.size(), expression.fields.size());
    return text;
  };
  EXPECT_EQ(joined("failed || pid == 1", "count == 1 && pid == 2"), "(failed || pid == 1) && count == 1 && pid == 2");
  EXPECT_EQ(joined("count == 1 && failed", "!(failed && pid == 1)"), "count == 1 && failed && !(failed && pid == 1)");
}

TEST(Expression, QuotedTextsReadBack) {
  for (const std::string bytes :
       {"", "a", "\"", "\\", "\xc3", "\xc3\xa4", "\xf0\x90\x80", "a\xed\xa0\x80z", "\x7f\n"}) {
    const std::string quoted = quote(bytes);
    EXPECT_EQ(quoted_length(quoted), quoted.size());
    EXPECT_EQ(unquote(quoted.substr(1, quoted.size() - 2)), bytes);
    EXPECT_EQ(invalid_utf8(quoted), std::string::npos) << quoted;
  }
}

}  // namespace
}  // namespace ebpftrace::predicate
