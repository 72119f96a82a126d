// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kJob[] =
    "0us sh read 5 dur=1us\n"
    "1ms sh fork cc:200\n"
    "1500us cc:200 exec /usr/bin/cc cc\n"
    "1600us cc:200 write 7 dur=3us\n"
    "1700us cc:200 read -EIO dur=8us\n"
    "2900us cc:200 exit 0\n"
    "3000us sh sendfile 100 dur=2us\n"
    "3999us sh read unfinished dur=1us\n"
    "4000us sh exit 0\n";

Result timeline(const std::string& lines, Asked asked, const std::string& bucket = "1ms") {
  if (!bucket.empty()) asked.options["bucket"] = bucket;
  return ask(kTimelineQuestion, script(lines), asked);
}

TEST(Timeline, AddsUpEachStretchOfTime) {
  EXPECT_EQ(csv(timeline(kJob, {})),
            "time_ns,events,errors,read_bytes,write_bytes,p99_ns,processes\n"
            "0,1,0,5,0,1000,1\n"
            "1000000,2,1,0,7,8000,2\n"
            "2000000,0,0,0,0,,2\n"
            "3000000,2,0,100,100,2000,1\n"
            "4000000,0,0,0,0,,1\n");
}

TEST(Timeline, ByKeysOnlyWhereThereIsSomething) {
  EXPECT_EQ(csv(timeline(kJob, {.by = {"process", "failed"}}), {"process", "failed", "time_ns", "events", "processes"}),
            "process,failed,time_ns,events,processes\n"
            "sh,false,0,1,1\nsh,false,3000000,2,1\n"
            "cc,false,1000000,1,1\ncc,true,1000000,1,1\n");
  EXPECT_EQ(
      csv(timeline("10us a:1 getpid 1\n20us b:2 getpid 2\n30us a:1 getpid 1\n40us b:2.3 getpid 2\n60us b:2 getpid 2\n",
                   {.by = {"syscall"}}, "50us"),
          {"syscall", "time_ns", "events", "processes"}),
      "syscall,time_ns,events,processes\ngetpid,0,4,2\ngetpid,50000,1,1\n");
  const Result first = timeline(kJob, {.by = {"process"}, .limit = 1});
  EXPECT_EQ(csv(first, {"process", "events"}), "process,events\nsh,1\nsh,2\n");
  EXPECT_EQ(first.more_keys, 1u);
}

TEST(Timeline, InAnOrderOfOnesOwnRowsAreCounted) {
  EXPECT_EQ(csv(timeline(kJob, {.sort = "events", .descending = true, .limit = 2}), {"time_ns", "events"}),
            "time_ns,events\n1000000,2\n3000000,2\n");
  EXPECT_EQ(csv(timeline(kJob, {.by = {"process"}, .sort = "read_bytes", .descending = true, .limit = 1}),
                {"process", "time_ns", "read_bytes"}),
            "process,time_ns,read_bytes\nsh,3000000,100\n");
}

TEST(Timeline, OfWhatIsAskedFor) {
  EXPECT_EQ(csv(timeline(kJob, {.filter = "syscall == read", .from = "1ms", .to = "2ms"}, "500us"),
                {"time_ns", "events", "errors"}),
            "time_ns,events,errors\n1000000,0,0\n1500000,1,1\n");
  // Stretches count from --from on.
  EXPECT_EQ(csv(timeline(kJob, {.from = "900us"}, "2ms"), {"time_ns", "events"}),
            "time_ns,events\n900000,2\n2900000,2\n");
}

TEST(Timeline, AsManyStretchesAsAPictureCanHave) {
  const Result result = timeline("0us sh getpid 1\n1999ms sh getpid 1\n", {}, "");
  EXPECT_EQ(result.rows(), 200u);
  EXPECT_EQ(csv(result, {"time_ns"}).substr(0, 26), "time_ns\n0\n10000000\n2000000");
  EXPECT_EQ(timeline("0us sh getpid 1 dur=0ns\n", {}, "").rows(), 1u);
  EXPECT_EQ(timeline("", {}, "").rows(), 1u);
}

std::string refusal(const std::string& bucket) {
  try {
    timeline(kJob, {}, bucket);
  } catch (const AskError& error) {
    return error.what();
  }
  return "";
}

TEST(Timeline, SaysWhatBucketsWouldDo) {
  for (const char* text : {"10", "0ms", "-1ms", "fast", "1KiB"})
    EXPECT_EQ(refusal(text), "--bucket: '" + std::string(text) + "' is no length of time such as 10ms, 1s, 500us");
  EXPECT_EQ(refusal("1ns"),
            "--bucket: that makes 4000001 stretches of time, more than 65536; 100ns or longer would do");
}

TEST(Timeline, IsDrawnForPeople) {
  EXPECT_EQ(text(timeline(kJob, {}), 60),
            "a column is 200us\n"
            "                █████     █████\n"
            "           ▄▄▄▄▄█████     █████       most 2\n"
            "events     ██████████     █████       5 in all\n"
            "                █████                 most 1\n"
            "errors          █████                 1 in all\n"
            "                          █████       most 100B\n"
            "read       ▁▁▁▁▁          █████       105B in all\n"
            "                          █████       most 100B\n"
            "written         ▁▁▁▁▁     █████       107B in all\n"
            "                █████\n"
            "p99 (log)  ▁▁▁▁▁█████     ▆▆▆▆▆       most 8.00µs\n"
            "                ██████████\n"
            "processes  █████████████████████████  most 2\n"
            "           0ns                5.00ms\n");
  EXPECT_EQ(text(timeline(kJob, {.by = {"process"}}), 60),
            "a column is 200us\n"
            "sh            ▄▄▄▄▄          █████       3 calls\n"
            "cc                 █████                 2 calls\n"
            "              0ns                5.00ms\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
