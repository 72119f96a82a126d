// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/metrics.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kTwoCpus[] =
    "metrics 1s cpu=0 interval_ns=500ms syscalls=100 cycles=- instructions=- user_ns=100ms idle_ns=400ms runnable=2 "
    "ring_peak_bytes=10 recorder_ns=50ms\n"
    "metrics 1s cpu=1 interval_ns=500ms syscalls=300 cycles=- instructions=- user_ns=200ms idle_ns=300ms runnable=1 "
    "ring_peak_bytes=30 lost=2\n"
    "metrics 2s cpu=0 interval_ns=1s syscalls=- cycles=1000 instructions=2500\n"
    "metrics 2s cpu=1 interval_ns=1s syscalls=- cycles=- instructions=- runnable=-\n";

TEST(Metrics, AddsUpTheCpus) {
  const trace::Trace trace = script(kTwoCpus);
  EXPECT_EQ(csv(metrics(trace), {"time_ns", "cpu", "interval_ns", "syscalls_per_s", "ipc", "user_percent",
                                 "idle_percent", "runnable", "ring_peak_bytes", "lost", "recorder_percent"}),
            "time_ns,cpu,interval_ns,syscalls_per_s,ipc,user_percent,idle_percent,runnable,ring_peak_bytes,lost,"
            "recorder_percent\n"
            "1000000000,,500000000,800,,30,70,3,30,2,10\n"
            "2000000000,,1000000000,,2.5,0,0,0,0,0,0\n");
}

TEST(Metrics, ByCpu) {
  const trace::Trace trace = script(kTwoCpus);
  EXPECT_EQ(csv(metrics(trace, {.by = {"cpu"}}), {"time_ns", "cpu", "syscalls_per_s", "cycles_per_s", "runnable"}),
            "time_ns,cpu,syscalls_per_s,cycles_per_s,runnable\n"
            "1000000000,0,200,,2\n"
            "1000000000,1,600,,1\n"
            "2000000000,0,,1000,0\n"
            "2000000000,1,,,\n");
}

TEST(Metrics, WarnsPastThresholds) {
  const trace::Trace trace = script(kTwoCpus);
  const Result answer = metrics(trace, {.warn = {"syscalls/s>700", "runnable <= 0", "syscalls>=400"}});
  EXPECT_EQ(answer.warnings(),
            (std::vector<std::string>{"at 1.000000000: syscalls/s 800 > 700", "at 1.000000000: syscalls 400 >= 400",
                                      "at 2.000000000: runnable 0 <= 0"}));
  EXPECT_EQ(csv(answer, {"warnings"}), "warnings\n\"syscalls/s 800 > 700, syscalls 400 >= 400\"\nrunnable 0 <= 0\n");
  // What is not available passes no threshold.
  const Result by_cpu = metrics(trace, {.by = {"cpu"}, .warn = {"syscalls<1000"}});
  ASSERT_EQ(by_cpu.warnings().size(), 2u);
  EXPECT_EQ(by_cpu.warnings()[0], "at 1.000000000, CPU 0: syscalls 100 < 1000");
  // By default of losses.
  EXPECT_EQ(metrics(trace).warnings().at(0), "at 1.000000000: lost 2 > 0");
  // -n leaves rows out, not what is wrong; a filter and a range say what is meant.
  EXPECT_EQ(metrics(trace, {.limit = 1, .warn = {"runnable<=0"}}).warnings().size(), 1u);
  EXPECT_EQ(metrics(trace, {.filter = "runnable > 0", .warn = {"runnable<=0"}}).warnings().size(), 0u);
  EXPECT_THROW(metrics(trace, {.warn = {"syscals>1"}}), AskError);
  EXPECT_THROW(metrics(trace, {.by = {"process"}}), AskError);
}

TEST(Metrics, Thresholds) {
  EXPECT_EQ(parse_threshold("context_switches / s >= 50k").text(), "context-switches/s>=50000");
  EXPECT_EQ(parse_threshold("user>90%").text(), "user>90");
  EXPECT_EQ(parse_threshold("ipc<0.5").value, 0.5);
  for (const char* wrong :
       {"", "syscalls", "syscalls>", "syscalls>x", "syscals>1", ">1", "runnable/s>1", "syscalls=1", "syscalls>1kk"})
    EXPECT_THROW(parse_threshold(wrong), std::invalid_argument) << wrong;
}

TEST(Metrics, AreNoEvents) {
  const trace::Trace trace = script(std::string(kTwoCpus) + "10us cat read 1\n");
  EXPECT_EQ(summarise(trace).events, 1u);
  EXPECT_EQ(event_lines(trace).find("metrics"), std::string::npos);
}

TEST(Metrics, ATraceWithoutAny) {
  const Result answer = metrics(script("10us cat read 1\n"));
  EXPECT_EQ(answer.rows(), 0u);
  EXPECT_TRUE(answer.warnings().empty());
  EXPECT_TRUE(answer.notes.empty());
}

}  // namespace
}  // namespace ebpftrace::analyzer
