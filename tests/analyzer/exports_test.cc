// SPDX-License-Identifier: Apache-2.0
// The list of exports, the wire format, and which bytes went from whom to whom; tests/exports reads what comes out.
#include <gtest/gtest.h>

#include <set>

#include "analyzer/exports/export.h"
#include "analyzer/exports/passages.h"
#include "analyzer/exports/protobuf.h"
#include "tests/analyzer/exported.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

TEST(Exports, AreFoundByTheirNames) {
  std::set<std::string_view> names;
  for (const Export* one : all_exports()) {
    names.insert(one->name);
    EXPECT_EQ(find_export(one->name), one);
    EXPECT_FALSE(one->help.empty());
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"chrome", "csv", "folded", "html", "pcapng", "perfetto"}));
  EXPECT_EQ(find_export("flames"), nullptr);
}

TEST(Exports, WireFormatIsThatOfProtobuf) {
  ProtobufMessage inner, message;
  inner.number(1, 150);  // the encoding guide's own examples
  EXPECT_EQ(inner.bytes(), "\x08\x96\x01");
  message.text(2, "testing");
  EXPECT_EQ(message.bytes(), "\x12\x07testing");
  message.clear();
  message.message(3, inner);
  EXPECT_EQ(message.bytes(), "\x1a\x03\x08\x96\x01");
  message.clear();
  message.number(4, UINT64_MAX);
  EXPECT_EQ(message.bytes(), std::string("\x20") + std::string(9, '\xff') + "\x01");
  message.clear();
  message.fixed(47, 1);
  EXPECT_EQ(message.bytes(), std::string("\xf9\x02\x01\0\0\0\0\0\0\0", 10));
}

TEST(Exports, FoldedNamesTheProcessesAboveAtTheirTime) {
  EXPECT_EQ(
      exported(script("10us make:1.1 getpid 1 dur=5us\n20us make:1.1 fork sh:2\n30us sh:2.2 getpid 1 dur=7us\n"
                      "40us sh:2.2 exec /bin/cc cc\n50us cc:2.2 getpid 1 dur=11us\n60us cc:2.2 getuid 1 dur=2us\n"),
               "folded"),
      "make;cc;getpid 11000\nmake;cc;getuid 2000\nmake;getpid 5000\nmake;sh;getpid 7000\n");
}

TEST(Exports, FoldedNamesCannotMakeALineOfTheirOwn) {
  EXPECT_EQ(exported(script("10us \"a;b\\n9 9\" getpid 1 dur=5us\n"), "folded"), "a,b\\x0a9 9;getpid 5000\n");
}

TEST(Exports, CsvHasTheFieldsOfEachRelationThatHasRows) {
  const std::string text = exported(small_script("10us a:1.1 getpid 1 dur=5us\n20us a exit 3\n"), "csv");
  EXPECT_NE(text.find("--- syscalls.csv\ntime_ns,"), std::string::npos) << text;
  EXPECT_NE(text.find("--- exits.csv\n"), std::string::npos);
  EXPECT_NE(text.find("--- processes.csv\n"), std::string::npos);
  EXPECT_EQ(text.find("--- forks.csv\n"), std::string::npos);
  EXPECT_EQ(text.find("--- events.csv\n"), std::string::npos);
}

TEST(Exports, StopEndsThem) {
  std::string calls;
  for (int i = 0; i < 3000; ++i) calls += std::to_string(10 + i) + "us a:1.1 getpid 1 dur=1us\n";
  const trace::Trace trace = small_script(calls);
  std::stop_source stop;
  stop.request_stop();
  for (const Export* one : all_exports()) {
    KeptExport kept;
    EXPECT_TRUE(run_export(*one, Session(trace), {.stop = stop.get_token()}, kept).stopped) << one->name;
  }
  KeptExport kept;
  run_export(*find_export("chrome"), Session(trace), {.stop = stop.get_token()}, kept);
  EXPECT_LT(kept.text.size(), 2000u);
}

std::vector<std::array<uint64_t, 3>> passages(const trace::Trace& trace, std::string_view filter = {},
                                              size_t most = Passages::kMostTransfers) {
  const Session session(trace);
  const Passages found(session, choose(*session.relation("events"), filter, {}), Watch(), most);
  std::vector<std::array<uint64_t, 3>> list;
  for (const Passage& one : found.all())
    list.push_back({(one.write_ns - kScriptStartNs) / 1000, (one.read_ns - kScriptStartNs) / 1000,
                    (one.passed_ns - kScriptStartNs) / 1000});
  return list;
}

TEST(Passages, OnlyBetweenCallsThatPass) {
  const trace::Trace trace = small_script(
      "10us a:1.1 write 4 file=pipe:[7] type=fifo dur=1us\n20us a:1.1 write 4 file=pipe:[7] type=fifo dur=1us\n"
      "30us b:2.2 read 4 file=pipe:[7] type=fifo dur=1us\n40us b:2.2 read 4 file=pipe:[7] type=fifo dur=1us\n");
  EXPECT_EQ(passages(trace), (std::vector<std::array<uint64_t, 3>>{{10, 30, 30}, {20, 40, 40}}));
  // The bytes of the first are still taken by the first.
  EXPECT_EQ(passages(trace, "time >= 20us"), (std::vector<std::array<uint64_t, 3>>{{20, 40, 40}}));
}

TEST(Passages, WhatIsNotKeptIsSaid) {
  const trace::Trace trace = small_script(
      "10us a:1.1 write 4 file=pipe:[7] type=fifo dur=1us\n20us b:2.2 read 4 file=pipe:[7] type=fifo dur=1us\n"
      "30us a:1.1 write 4 file=pipe:[7] type=fifo dur=1us\n40us b:2.2 read 4 file=pipe:[7] type=fifo dur=1us\n");
  EXPECT_EQ(passages(trace, {}, 2).size(), 1u);
  ASSERT_EQ(trace.shortfalls().list().size(), 1u);
  EXPECT_NE(trace.shortfalls().list()[0].find("more transfers"), std::string::npos);
}

TEST(Passages, SendfileReadsFromOneAndWritesToTheOther) {
  EXPECT_EQ(passages(script("10us a:1.1 write 4 file=pipe:[7] type=fifo dur=1us\n"
                            "20us b:2.2 splice 4 file=pipe:[7] type=fifo file2=/tmp/x dur=1us\n"
                            "30us c:3.3 read 4 file=/tmp/x dur=1us\n")),
            (std::vector<std::array<uint64_t, 3>>{{10, 20, 20}}));
}

// Two clients of one server: who connects first is accepted first.
constexpr char kUnixServer[] =
    "10us c:1.1 socket family=1 type=1 3 file=socket:[1] type=socket local=unix transport=stream\n"
    "11us c:1.1 connect fd=3 0 file=socket:[1] type=socket local=unix remote=/run/x transport=stream dur=1us\n"
    "12us d:2.2 socket family=1 type=1 3 file=socket:[2] type=socket local=unix transport=stream\n"
    "13us d:2.2 connect fd=3 0 file=socket:[2] type=socket local=unix remote=/run/x transport=stream dur=1us\n"
    "14us c:1.1 write fd=3 4 file=socket:[1] type=socket dur=1us\n"
    "15us d:2.2 write fd=3 4 file=socket:[2] type=socket dur=1us\n"
    "20us s:9.9 accept fd=3 4 file=socket:[4] type=socket local=/run/x transport=stream file2=socket:[3] dur=1us\n"
    "22us s:9.9 accept fd=3 5 file=socket:[5] type=socket local=/run/x transport=stream file2=socket:[3] dur=1us\n"
    "30us s:9.9 read fd=5 4 file=socket:[5] type=socket dur=1us\n"
    "32us s:9.9 read fd=4 4 file=socket:[4] type=socket dur=1us\n"
    "40us s:9.9 write fd=4 7 file=socket:[4] type=socket dur=1us\n"
    "42us c:1.1 read fd=3 7 file=socket:[1] type=socket dur=1us\n";

TEST(Passages, ThroughUnixSocketsByWhoWasAcceptedWhen) {
  EXPECT_EQ(passages(script(kUnixServer)),
            (std::vector<std::array<uint64_t, 3>>{{14, 32, 32}, {15, 30, 30}, {40, 42, 42}}));
}

TEST(Passages, WhereMoreWasReadThanWrittenTheEndsAreNotThese) {
  // Another client, which is not recorded, was accepted first: nothing is said of what came through there.
  const std::string text = std::string(kUnixServer) + "50us s:9.9 read fd=4 100 file=socket:[4] type=socket dur=1us\n";
  EXPECT_EQ(passages(script(text)), (std::vector<std::array<uint64_t, 3>>{{15, 30, 30}}));
}

TEST(Passages, AnAcceptBeforeAnybodyWhoIsRecordedConnectedIsOfAnother) {
  const std::string text =
      "5us s:9.9 accept fd=3 6 file=socket:[6] type=socket local=/run/x transport=stream file2=socket:[3] dur=1us\n" +
      std::string(kUnixServer);
  EXPECT_EQ(passages(script(text)).size(), 3u);
}

TEST(Passages, ThroughASocketPairAndToADatagramSocket) {
  EXPECT_EQ(passages(script("running pid=1 ppid=0 threads=1 comm=a\n"
                            "0us a:1.1 getpid 1\n"
                            "5us a:1.1 socketpair 0 fds=3,4\n"
                            "6us a:1.1 fork b:2\n"
                            "10us a:1.1 write fd=3 4 file=socket:[1] type=socket local=unix transport=stream dur=1us\n"
                            "20us b:2 read fd=4 4 file=socket:[2] type=socket local=unix transport=stream dur=1us\n"
                            "30us b:2 write fd=4 6 file=socket:[2] type=socket dur=1us\n"
                            "40us a:1.1 read fd=3 6 file=socket:[1] type=socket dur=1us\n")),
            (std::vector<std::array<uint64_t, 3>>{{10, 20, 20}, {30, 40, 40}}));
  EXPECT_EQ(passages(script(
                "10us a:1.1 write fd=3 4 file=socket:[1] type=socket local=unix remote=@log transport=dgram dur=1us\n"
                "20us b:2.2 read fd=4 4 file=socket:[2] type=socket local=@log transport=dgram dur=1us\n")),
            (std::vector<std::array<uint64_t, 3>>{{10, 20, 20}}));
}

}  // namespace
}  // namespace ebpftrace::analyzer
