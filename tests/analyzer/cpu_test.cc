// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kJob[] =
    "0us sh getpid 1\n"
    "1ms sh fork cc:200\n"
    "2ms cc:200 exec /usr/bin/cc cc\n"
    "3ms cc:200 fork cc:200.201 thread\n"
    "4ms cc:200.201 exit 0 thread user=1ms system=1ms\n"
    "5ms cc:200 exit 0 user=3ms system=2ms\n"
    "6ms sh fork ld:300\n"
    "7ms ld:300 fork ld:300.301 thread\n"
    "8ms ld:300.301 exit 0 thread user=500us system=250us\n"
    "10ms sh exit 0 user=100us system=100us\n";

TEST(Cpu, OfProcessesAndOfThreadsOfThoseThatGoOn) {
  // cc's thread is in what cc used.
  EXPECT_EQ(csv(ask(kCpuQuestion, script(kJob)),
                {"of", "pid", "process", "user_ns", "system_ns", "cpu_ns", "run_percent", "note"}),
            "of,pid,process,user_ns,system_ns,cpu_ns,run_percent,note\n"
            "process,200,cc,3000000,2000000,5000000,50,\n"
            "process,300,ld,500000,250000,750000,7.5,not ended: only threads that did\n"
            "process,100,sh,100000,100000,200000,2,\n");
}

TEST(Cpu, ByKeysOfWhatIsAskedFor) {
  const trace::Trace trace = script(kJob);
  EXPECT_EQ(csv(ask(kCpuQuestion, trace, {.by = {"last_thread"}}), {"last_thread", "user_ns", "system_ns", "wall_ns"}),
            "last_thread,user_ns,system_ns,wall_ns\ntrue,3100000,2100000,\nfalse,500000,250000,\n");
  EXPECT_EQ(csv(ask(kCpuQuestion, trace, {.filter = "process == \"cc\""}), {"pid", "cpu_ns"}),
            "pid,cpu_ns\n200,5000000\n");
  // A share of the part that was asked for.
  EXPECT_EQ(csv(ask(kCpuQuestion, trace, {.from = "4500us", .to = "9500us"}), {"pid", "cpu_ns", "run_percent"}),
            "pid,cpu_ns,run_percent\n200,5000000,100\n300,750000,15\n");
}

TEST(Cpu, TheMachineByItsCounters) {
  const trace::Trace trace = script(
      "metrics 1s cpu=0 interval_ns=1s user_ns=505ms system_ns=5ms\n"
      "metrics 1s cpu=1 interval_ns=1s user_ns=95ms system_ns=-\n"
      "metrics 2s cpu=0 interval_ns=1s user_ns=250ms system_ns=1ms\n"
      "2s sh exit 0 user=1ms system=1ms\n");
  EXPECT_EQ(
      csv(ask(kCpuQuestion, trace), {"of", "pid", "user_ns", "system_ns", "run_percent"}),
      "of,pid,user_ns,system_ns,run_percent\nmachine,,755000000,6000000,38.05\nprocess,100,1000000,1000000,0.1\n");
  EXPECT_EQ(csv(ask(kCpuQuestion, trace, {.to = "1500ms"}), {"of", "user_ns"}), "of,user_ns\nmachine,505000000\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
