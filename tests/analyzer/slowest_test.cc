// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/script.h"
#include "trace/read/summaries.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kCalls[] =
    "10us sh openat filename=/a 3 file=/a dur=3us\n"
    "20us cat:200 read fd=3 count=9 9 file=/a dur=70us\n"
    "30us cat:200 nanosleep 0 dur=2ms\n"
    "40us sh wait4 unfinished dur=9ms\n"
    "50us sh read 1 began-before no-arguments dur=5us\n"
    "60us cat:200 close fd=3 0 file=/a dur=70us\n";

TEST(Slowest, TheLongestFirstWithArgumentsAndResult) {
  EXPECT_EQ(csv(ask(kSlowestQuestion, script(kCalls)), {"duration_ns", "time_ns", "pid", "process", "syscall", "args",
                                                        "result", "result_text", "path", "unfinished", "began_before"}),
            "duration_ns,time_ns,pid,process,syscall,args,result,result_text,path,unfinished,began_before\n"
            "9000000,40000,100,sh,wait4,\"0, NULL, 0, NULL\",,?,,true,false\n"
            "2000000,30000,200,cat,nanosleep,\"NULL, NULL\",0,0,,false,false\n"
            "70000,20000,200,cat,read,\"3</a>, NULL, 9\",9,9,/a,false,false\n"
            "70000,60000,200,cat,close,3</a>,0,0,/a,false,false\n"
            "5000,50000,100,sh,read,?,1,1,,false,true\n"
            "3000,10000,100,sh,openat,\"0, \"\"/a\"\", O_RDONLY\",3,3</a>,/a,false,false\n");
}

TEST(Slowest, SoManyOfWhatPasses) {
  const trace::Trace trace = script(kCalls);
  auto durations = [&](const Asked& asked) { return csv(ask(kSlowestQuestion, trace, asked), {"duration_ns"}); };
  EXPECT_EQ(durations({.limit = 2}), "duration_ns\n9000000\n2000000\n");
  EXPECT_EQ(ask(kSlowestQuestion, trace, {.limit = 2}).all_rows, 6u);
  EXPECT_EQ(durations({.filter = "process == \"cat\"", .limit = 2}), "duration_ns\n2000000\n70000\n");
  EXPECT_EQ(ask(kSlowestQuestion, trace, {.filter = "process == \"cat\"", .limit = 2}).all_rows, 3u);
  EXPECT_EQ(durations({.from = "50us"}), "duration_ns\n70000\n5000\n");
  EXPECT_EQ(durations({.filter = "pid == 9"}), "duration_ns\n");
  EXPECT_EQ(durations({.sort = "time", .limit = 2}), "duration_ns\n3000\n70000\n");
}

TEST(Slowest, PeopleSeeTheCall) {
  const std::string lines = text(ask(kSlowestQuestion, script(kCalls), {.limit = 3}));
  EXPECT_EQ(lines,
            "DURATION        BEGAN  PID  PROCESS  CALL\n"
            "  9.00ms  0.000040000  100  sh       wait4(0, NULL, 0, NULL) = ? <unfinished>\n"
            "  2.00ms  0.000030000  200  cat      nanosleep(NULL, NULL) = 0\n"
            "  70.0µs  0.000020000  200  cat      read(3</a>, NULL, 9) = 9\n"
            "(3 more; -n 0 shows all)\n");
}

TEST(Slowest, SummariesSayWhereToLook) {
  // Blocks of short calls, with a few long ones here and there.
  std::string lines = "small header\n";
  std::mt19937 random(7);
  uint64_t now = 1000;
  for (unsigned i = 0; i < 60'000; ++i) {
    const bool is_long = i % 5000 == 4321;
    const uint64_t took = is_long ? 1'000'000 + 1000 * i : 200 + random() % 5000;
    lines += fmt::format("{}ns cat {} dur={}ns\n", now,
                         is_long ? "nanosleep 0" : fmt::format("read fd=3 count=4096 {}", random() % 4096), took);
    now += took + 100;
    if (i % 5000 == 0) lines += "flush\n";
  }
  const trace::Trace trace = script(lines);
  size_t units = 0;
  for (uint32_t i = 0; i < trace.frames().size(); ++i) {
    trace::SummaryReader reader(trace);
    if (!trace.frames()[i].is(trace::FrameKind::kSummary) || !reader.load_facts(i)) continue;
    for (const trace::UnitFacts& unit : reader.units()) units += unit.has_long_calls;
  }
  EXPECT_GT(units, 1u);
  for (const size_t limit : {1u, 5u, 12u, 13u, 40u}) {
    const std::string rows = csv(ask(kSlowestQuestion, trace, {.limit = limit, .reading = Reading::kRows}));
    EXPECT_EQ(csv(ask(kSlowestQuestion, trace, {.limit = limit})), rows) << limit;
    EXPECT_EQ(ask(kSlowestQuestion, trace, {.limit = limit}).all_rows, 60'000u);
  }
  EXPECT_EQ(csv(ask(kSlowestQuestion, trace, {.limit = 2}), {"duration_ns"}), "duration_ns\n60321000\n55321000\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
