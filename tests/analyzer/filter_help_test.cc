// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "analyzer/api/call_statistics.h"
#include "analyzer/api/command_line.h"
#include "analyzer/api/filter.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kWorld[] =
    "10us cat read fd=3 count=4096 4096 file=/etc/passwd dur=3us\n"
    "20us dd write fd=1 count=65536 -EPIPE cpu=1 dur=100us\n"
    "30us cat openat filename=\"a b\" 3 file=/home/a dur=1ms\n"
    "40us sh wait4 unfinished\n";

TEST(FilterHelp, SaysWhereItIsWrong) {
  const trace::Trace trace = script(kWorld);
  const Session session(trace);
  EXPECT_FALSE(check_filter(session, "events", "duration > 1ms && path ~ \"^/etc\""));
  EXPECT_FALSE(check_filter(session, "events", ""));
  const auto error = check_filter(session, "events", "failed && pth == \"x\"");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->offset, 10u);
  EXPECT_EQ(error->length, 3u);
  EXPECT_NE(error->message.find("path"), std::string::npos);
  EXPECT_TRUE(check_filter(session, "events", "duration >"));
  EXPECT_FALSE(check_filter(session, *find_question("tree"), "exit_code > 0"));
  EXPECT_TRUE(check_filter(session, *find_question("tree"), "duration > 1ms"));
}

TEST(FilterHelp, ConditionsAreAsTheyWereWritten) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(filter_conditions(""), Texts{});
  EXPECT_EQ(filter_conditions("  failed  "), Texts{"failed"});
  EXPECT_EQ(filter_conditions("failed && duration>1ms and !(a == 1 && b == 2)"),
            (Texts{"failed", "duration>1ms", "!(a == 1 && b == 2)"}));
  EXPECT_EQ(filter_conditions("a == \"x && y\" && b in {1, 2}"), (Texts{"a == \"x && y\"", "b in {1, 2}"}));
  EXPECT_EQ(filter_conditions("a == 1 || b == 2 && c == 3"), Texts{"a == 1 || b == 2 && c == 3"});
  EXPECT_EQ(all_of(Texts{"a == 1 || b == 2", "c"}), "(a == 1 || b == 2) && c");
  EXPECT_EQ(all_of(Texts{"a == 1 or b == 2"}), "a == 1 or b == 2");
  EXPECT_EQ(all_of(Texts{"", " ", "c"}), "c");
  for (const char* filter : {"failed && duration>1ms", "a == 1 || b == 2", "(a == 1 || b == 2) && !c"})
    EXPECT_EQ(all_of(filter_conditions(filter)), filter);
}

TEST(FilterHelp, ValuesAreQuoted) {
  const trace::Trace trace = script(kWorld);
  const Session session(trace);
  auto only = [&](const char* field, const Cell& value) {
    return condition_for(session, "events", field, value, false).value_or("-");
  };
  EXPECT_EQ(only("process", std::string("a\"b\n\x1b[31m")), R"(process == "a\"b\n\x1b[31m")");
  EXPECT_EQ(only("path", std::string("/\xff")), R"(path == "/\xff")");
  EXPECT_EQ(only("failed", true), "failed");
  EXPECT_EQ(only("failed", false), "!failed");
  EXPECT_EQ(*condition_for(session, "events", "failed", true, true), "!failed");
  EXPECT_EQ(only("pid", uint64_t{7}), "pid == 7");
  EXPECT_EQ(only("result", int64_t{-2}), "result == -2");
  EXPECT_EQ(only("error", std::string("ENOENT")), "error == ENOENT");
  EXPECT_EQ(only("nonsense", uint64_t{7}), "-");
  EXPECT_EQ(only("pid", Cell()), "-");
}

TEST(FilterHelp, CompletesFieldsAndValues) {
  const trace::Trace trace = script(kWorld);
  const Session session(trace);
  auto has = [&](const char* text, const char* choice) {
    const FilterChoices choices = complete_filter(session, "events", text, std::string_view(text).size());
    return std::any_of(choices.choices.begin(), choices.choices.end(),
                       [&](const FilterChoice& one) { return one.text == choice; });
  };
  EXPECT_TRUE(has("dura", "duration"));
  EXPECT_TRUE(has("error == ENO", "ENOENT"));
  EXPECT_TRUE(has("failed && pro", "process"));
  EXPECT_TRUE(has("process == ", "\"cat\""));
  EXPECT_TRUE(has("process == \"d", "\"dd\""));
  EXPECT_TRUE(has("path == \"/etc", "\"/etc/passwd\""));
}

TEST(CommandLine, HasWhatWasAsked) {
  Asked asked;
  asked.filter = "path == \"it's\"";
  asked.from = moment_text(1'500'000'000);
  asked.to = moment_text(2'000'000'001);
  asked.by = {"process", "syscall"};
  asked.sort = "calls";
  asked.descending = true;
  EXPECT_EQ(
      command_line(std::vector<std::string>{"a b.trace", "-x"}, *find_question("syscalls"), asked),
      "ebpf-analyze 'a b.trace' ./-x --syscalls --filter 'path == \"it'\\''s\"' --from 1500ms --to 2000000001ns --by "
      "process,syscall --sort -calls -n 0");
  EXPECT_EQ(command_line(std::vector<std::string>{"t"}, *find_question("tree"), {}), "ebpf-analyze t --tree");
  EXPECT_EQ(moment_text(-5), "0ns");
}

TEST(CallStatistics, OfAllAndOfSome) {
  const trace::Trace trace = script(kWorld);
  const Session session(trace);
  const CallStatistics all = call_statistics(session, {});
  EXPECT_EQ(all.calls, 4u);
  EXPECT_EQ(all.errors, 1u);
  EXPECT_EQ(all.unfinished, 1u);
  EXPECT_EQ(all.read_bytes, 4096u);
  EXPECT_EQ(all.write_bytes, 0u);
  EXPECT_EQ(*all.min_ns, 3000u);
  EXPECT_EQ(*all.max_ns, 1'000'000u);
  uint64_t in_octaves = 0;
  for (const auto& octave : all.octaves)
    for (const uint64_t calls : octave.calls) in_octaves += calls;
  EXPECT_EQ(in_octaves, 3u);
  EXPECT_EQ(all.octaves.front().from_ns, 2048u);
  EXPECT_EQ(all.octaves.back().from_ns, 524'288u);
  Asked some;
  some.filter = "process == \"dd\"";
  EXPECT_EQ(call_statistics(session, some).calls, 1u);
  some.filter = "process == \"nobody\"";
  const CallStatistics none = call_statistics(session, some);
  EXPECT_EQ(none.calls, 0u);
  EXPECT_FALSE(none.p50_ns);
  EXPECT_TRUE(none.octaves.empty());
}

}  // namespace
}  // namespace ebpftrace::analyzer
