// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/syscalls.h"

#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

TEST(Syscalls, CountsCallsErrorsAndLatency) {
  const trace::Trace trace = script(
      "10us a read 5 dur=10ns\n11us b read -EAGAIN dur=12ns\n12us a read 5 dur=14ns\n"
      "13us a close 0 dur=1us cpu=1\n"
      "14us a syscall_999 -ENOSYS dur=3ns\n");
  EXPECT_EQ(csv(syscalls(trace)),
            "syscall,calls,errors,total_ns,min_ns,p50_ns,p99_ns,max_ns\n"
            "close,1,0,1000,1000,1000,1000,1000\n"
            "read,3,1,36,10,12,14,14\n"
            "syscall_0x3e7,1,1,3,3,3,3,3\n");
}

TEST(Syscalls, UnfinishedCallsAreCallsWithoutALatency) {
  const trace::Trace trace = script(
      "10us a exit_group error_code=0 unfinished dur=9us\n11us a poll unfinished dur=1us\n12us a poll 1 dur=5us\n");
  EXPECT_EQ(csv(syscalls(trace)),
            "syscall,calls,errors,total_ns,min_ns,p50_ns,p99_ns,max_ns\n"
            "exit_group,1,0,9000,,,,\n"
            "poll,2,0,6000,5000,5000,5000,5000\n");
}

TEST(Syscalls, ResultsThatOnlyLookNegativeAreNoErrors) {
  const trace::Trace trace = script("10us a mmap 0xfffffffffffff000\n11us a mmap 0xfffffffffffff001\n");
  EXPECT_EQ(csv(syscalls(trace), {"syscall", "calls", "errors"}), "syscall,calls,errors\nmmap,2,1\n");
}

TEST(Syscalls, CallsThatBeganBeforeAreCallsWithoutALatency) {
  const trace::Trace trace =
      script("10us a read 6 began-before dur=9us\n20us a read -EIO began-before dur=1us\n30us a read 1 dur=5us\n");
  EXPECT_EQ(csv(syscalls(trace)),
            "syscall,calls,errors,total_ns,min_ns,p50_ns,p99_ns,max_ns\n"
            "read,3,1,15000,5000,5000,5000,5000\n");
}

TEST(Syscalls, NumbersAreWhole) {
  // 0x10027 and 0x30000 end like getpid and read; 0x40000027 is getpid of x32, 0x40000203 its readv, for which 64-bit
  // programs have another number, which x32 does not have.
  const trace::Trace trace = script(
      "10us a getpid 7\n11us a syscall_0x10027 -ENOSYS\n12us a syscall_0x30000 -ENOSYS\n13us a syscall_0xffffffff "
      "-ENOSYS\n"
      "14us a syscall_0x40000027 -ENOSYS\n15us a syscall_0x40000203 5\n16us a syscall_0x40000013 -ENOSYS\n"
      "17us a syscall_0x40000027 -ENOSYS 32bit\n18us a syscall_0x10027 -ENOSYS 32bit\n");
  EXPECT_EQ(csv(syscalls(trace), {"syscall", "calls", "errors"}),
            "syscall,calls,errors\nsyscall_0x10027,2,2\ngetpid,1,0\nsyscall_0x30000,1,1\nsyscall_0x40000013,1,1\n"
            "syscall_0x40000027,1,1\nsyscall_0xffffffffffffffff,1,1\nx32:getpid,1,1\nx32:readv,1,0\n");
}

TEST(Syscalls, ATraceOfManyUnknownNumbersHasAnAnswerOfBoundedSize) {
  std::string text;
  for (unsigned i = 0; i < 5000; ++i) text += "10us a syscall_" + std::to_string(100000 + i) + " -ENOSYS\n";
  const trace::Trace trace = script(text);
  const Syscalls answer = syscalls(trace);
  EXPECT_LE(answer.names, 1024 * 8 + 1);
  uint64_t calls = 0;
  for (const SyscallRow& row : answer.rows) calls += row.calls;
  EXPECT_EQ(calls, 5000);
  EXPECT_NE(csv(answer, {"syscall"}).find("(other numbers)"), std::string::npos);
}

}  // namespace
}  // namespace ebpftrace::analyzer
