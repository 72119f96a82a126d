// SPDX-License-Identifier: Apache-2.0
#include "predicate/completion.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/predicate/world.h"

namespace ebpftrace::predicate {
namespace {

// The cursor is at the bar. "REPLACED -> CHOICE CHOICE".
std::string completed(std::string text) {
  const size_t cursor = text.find('^');
  text.erase(cursor, 1);
  const Completion completion = complete(text, cursor, world_fields());
  EXPECT_LE(completion.offset + completion.length, text.size());
  std::string out = text.substr(completion.offset, completion.length) + " ->";
  for (const auto& choice : completion.choices) out += " " + choice.text;
  return out;
}

TEST(Completion, Fields) {
  EXPECT_EQ(
      completed("^"),
      " -> time duration moved count pid result amount failed process path syscall verdict type class mode args.flags "
      "descends_from( not (");
  EXPECT_EQ(completed("p^"), "p -> pid process path");
  EXPECT_EQ(completed("pa^x == 3"), "pax -> path");
  EXPECT_EQ(completed("count == 1 && (fa^"), "fa -> failed");
  EXPECT_EQ(completed("!du^"), "du -> duration");
  EXPECT_EQ(completed("args.^"), "args. -> args.flags");
  EXPECT_EQ(completed("args.^flags & CREATE"), "args.flags -> args.flags");
  EXPECT_EQ(completed("args.f^"), "args.f -> args.flags");
  EXPECT_EQ(completed("duration_ns^"), "duration_ns -> duration_ns");
  EXPECT_EQ(completed("zzz^"), "zzz ->");
}

TEST(Completion, Operators) {
  EXPECT_EQ(completed("path ^"), " -> == != ~ !~ in < <= > >=");
  EXPECT_EQ(completed("path !^"), "! -> != !~");
  EXPECT_EQ(completed("duration ^"), " -> == != < <= > >= in");
  EXPECT_EQ(completed("failed ^"), " -> && || == !=");
  EXPECT_EQ(completed("(failed ^"), " -> && || ) == !=");
  EXPECT_EQ(completed("nothing ^"), " ->");
}

TEST(Completion, Values) {
  EXPECT_EQ(completed("verdict == ^"), " -> pass drop rate-limited deny \"or\"");
  EXPECT_EQ(completed("verdict == d^"), "d -> drop deny");
  EXPECT_EQ(completed("verdict == rate-^"), "rate- -> rate-limited");
  EXPECT_EQ(completed("verdict in ^"), " -> {");
  EXPECT_EQ(completed("verdict in {drop, de^"), "de -> deny");
  EXPECT_EQ(completed("verdict in {drop ^"), " -> , }");
  EXPECT_EQ(completed("args.flags & ^"), " -> CREATE RDWR SYNC");
  EXPECT_EQ(completed("syscall == ^"), " -> read write openat");
  EXPECT_EQ(completed("process == ^"), " -> \"make\" \"mawk\" \"a \\\"b\\\"\" \"nginx\"");
  EXPECT_EQ(completed("process == \"ma^"), "\"ma -> \"make\" \"mawk\"");
  EXPECT_EQ(completed("process == \"ma^wk\" && failed"), "\"mawk\" -> \"make\" \"mawk\"");
  EXPECT_EQ(completed("process == \"a \\\"^"), "\"a \\\" -> \"a \\\"b\\\"\"");
  EXPECT_EQ(completed("process ~ \"ma^"), "\"ma ->");
  EXPECT_EQ(completed("failed == ^"), " -> true false");
  EXPECT_EQ(completed("duration > 10^"), "10 -> 10ns 10us 10ms 10s 10min 10h 10d");
  EXPECT_EQ(completed("moved > 1.5M^"), "1.5M -> 1.5MB 1.5MiB 1.5M");
  EXPECT_EQ(completed("time > @e^"), "@e -> @exec:");
  EXPECT_EQ(completed("time in ^"), " -> { @exec: @mark:");
}

TEST(Completion, BetweenConditions) {
  EXPECT_EQ(completed("count == 1 ^"), " -> && ||");
  EXPECT_EQ(completed("(count == 1 &^"), "& -> &&");
  EXPECT_EQ(completed("(count == 1 ^"), " -> && || )");
  EXPECT_EQ(completed("count in {1} ^"), " -> && ||");
  EXPECT_EQ(completed("descends_from(1) ^"), " -> && ||");
  EXPECT_EQ(completed("descends_from(^"), " ->");
  EXPECT_EQ(completed("count == 1 && ver^ && failed"), "ver -> verdict");
}

TEST(Completion, TakesAnyText) {
  std::mt19937_64 random(3);
  const std::string_view pieces[] = {
      "path", "==", "\"a", "\"",     "&&",   "(",      ")",    "verdict",       "in",         "{", "}", ",", " ",
      "d",    "!",  "1",   "\u00e4", "\xff", "@exec:", "time", "descends_from", "args.flags", "&"};
  for (int i = 0; i < 30'000; ++i) {
    std::string text;
    for (size_t length = random() % 9; length > 0; --length) text += pieces[random() % std::size(pieces)];
    const size_t cursor = random() % (text.size() + 2);
    const Completion completion = complete(text, cursor, world_fields());
    ASSERT_LE(completion.offset + completion.length, text.size()) << text << ' ' << cursor;
    ASSERT_LE(completion.choices.size(), kMostChoices);
  }
}

}  // namespace
}  // namespace ebpftrace::predicate
