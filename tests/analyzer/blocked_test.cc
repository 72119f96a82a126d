// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kWaits[] =
    "10us sh wait4 200 dur=90us\n"
    "20us cc:200 read fd=3 count=9 9 file=pipe:[7] type=fifo dur=40us\n"
    "25us cc:200 read fd=3 count=9 0 file=pipe:[7] type=fifo dur=20us\n"
    "30us as:201 write fd=1 count=9 9 file=pipe:[7] type=fifo dur=5us\n"
    "40us web:300 recvfrom fd=4 10 file=socket:[8] type=socket local=192.0.2.1:80 remote=192.0.2.9:4000 dur=7us\n"
    "50us web:300 read fd=5 count=9 9 file=/etc/passwd dur=1s\n"
    "60us web:300 read fd=6 count=8 unfinished file=anon_inode:[eventfd] type=anon dur=30us\n"
    "70us web:300 futex op=0x80 -ETIMEDOUT dur=3us\n"
    "80us web:300 futex op=0x81 1 dur=1s\n"
    "90us web:300 close fd=5 0 dur=1s\n";

TEST(Blocked, ByCallFileAndPeer) {
  EXPECT_EQ(csv(ask(kBlockedQuestion, script(kWaits))),
            "syscall,path,peer,calls,errors,total_ns,p50_ns,p99_ns,max_ns,longest_pid,longest_process\n"
            "wait4,,,1,0,90000,90000,90000,90000,100,sh\n"
            "read,pipe:[7],as 201,2,0,60000,20000,40000,40000,200,cc\n"
            "read,anon_inode:[eventfd],,1,0,30000,,,,300,web\n"
            "recvfrom,TCP:[192.0.2.1:80->192.0.2.9:4000],192.0.2.9:4000,1,0,7000,7000,7000,7000,300,web\n"
            "write,pipe:[7],cc 200,1,0,5000,5000,5000,5000,201,as\n"
            "futex,,,1,1,3000,3000,3000,3000,300,web\n");
}

TEST(Blocked, ByOtherKeysOfWhatIsAskedFor) {
  const trace::Trace trace = script(kWaits);
  EXPECT_EQ(csv(ask(kBlockedQuestion, trace, {.by = {"process"}}), {"process", "calls", "total_ns", "max_ns"}),
            "process,calls,total_ns,max_ns\nsh,1,90000,90000\ncc,2,60000,40000\nweb,3,40000,7000\nas,1,5000,5000\n");
  EXPECT_EQ(csv(ask(kBlockedQuestion, trace, {.filter = "file_type == \"fifo\"", .from = "25us"}),
                {"syscall", "calls", "total_ns"}),
            "syscall,calls,total_ns\nread,1,20000\nwrite,1,5000\n");
}

TEST(Blocked, AWaitThatASignalInterruptedGoesOnInRestartSyscall) {
  EXPECT_EQ(csv(ask(kBlockedQuestion, script("10us sh nanosleep -EINTR dur=5us\n20us sh restart_syscall 0 dur=9us\n")),
                {"syscall", "total_ns"}),
            "syscall,total_ns\nrestart_syscall,9000\nnanosleep,5000\n");
}

TEST(Blocked, AcceptWaitsAtTheSocketThatListens) {
  EXPECT_EQ(csv(ask(kBlockedQuestion, script("10us web accept fd=3 4 file=socket:[9] type=socket local=192.0.2.1:80 "
                                             "remote=192.0.2.9:4000 file2=socket:[8] dur=5us\n")),
                {"syscall", "path", "peer"}),
            "syscall,path,peer\naccept,socket:[8],\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
