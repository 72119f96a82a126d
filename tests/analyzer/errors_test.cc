// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kFailures[] =
    "10us sh openat filename=/a -ENOENT dur=1us\n"
    "20us cat:200 openat filename=/a -ENOENT dur=2us\n"
    "30us cat:200 openat filename=/a -EACCES dur=3us\n"
    "40us cat:200 openat filename=/a 3 file=/a dur=9us\n"
    "50us cat:200 read fd=3 count=9 -EIO file=/a dur=4us\n"
    "60us cat:200 read fd=3 count=9 unfinished file=/a dur=5us\n"
    "70us sh openat filename=/a -ENOENT dur=6us\n"
    "80us sh getpid -ENOSYS\n"
    "90us sh read fd=0 count=1 -512 dur=7us\n";

TEST(Errors, ByCallErrorAndPath) {
  EXPECT_EQ(csv(ask(kErrorsQuestion, script(kFailures))),
            "syscall,error,path,errors,processes,first_ns,last_ns,total_ns,first_pid,first_process\n"
            "openat,ENOENT,/a,3,2,10000,70000,9000,100,sh\n"
            "read,ERESTARTSYS,,1,1,90000,90000,7000,100,sh\n"
            "read,EIO,/a,1,1,50000,50000,4000,200,cat\n"
            "openat,EACCES,/a,1,1,30000,30000,3000,200,cat\n"
            "getpid,ENOSYS,,1,1,80000,80000,1000,100,sh\n");
}

TEST(Errors, ByOtherKeys) {
  const trace::Trace trace = script(kFailures);
  EXPECT_EQ(csv(ask(kErrorsQuestion, trace, {.by = {"process", "error"}}), {"process", "error", "errors", "processes"}),
            "process,error,errors,processes\nsh,ENOENT,2,1\nsh,ERESTARTSYS,1,1\ncat,EIO,1,1\ncat,EACCES,1,1\n"
            "cat,ENOENT,1,1\nsh,ENOSYS,1,1\n");
  EXPECT_EQ(csv(ask(kErrorsQuestion, trace, {.by = {"pid"}}), {"pid", "errors", "total_ns"}),
            "pid,errors,total_ns\n100,4,15000\n200,3,9000\n");
}

TEST(Errors, OfWhatIsAskedFor) {
  const trace::Trace trace = script(kFailures);
  const std::vector<std::string> columns = {"syscall", "error", "errors"};
  EXPECT_EQ(csv(ask(kErrorsQuestion, trace, {.filter = "error != ENOENT && syscall == openat"}), columns),
            "syscall,error,errors\nopenat,EACCES,1\n");
  EXPECT_EQ(csv(ask(kErrorsQuestion, trace, {.filter = "error == ERESTARTSYS"}), columns),
            "syscall,error,errors\nread,ERESTARTSYS,1\n");
  EXPECT_EQ(csv(ask(kErrorsQuestion, trace, {.from = "20us", .to = "50us"}), columns),
            "syscall,error,errors\nopenat,EACCES,1\nopenat,ENOENT,1\n");
  EXPECT_EQ(csv(ask(kErrorsQuestion, trace, {.filter = "!failed"}), columns), "syscall,error,errors\n");
  const Result first = ask(kErrorsQuestion, trace, {.limit = 2});
  EXPECT_EQ(first.rows(), 2u);
  EXPECT_EQ(first.all_rows, 5u);
}

TEST(Errors, LossesMakeTheNumbersBounds) {
  EXPECT_EQ(text(ask(kErrorsQuestion, script("10us sh openat filename=/a -ENOENT dur=1us\nlost cpu1 3\n"))),
            "SYSCALL  ERROR   PATH  ≥ERRORS  ≥PROCESSES        FIRST         LAST  ≥TOTAL  FIRST PROCESS\n"
            "openat   ENOENT  /a          1           1  0.000010000  0.000010000  1.00µs  sh\n"
            "lost: 3: 3 syscall (ring full)\n");
  EXPECT_EQ(text(ask(kErrorsQuestion, script("10us sh openat filename=/a -ENOENT dur=1us\n"))).find("≥"),
            std::string::npos);
}

}  // namespace
}  // namespace ebpftrace::analyzer
