// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

std::string of(const std::string& lines, Asked asked = {}, const std::vector<std::string>& columns = {}) {
  return csv(ask(kMemoryQuestion, script(lines), asked), columns);
}

TEST(Memory, WhatCallsMappedAndWhatWasThereAtOnce) {
  // 3 pages; the middle one replaced by one of a file; then all but the last go, and a page that never was. 4097 bytes are 2 pages.
  EXPECT_EQ(of("10us cat mmap len=12288 flags=0x22 0x10000\n"
               "20us cat mmap addr=0x11000 len=4096 flags=0x12 fd=3 0x11000 file=/lib\n"
               "30us cat munmap addr=0x10000 len=8192 0\n"
               "40us cat munmap addr=0x50000 len=4096 0\n"
               "50us cat mmap len=4097 flags=0x22 0x20000\n"
               "60us cat mmap len=4096 flags=0x22 -ENOMEM\n"
               "70us cat brk 0x100000\n"
               "80us cat brk brk=0x104000 0x104000\n"
               "90us cat exit 0 rss=8192 minor=3 major=1\n"),
            "pid,process,mapped_bytes,unmapped_bytes,file_bytes,heap_bytes,peak_bytes,max_rss_bytes,minor_faults,"
            "major_faults,calls\n"
            "100,cat,24576,12288,4096,16384,28672,8192,3,1,7\n");
}

TEST(Memory, MremapMovesAndGrows) {
  EXPECT_EQ(of("10us cat mmap len=8192 flags=0x22 0x10000\n"
               "20us cat mremap addr=0x10000 old_len=8192 new_len=16384 flags=1 0x90000\n"
               "30us cat mremap addr=0x90000 old_len=16384 new_len=4096 0x90000\n"
               "40us cat munmap addr=0x90000 len=4096 0\n"
               "50us cat mmap len=4096 flags=0x22 0x10000\n",
               {}, {"mapped_bytes", "unmapped_bytes", "peak_bytes", "max_rss_bytes"}),
            "mapped_bytes,unmapped_bytes,peak_bytes,max_rss_bytes\n20480,16384,16384,\n");
}

TEST(Memory, MremapMayLeaveWhatItMoved) {
  // MREMAP_MAYMOVE|MREMAP_DONTUNMAP
  EXPECT_EQ(of("10us cat mmap len=8192 flags=0x22 0x10000\n"
               "20us cat mremap addr=0x10000 old_len=8192 new_len=8192 flags=5 0x90000\n",
               {}, {"mapped_bytes", "unmapped_bytes", "peak_bytes"}),
            "mapped_bytes,unmapped_bytes,peak_bytes\n16384,0,16384\n");
}

TEST(Memory, SaysHowManyMoreThereAre) {
  const trace::Trace trace = script(
      "10us a:200 mmap len=8192 flags=0x22 0x10000\n"
      "15us b:201 mmap len=4096 flags=0x22 0x10000\n"
      "20us c:202 mmap len=4096 flags=0x22 0x10000\n");
  EXPECT_EQ(ask(kMemoryQuestion, trace).all_rows, 3);
  EXPECT_EQ(text(ask(kMemoryQuestion, trace)).find("more; -n 0"), std::string::npos);
  EXPECT_NE(text(ask(kMemoryQuestion, trace, {.limit = 2})).find("(1 more; -n 0 shows all)\n"), std::string::npos);
}

TEST(Memory, AnExecBeginsAnew) {
  EXPECT_EQ(of("10us sh mmap len=40960 flags=0x22 0x10000\n"
               "20us sh brk 0x100000\n"
               "30us sh exec /bin/cat cat\n"
               "40us sh mmap len=8192 flags=0x22 0x90000\n"
               "50us sh brk 0x900000\n"
               "60us sh brk brk=0x901000 0x901000\n",
               {.from = "25us"}, {"mapped_bytes", "heap_bytes", "peak_bytes"}),
            "mapped_bytes,heap_bytes,peak_bytes\n8192,4096,12288\n");
  EXPECT_EQ(of("10us sh mmap len=40960 flags=0x22 0x10000\n"
               "30us sh exec /bin/cat cat\n"
               "40us sh mmap len=8192 flags=0x22 0x90000\n",
               {}, {"mapped_bytes", "peak_bytes"}),
            "mapped_bytes,peak_bytes\n49152,40960\n");
}

TEST(Memory, AForkedHeapEndsWhereItsParentsDoes) {
  EXPECT_EQ(of("10us sh brk 0x100000\n"
               "20us sh fork cat:200\n"
               "30us cat:200 brk brk=0x102000 0x102000\n",
               {}, {"pid", "heap_bytes", "peak_bytes"}),
            "pid,heap_bytes,peak_bytes\n100,0,0\n200,8192,8192\n");
}

TEST(Memory, ByKeysOfWhatIsAskedFor) {
  const std::string lines =
      "10us a:200 mmap len=4096 flags=0x22 0x10000\n"
      "20us a:201 mmap len=8192 flags=0x22 0x10000\n"
      "30us b:202 mmap len=4096 flags=0x22 0x10000\n"
      "40us a:200 exit 0 rss=4096 minor=1\n"
      "50us a:201 exit 0 rss=12288 minor=2\n";
  EXPECT_EQ(of(lines, {.by = {"process"}}, {"process", "mapped_bytes", "peak_bytes", "max_rss_bytes", "minor_faults"}),
            "process,mapped_bytes,peak_bytes,max_rss_bytes,minor_faults\na,12288,8192,12288,3\nb,4096,4096,,\n");
  EXPECT_EQ(of(lines, {.filter = "pid == 202"}, {"pid", "calls"}), "pid,calls\n202,1\n");
  EXPECT_EQ(of(lines, {.filter = "pid == 202 or pid == 200", .to = "30us"}, {"pid", "calls"}), "pid,calls\n200,1\n");
}

TEST(Memory, OverTimeWhatWasInUseWhenAStretchEndedAndTheMostInIt) {
  const std::string lines =
      "10us a:200 mmap len=8192 flags=0x22 0x10000\n"
      "15us a:200 munmap addr=0x10000 len=4096 0\n"
      "20us a:201 mmap len=4096 flags=0x22 0x10000\n"
      "35us a:200 munmap addr=0x11000 len=4096 0\n"
      "36us a:201 exit 0 rss=12288 minor=2 major=1\n"
      "40us a:200 brk 0x100000\n";
  EXPECT_EQ(
      of(lines, {.options = {{"bucket", "10us"}}},
         {"pid", "time_ns", "in_use_bytes", "mapped_bytes", "unmapped_bytes", "peak_bytes", "max_rss_bytes", "calls"}),
      "pid,time_ns,in_use_bytes,mapped_bytes,unmapped_bytes,peak_bytes,max_rss_bytes,calls\n"
      "201,20000,4096,4096,0,4096,,1\n"
      "201,30000,0,0,0,4096,12288,0\n"
      "200,10000,4096,8192,4096,8192,,2\n"
      "200,30000,0,0,4096,4096,,1\n"
      "200,40000,0,0,0,0,,1\n");
  // Together: a page more before anything went.
  EXPECT_EQ(of(lines, {.by = {"process"}, .options = {{"bucket", "20us"}}},
               {"process", "time_ns", "in_use_bytes", "peak_bytes", "minor_faults"}),
            "process,time_ns,in_use_bytes,peak_bytes,minor_faults\n"
            "a,0,4096,8192,\na,20000,0,8192,2\na,40000,0,0,\n");
  // -n is of processes, in an order of one's own of rows.
  EXPECT_EQ(of(lines, {.limit = 1, .options = {{"bucket", "10us"}}}, {"pid", "time_ns"}),
            "pid,time_ns\n201,20000\n201,30000\n");
  EXPECT_EQ(of(lines, {.sort = "unmapped_bytes", .descending = true, .limit = 1, .options = {{"bucket", "10us"}}},
               {"pid", "time_ns"}),
            "pid,time_ns\n200,10000\n");
}

TEST(Memory, OverTimeIsDrawnAsWhatHolds) {
  const std::string lines =
      "10us a:200 mmap len=8192 flags=0x22 0x10000\n"
      "15us a:200 munmap addr=0x10000 len=4096 0\n"
      "20us a:201 mmap len=4096 flags=0x22 0x10000\n"
      "35us a:200 munmap addr=0x11000 len=4096 0\n"
      "36us a:201 exit 0\n"
      "40us a:200 brk 0x100000\n";
  auto drawn = [&](const char* bucket) {
    return text(ask(kMemoryQuestion, script(lines), {.options = {{"bucket", bucket}}}), 60);
  };
  EXPECT_EQ(drawn("10us"),
            "a column is 2us\n"
            "200 a              █████▄▄▄▄▄▄▄▄▄▄       most 8.00KiB\n"
            "201 a                   ██████████       most 4.00KiB\n"
            "              0ns               50.0µs\n");
  // Two stretches share a column: the most of both.
  EXPECT_EQ(drawn("1us"),
            "a column is 2us\n"
            "200 a              ███▄▄▄▄▄▄▄▄▄▄     most 8.00KiB\n"
            "201 a                   █████████    most 4.00KiB\n"
            "              0ns           42.0µs\n");
}

TEST(Memory, OverTimeWhatLivedWithinAStretchIsDrawn) {
  EXPECT_EQ(text(ask(kMemoryQuestion,
                     script("1us a:200 mmap len=8192 flags=0x22 0x10000\n"
                            "5us a:200 exit 0\n"
                            "15us b:201 getpid 1\n"),
                     {.options = {{"bucket", "10us"}}}),
                 60),
            "a column is 1250ns\n"
            "200 a         ████████          most 8.00KiB\n"
            "              0ns      20.0µs\n");
}

TEST(Memory, OverTimeAnExecGivesBackWhatItsProcessHad) {
  EXPECT_EQ(of("10us sh mmap len=40960 flags=0x22 0x10000\n"
               "30us sh exec /bin/cat cat\n"
               "40us cat mmap len=8192 flags=0x22 0x90000\n",
               {.by = {"process"}, .options = {{"bucket", "10us"}}}, {"process", "time_ns", "in_use_bytes"}),
            "process,time_ns,in_use_bytes\n"
            "sh,10000,40960\nsh,30000,0\ncat,40000,8192\n");
}

TEST(Memory, OverTimeACallThatChangesNothingLeavesWhatWasInUse) {
  EXPECT_EQ(of("10us a mmap len=8192 flags=0x22 0x10000\n"
               "30us a munmap addr=0x90000 len=4096 0\n",
               {.options = {{"bucket", "10us"}}}, {"time_ns", "in_use_bytes", "peak_bytes"}),
            "time_ns,in_use_bytes,peak_bytes\n10000,8192,8192\n30000,8192,8192\n");
}

TEST(Memory, ColumnsOverTimeAreThereWithABucketOnly) {
  const auto trace = script("10us a mmap len=8192 flags=0x22 0x10000\n");
  EXPECT_THROW(ask(kMemoryQuestion, trace, {.columns = {"in_use_bytes"}}), AskError);
  EXPECT_THROW(ask(kMemoryQuestion, trace, {.columns = {"no_such"}, .options = {{"bucket", "10us"}}}), AskError);
  EXPECT_THROW(ask(kMemoryQuestion, trace, {.options = {{"bucket", "10"}}}), AskError);
}

}  // namespace
}  // namespace ebpftrace::analyzer
