// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/top_io.h"

#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

TEST(TopIo, RanksByBytesAndKeepsTheLossBeside) {
  const trace::Trace trace = script(
      "10us cat read fd=3 count=4096 4096\n"
      "20us dd write fd=1 count=65536 65536\n"
      "lost cpu1 3\n");
  const TopIo answer = top_io(trace);
  EXPECT_EQ(csv(answer, {"process", "read_bytes", "write_bytes"}),
            "process,read_bytes,write_bytes\ndd,0,65536\ncat,4096,0\n");
  EXPECT_TRUE(answer.coverage.complete);
  EXPECT_TRUE(answer.coverage.lost_known);
  EXPECT_EQ(answer.coverage.lost, 3u);
}

TEST(TopIo, CountsCallsErrorsAndTime) {
  const trace::Trace trace = script(
      "10us cat read fd=3 count=100 60 dur=5us\n"
      "20us cat read fd=3 count=100 0 dur=1us\n"
      "30us cat read fd=9 count=100 -EBADF dur=2us\n"
      "40us cat write fd=1 count=60 60 dur=10us\n"
      "50us cat pread64 fd=3 count=10 10 dur=1us\n"
      "60us cat close fd=3 0 dur=1s\n"
      "70us cat read fd=0 unfinished dur=3us\n");
  EXPECT_EQ(csv(top_io(trace)),
            "pid,process,reads,read_bytes,writes,write_bytes,errors,io_time_ns,read_p99_ns,write_p99_ns,"
            "io_uring,note,peeked_bytes\n100,cat,5,70,1,60,1,22000,5000,10000,0,,0\n");
}

TEST(TopIo, ACallThatBeganBeforeMovesBytesButHasNoLatency) {
  const trace::Trace trace =
      script("10us cat read 6 began-before dur=9us\n20us cat read 4 dur=2us\n30us cat write 3 began-before dur=1us\n");
  EXPECT_EQ(
      csv(top_io(trace), {"reads", "read_bytes", "writes", "write_bytes", "io_time_ns", "read_p99_ns", "write_p99_ns"}),
      "reads,read_bytes,writes,write_bytes,io_time_ns,read_p99_ns,write_p99_ns\n2,10,1,3,12000,2000,\n");
}

TEST(TopIo, NumbersThatOnlyEndLikeAReadMoveNothing) {
  // 0x30000 ends like read and 0x10001 like write; 0x40000000 is x32's read, 0x40000203 its readv, and 0x40000013 none.
  const trace::Trace trace = script(
      "10us a syscall_0x30000 5\n20us a syscall_0x10001 5\n30us a syscall_0x40000000 6\n40us a syscall_0x40000203 7\n"
      "50us a syscall_0x40000013 8\n60us a syscall_0x40000000 9 32bit\n70us a syscall_0xffffffff 10\n");
  EXPECT_EQ(csv(top_io(trace), {"reads", "read_bytes", "writes", "write_bytes"}),
            "reads,read_bytes,writes,write_bytes\n2,13,0,0\n");
}

TEST(TopIo, WhatMovesBytesBetweenFilesIsReadAndWritten) {
  const trace::Trace trace = script("10us cp copy_file_range fd_in=3 fd_out=4 len=500 500 dur=7us\n");
  EXPECT_EQ(csv(top_io(trace), {"reads", "read_bytes", "writes", "write_bytes", "io_time_ns"}),
            "reads,read_bytes,writes,write_bytes,io_time_ns\n1,500,1,500,7000\n");
}

TEST(TopIo, BytesOfMessagesAreNotTheirNumber) {
  const trace::Trace trace = script(
      "10us dns sendmmsg 3 moved=300\n"
      "20us dns recvmmsg 2 moved=80\n"
      "30us dns recvmmsg -EAGAIN\n"
      "40us dns recvfrom 1500 moved=100\n");
  EXPECT_EQ(csv(top_io(trace), {"reads", "read_bytes", "writes", "write_bytes", "errors", "peeked_bytes"}),
            "reads,read_bytes,writes,write_bytes,errors,peeked_bytes\n3,180,1,300,1,0\n");
}

TEST(TopIo, WhatWasOnlyLookedAtCountsApart) {
  const trace::Trace trace = script(
      "10us cat recvfrom 1000 peeked=1000\n"
      "20us cat recvmmsg 2 peeked=70\n"
      "30us cat recvfrom 1000\n"
      "40us cat tee fdin=3 fdout=4 len=50 50\n");
  EXPECT_EQ(csv(top_io(trace), {"reads", "read_bytes", "writes", "write_bytes", "peeked_bytes"}),
            "reads,read_bytes,writes,write_bytes,peeked_bytes\n4,1000,1,50,1120\n");
}

TEST(TopIo, VmspliceReadsFromAPipesOtherEnd) {
  const trace::Trace trace = script("10us cat vmsplice fd=4 9\n20us cat vmsplice fd=3 5 reversed\n");
  EXPECT_EQ(csv(top_io(trace), {"reads", "read_bytes", "writes", "write_bytes"}),
            "reads,read_bytes,writes,write_bytes\n1,5,1,9\n");
}

// What no recorder writes, a file may say: as sums do, rows count no direction of it.
TEST(TopIo, ACallBothWaysThatIsReversedHasNoDirection) {
  const trace::Trace trace = script(
      "10us cat sendfile out_fd=1 in_fd=3 count=7 7 file=/a file2=/b reversed\n"
      "20us cat read fd=3 count=5 5 file=/a\n");
  for (const Reading reading : {Reading::kRows, Reading::kSummaries})
    EXPECT_EQ(csv(top_io(trace, {.reading = reading}), {"reads", "read_bytes", "writes", "write_bytes"}),
              "reads,read_bytes,writes,write_bytes\n1,5,0,0\n");
}

TEST(TopIo, ThreadsOfAProcessAreOneRowAndAReusedPidIsAnother) {
  const trace::Trace trace = script(
      "10us srv:50 read 10\n"
      "11us srv:50.51 read 20\n"
      "20us srv:50 exit 0\n"
      "30us sh fork new:50\n"
      "31us new:50 read 5\n");
  EXPECT_EQ(csv(top_io(trace), {"pid", "process", "reads", "read_bytes"}),
            "pid,process,reads,read_bytes\n50,srv,2,30\n50,new,1,5\n");
}

TEST(TopIo, TheNameIsTheLatest) {
  const trace::Trace trace = script("10us sh fork child\n11us child exec /bin/cat cat\n12us child read 7\n");
  EXPECT_EQ(csv(top_io(trace), {"pid", "process", "read_bytes"}), "pid,process,read_bytes\n101,cat,7\n");
}

TEST(TopIo, ThirtyTwoBitCallsUseTheirOwnTable) {
  // Number 3 is close in one table and read in the other; number 0 is read and restart_syscall.
  const trace::Trace trace = script("10us old close 77 32bit\n20us old read 99 32bit\n");
  EXPECT_EQ(csv(top_io(trace), {"reads", "read_bytes"}), "reads,read_bytes\n1,77\n");
}

TEST(TopIo, PercentilesAreNearEnough) {
  std::string text;
  for (int i = 1; i <= 1000; ++i)
    text += std::to_string(i) + "us cat read 1 dur=" + std::to_string(i) + "us cpu=" + std::to_string(i % 3) + "\n";
  const TopIo answer = top_io(script(text));
  ASSERT_EQ(answer.rows.size(), 1u);
  ASSERT_TRUE(answer.rows[0].read_p99_ns);
  EXPECT_NEAR(static_cast<double>(*answer.rows[0].read_p99_ns), 990e3, 990e3 / 31);
  EXPECT_FALSE(answer.rows[0].write_p99_ns);
}

TEST(TopIo, LimitKeepsTheFirstAndSaysHowManyThereWere) {
  const TopIo answer = top_io(script("1us a read 1\n2us b read 3\n3us c read 2\n"), 2);
  EXPECT_EQ(csv(answer, {"process"}), "process\nb\nc\n");
  EXPECT_EQ(answer.processes, 3u);
}

TEST(TopIo, JsonIsTheContract) {
  EXPECT_EQ(
      json(top_io(script("10us cat read fd=3 count=4096 4096 dur=2us\n"))),
      "{\"table\": \"top_io\", \"complete\": true, \"lost\": 0, \"columns\": ["
      "{\"name\": \"pid\", \"unit\": \"\"}, {\"name\": \"process\", \"unit\": \"\"}, "
      "{\"name\": \"reads\", \"unit\": \"\"}, {\"name\": \"read_bytes\", \"unit\": \"bytes\"}, "
      "{\"name\": \"writes\", \"unit\": \"\"}, {\"name\": \"write_bytes\", \"unit\": \"bytes\"}, "
      "{\"name\": \"errors\", \"unit\": \"\"}, {\"name\": \"io_time_ns\", \"unit\": \"ns\"}, "
      "{\"name\": \"read_p99_ns\", \"unit\": \"ns\"}, {\"name\": \"write_p99_ns\", \"unit\": \"ns\"}, "
      "{\"name\": \"io_uring\", \"unit\": \"\"}, {\"name\": \"note\", \"unit\": \"\"}, "
      "{\"name\": \"peeked_bytes\", \"unit\": \"bytes\"}], \"rows\": [\n"
      "  {\"pid\": 100, \"process\": \"cat\", \"reads\": 1, \"read_bytes\": 4096, \"writes\": 0, \"write_bytes\": 0, "
      "\"errors\": 0, \"io_time_ns\": 2000, \"read_p99_ns\": 2000, \"write_p99_ns\": null, \"io_uring\": 0, "
      "\"note\": null, \"peeked_bytes\": 0}\n]}\n");
}

TEST(TopIo, WithoutAClosingAccountTheLossIsUnknown) {
  const TopIo answer = top_io(script("10us cat read 1\nno end\n"));
  EXPECT_FALSE(answer.coverage.complete);
  EXPECT_FALSE(answer.coverage.lost_known);
  EXPECT_NE(json(answer).find("\"complete\": false, \"lost\": null"), std::string::npos);
  EXPECT_EQ(answer.rows.size(), 1u);
}

}  // namespace
}  // namespace ebpftrace::analyzer
