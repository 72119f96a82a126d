// SPDX-License-Identifier: Apache-2.0
#include "analyzer/tables/table.h"

#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

Result two_columns(const std::vector<std::pair<std::string, uint64_t>>& rows) {
  Result result("test", {{"path", Unit::kText, "PATH"}, {"bytes", Unit::kBytes, "BYTES"}});
  for (const auto& [path, bytes] : rows) result.add({path, bytes});
  return result;
}

TEST(TextTable, AlignsAndUsesHumanUnits) {
  EXPECT_EQ(text(two_columns({{"/a", 1}, {"/longer\x1b", 1u << 20}}), 0),
            "PATH           BYTES\n"
            "/a                1B\n"
            "/longer\\x1b  1.00MiB\n");
}

TEST(TextTable, CutsTheTextColumnToTheWidthAndOnlyThen) {
  const Result table = two_columns({{"/a/very/long/path/to/something", 5}});
  EXPECT_EQ(text(table, 20), "PATH           BYTES\n/a/v…something    5B\n");
  EXPECT_EQ(text(two_columns({{"/bin/tool with arguments", 5}}), 20), "PATH           BYTES\n/bin/tool wit…    5B\n");
  EXPECT_NE(text(table, 0).find("/a/very/long/path/to/something"), std::string::npos);
}

TEST(TextTable, SaysWhatIsNotThere) {
  Result table = two_columns({{"/a", 1}});
  table.all_rows = 4;
  table.coverage.lost = 3;
  table.coverage.losses = {{"syscall", "ring full", 0, 1}, {"syscall", "ring full", 1, 2}};
  table.coverage.complete = false;
  EXPECT_EQ(text(table, 0),
            "PATH  BYTES\n/a       1B\n(3 more; -n 0 shows all)\nlost: 3: 3 syscall (ring full)\n"
            "incomplete: the trace is damaged or has no end\n");
  table.shortfalls = {"more threads are described than this program keeps"};
  EXPECT_NE(text(table, 0).find("\nshortfall: more threads are described than this program keeps\n"),
            std::string::npos);
  EXPECT_NE(
      json(table).find("\"complete\": false, \"lost\": 3, \"shortfalls\": [\"more threads are described than this "
                       "program keeps\"], \"columns\": ["),
      std::string::npos)
      << json(table);
  table.coverage.lost_known = false;
  table.coverage.lost = 0;
  EXPECT_NE(text(table, 0).find("lost: unknown"), std::string::npos);
}

TEST(Human, Bytes) {
  EXPECT_EQ(human_bytes(0), "0B");
  EXPECT_EQ(human_bytes(1023), "1023B");
  EXPECT_EQ(human_bytes(1024), "1.00KiB");
  EXPECT_EQ(human_bytes(1536), "1.50KiB");
  EXPECT_EQ(human_bytes(1023 * 1024), "1.00MiB");
  EXPECT_EQ(human_bytes(UINT64_MAX), "16.0EiB");
}

TEST(Text, OptionalColumnsMakeRoomForTexts) {
  Result table("test", {{"pid", Unit::kIdentity, "PID"},
                        {"command", Unit::kText, "COMMAND"},
                        {"threads", Unit::kNumber, "THREADS", "", Show::kIfRoom},
                        {"rss", Unit::kBytes, "MAX RSS", "", Show::kIfRoom}});
  table.add({uint64_t{12}, std::string("a command that has some length"), uint64_t{3}, uint64_t{1024}});
  auto heading = [&](size_t width) {
    const std::string out = text(table, width);
    return out.substr(0, out.find('\n'));
  };
  EXPECT_EQ(heading(0), "PID  COMMAND                         THREADS  MAX RSS");
  EXPECT_EQ(heading(48), "PID COMMAND                      THREADS MAX RSS");
  EXPECT_EQ(heading(47), "PID  COMMAND                         THREADS");
  EXPECT_EQ(heading(34), "PID COMMAND");
}

TEST(Human, Durations) {
  EXPECT_EQ(human_duration(999), "999ns");
  EXPECT_EQ(human_duration(12'345), "12.3µs");
  EXPECT_EQ(human_duration(999'600), "1.00ms");
  EXPECT_EQ(human_duration(61'000'000'000), "61.0s");
  EXPECT_EQ(human_time(-1), "-0.000000001");
  EXPECT_EQ(human_time(INT64_MIN), "-9223372036.854775808");
}

}  // namespace
}  // namespace ebpftrace::analyzer
