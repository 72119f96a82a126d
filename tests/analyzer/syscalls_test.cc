// SPDX-License-Identifier: Apache-2.0
#include "analyzer/syscalls.h"

#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace {
namespace {

TEST(Syscalls, CountsCallsErrorsAndLatency) {
  const Trace trace = script(
      "10us a read 5 dur=10ns\n11us b read -EAGAIN dur=12ns\n12us a read 5 dur=14ns\n"
      "13us a close 0 dur=1us cpu=1\n"
      "14us a syscall_999 -ENOSYS dur=3ns\n");
  EXPECT_EQ(csv(syscalls(trace)),
            "syscall,calls,errors,total_ns,min_ns,p50_ns,p99_ns,max_ns\n"
            "close,1,0,1000,1000,1000,1000,1000\n"
            "read,3,1,36,10,12,14,14\n"
            "syscall_999,1,1,3,3,3,3,3\n");
}

TEST(Syscalls, UnfinishedCallsAreCallsWithoutALatency) {
  const Trace trace = script(
      "10us a exit_group error_code=0 unfinished dur=9us\n11us a poll unfinished dur=1us\n12us a poll 1 dur=5us\n");
  EXPECT_EQ(csv(syscalls(trace)),
            "syscall,calls,errors,total_ns,min_ns,p50_ns,p99_ns,max_ns\n"
            "exit_group,1,0,9000,,,,\n"
            "poll,2,0,6000,5000,5000,5000,5000\n");
}

TEST(Syscalls, ResultsThatOnlyLookNegativeAreNoErrors) {
  const Trace trace = script("10us a mmap 0xfffffffffffff000\n11us a mmap 0xfffffffffffff001\n");
  EXPECT_EQ(csv(syscalls(trace), {"syscall", "calls", "errors"}), "syscall,calls,errors\nmmap,2,1\n");
}

}  // namespace
}  // namespace ebpftrace
