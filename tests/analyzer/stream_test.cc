// SPDX-License-Identifier: Apache-2.0
#include "analyzer/api/stream.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "analyzer/api/event_rows.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

std::string stream(const trace::Trace& trace, const std::string& target, bool hex = false,
                   const std::vector<std::string>& columns = {"time_ns", "pid", "fd", "call", "way", "side",
                                                              "offset_bytes", "bytes", "gap", "data"}) {
  Asked asked;
  asked.argument = target;
  if (hex) asked.options["hex"] = "";
  return csv(ask(kStreamQuestion, trace, asked), columns);
}
constexpr char kHead[] = "time_ns,pid,fd,call,way,side,offset_bytes,bytes,gap,data\n";

TEST(Stream, ThroughAPipeWriterAndReader) {
  const trace::Trace trace = script(
      "10us w:5 write fd=4 count=5 5 file=pipe:[1] type=fifo data=hello\n"
      "15us w:5 write fd=4 count=9 9 file=pipe:[2] type=fifo data=elsewhere\n"
      "20us r:6 read fd=3 count=100 3 file=pipe:[1] type=fifo data=hel dur=2us\n"
      "30us r:6 read fd=3 count=100 2 file=pipe:[1] type=fifo data=lo\n"
      "40us w:5 writev fd=4 vlen=2 6 file=pipe:[1] type=fifo data=abc/defg\n");  // a short write
  const std::string all = std::string(kHead) +
                          "10000,5,4,write,through,written,0,5,,hello\n"
                          "22000,6,3,read,through,read,0,3,,hel\n"
                          "31000,6,3,read,through,read,3,2,,lo\n"
                          "40000,5,4,writev,through,written,5,3,,abc\n"
                          "40000,5,4,writev,through,written,8,3,,def\n";
  EXPECT_EQ(stream(trace, "5:4"), all);
  EXPECT_EQ(stream(trace, "6:3"), all);
}

TEST(Stream, BothWaysOfAConnectionWithBothEnds) {
  const std::string ours = " file=socket:[1] type=socket local=10.0.0.1:5 remote=10.0.0.2:80 transport=stream",
                    theirs = " file=socket:[2] type=socket local=10.0.0.2:80 remote=10.0.0.1:5 transport=stream";
  const trace::Trace trace =
      script("10us c:5 sendto fd=4 len=3 3" + ours + " data=get\n" + "20us s:6 recvfrom fd=7 size=99 3" + theirs +
             " data=get\n" + "30us s:6 write fd=7 count=2 2" + theirs + " data=ok\n" + "40us c:5 read fd=4 count=9 2" +
             ours + " data=ok\n");
  const std::string from_client = std::string(kHead) +
                                  "10000,5,4,sendto,out,written,0,3,,get\n"
                                  "21000,6,7,recvfrom,out,read,0,3,,get\n"
                                  "30000,6,7,write,in,written,0,2,,ok\n"
                                  "41000,5,4,read,in,read,0,2,,ok\n";
  EXPECT_EQ(stream(trace, "5:4"), from_client);
  EXPECT_EQ(stream(trace, "10.0.0.1:5"), from_client);
  EXPECT_EQ(stream(trace, "10.0.0.2:80", true, {"way", "side", "data"}),
            "way,side,data\nin,written,67 65 74\nin,read,67 65 74\nout,written,6f 6b\nout,read,6f 6b\n");
}

TEST(Stream, GapsSayHowMuchAndWhy) {
  const trace::Trace trace = script(
      "10us w:5 write fd=4 count=5 5 file=pipe:[1] type=fifo\n"
      "20us w:5 write fd=4 count=9 9 file=pipe:[1] type=fifo data=front\n"
      "30us w:5 splice fd_in=3 fd_out=4 len=7 7 file=/a file2=pipe:[1] type2=fifo data=never\n"
      "40us w:5 write fd=4 count=9 -EPIPE file=pipe:[1] type=fifo data=failed\n");
  EXPECT_EQ(stream(trace, "5:4", false, {"offset_bytes", "bytes", "gap", "data"}),
            "offset_bytes,bytes,gap,data\n"
            "0,5,not recorded,\n"
            "5,5,,front\n"
            "10,4,not recorded,\n"
            "14,7,not recorded,\n");
}

TEST(Stream, ASocketPairIsFoundByItsUse) {
  const trace::Trace trace = script(
      "running pid=5 ppid=1 threads=1 comm=a\n"
      "0us a:5 getpid 5\n"
      "5us a:5 socketpair 0 fds=3,4\n"
      "10us a:5 fork b:6\n"
      "20us a:5 write fd=3 count=2 2 file=socket:[1] type=socket data=hi\n"
      "30us b:6 read fd=4 count=9 2 file=socket:[2] type=socket data=hi\n");
  EXPECT_EQ(stream(trace, "5:3", false, {"pid", "way", "side", "data"}),
            "pid,way,side,data\n5,out,written,hi\n6,out,read,hi\n");
}

TEST(Stream, OfAUnixConnectionOnlyTheOtherEndIsBesideIt) {
  std::string text;
  for (const char* client : {"c:1.1", "d:2.2"}) {
    const bool first = client[0] == 'c';
    const std::string file = first ? "socket:[1]" : "socket:[2]", at = first ? "1" : "2";
    text += at + "0us " + client + " socket family=1 type=1 3 file=" + file +
            " type=socket local=unix transport=stream\n" + at + "1us " + client + " connect fd=3 0 file=" + file +
            " type=socket local=unix remote=/run/x transport=stream dur=1us\n" + at + "2us " + client +
            " write fd=3 count=2 2 file=" + file + " type=socket data=" + (first ? "hi" : "yo") + "\n";
  }
  text +=
      "30us s:9 accept fd=3 4 file=socket:[4] type=socket local=/run/x transport=stream file2=socket:[3] dur=1us\n"
      "31us s:9 accept fd=3 5 file=socket:[5] type=socket local=/run/x transport=stream file2=socket:[3] dur=1us\n"
      "40us s:9 read fd=4 count=9 2 file=socket:[4] type=socket data=hi\n"
      "41us s:9 read fd=5 count=9 2 file=socket:[5] type=socket data=yo\n";
  const trace::Trace trace = script(text);
  EXPECT_EQ(stream(trace, "9:4", false, {"pid", "way", "side", "data"}),
            "pid,way,side,data\n1,in,written,hi\n9,in,read,hi\n");
  EXPECT_EQ(stream(trace, "2:3", false, {"pid", "way", "side", "data"}),
            "pid,way,side,data\n2,out,written,yo\n9,out,read,yo\n");
}

TEST(Stream, OfAMomentADescriptorIsWhatItWasThen) {
  const trace::Trace trace = script(
      "5us w:5 openat filename=/a 4 file=/a\n"
      "10us w:5 write fd=4 count=1 1 file=/a data=a\n"
      "20us w:5 close fd=4 0 file=/a\n"
      "30us w:5 openat filename=/b 4 file=/b\n"
      "40us w:5 write fd=4 count=1 1 file=/b data=b\n"
      "50us w:5 openat filename=/c 4 file=/c\n");
  const auto data_at = [&](const char* at) {
    Asked asked;
    asked.argument = "5:4";
    if (at) asked.options["at"] = at;
    return csv(ask(kStreamQuestion, trace, asked), {"data", "name"});
  };
  EXPECT_EQ(data_at(nullptr), "data,name\nb,/b\n");
  EXPECT_EQ(data_at("10us"), "data,name\na,/a\n");
  EXPECT_EQ(data_at("25us"), "data,name\na,/a\n");  // closed since: the last that it was
  EXPECT_EQ(data_at("35us"), "data,name\nb,/b\n");
  EXPECT_EQ(data_at("1us"), "data,name\na,/a\n");  // not used yet: what it is first
  EXPECT_EQ(data_at("60us"), "data,name\n");       // /c, through which nothing went
}

TEST(Stream, TheDescriptorOfAnEvent) {
  const trace::Trace trace = script(
      "10us w:5 write fd=4 count=5 5 file=pipe:[1] type=fifo\n"
      "20us w:5 getpid 5\n"
      "30us w:5 openat filename=/a 7 file=/a\n"
      "40us w:5 openat filename=/b -ENOENT\n"
      "50us w:5 fork x:6\n");
  const Session session(trace);
  EventRows rows(session, "", std::nullopt, std::nullopt);
  ASSERT_TRUE(rows.count());
  std::vector<std::string> found;
  for (const EventRow& row : rows.read(0, 10)) {
    const auto of = descriptor_of(session, row.ref);
    found.push_back(of ? fmt::format("{}:{}", of->pid, of->fd) : "-");
  }
  EXPECT_EQ(found, (std::vector<std::string>{"5:4", "-", "5:7", "-", "-"}));
  EXPECT_FALSE(descriptor_of(session, EventRef{0, 999, 0}));
  EXPECT_FALSE(descriptor_of(session, EventRef{0, rows.read(0, 1).front().ref.frame, 999}));
}

TEST(Stream, AListOfThem) {
  const std::string ours = " file=socket:[1] type=socket local=10.0.0.1:5 remote=10.0.0.2:80 transport=stream",
                    theirs = " file=socket:[2] type=socket local=10.0.0.2:80 remote=10.0.0.1:5 transport=stream";
  const trace::Trace trace =
      script("10us c:5 sendto fd=4 len=300 300" + ours + "\n" + "20us s:6 recvfrom fd=7 size=300 300" + theirs + "\n" +
             "30us s:6 write fd=1 count=500 500 file=/log\n" + "40us s:6 read fd=3 count=9 9 file=/log\n" +
             "50us c:5 read fd=9 count=9 -EBADF\n" + "60us c:5 getpid 5\n");
  const Session session(trace);
  const auto totals = list_streams(session, 10);
  ASSERT_EQ(totals.size(), 2u);
  EXPECT_EQ(totals[0].written_bytes, 300u);
  EXPECT_EQ(totals[0].read_bytes, 300u);
  EXPECT_EQ(totals[0].processes.size(), 2u);
  EXPECT_FALSE(totals[0].is_file);
  EXPECT_EQ(totals[1].name, "/log");
  EXPECT_TRUE(totals[1].is_file);
  EXPECT_EQ(totals[1].written_bytes, 500u);
  EXPECT_EQ(totals[1].read_bytes, 9u);
  EXPECT_EQ(totals[1].pid, 6u);
  EXPECT_EQ(totals[1].fd, 3u);
  EXPECT_EQ(list_streams(session, 1).size(), 1u);
}

TEST(Stream, WhatThereIsNotIsAnError) {
  const trace::Trace trace = script("10us w:5 write fd=4 count=5 5 file=pipe:[1] type=fifo\n");
  const auto error = [&](const std::string& target) -> std::string {
    try {
      stream(trace, target);
    } catch (const AskError& refused) {
      return refused.what();
    }
    return "";
  };
  EXPECT_EQ(error("5:9"), "--stream 5:9: process 5 did not use descriptor 9 within the recording");
  EXPECT_EQ(error("6:9"), "--stream 6:9: there is no process 6 in this recording (--tree lists them)");
  EXPECT_EQ(error("10.0.0.1:80"),
            "--stream 10.0.0.1:80: neither PID:FD nor the address of a recorded socket (--ss lists them)");
}

}  // namespace
}  // namespace ebpftrace::analyzer
