// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

Result ps(const trace::Trace& trace, const std::string& at) {
  Asked asked;
  asked.options["at"] = at;
  return ask(kPsQuestion, trace, asked);
}

const std::string kScript =
    "running pid=7 ppid=1 threads=1 comm=sh argv=\"sh -i\" cwd=/home exe=/bin/sh\n"
    "0us sh:7 getpid 7\n"
    "10us sh:7 fork child:8\n"
    "20us child:8 chdir filename=/srv 0 file=/srv type=dir cwd=/home\n"
    "30us child:8 exec exe=/usr/bin/cat cwd=/srv /bin/cat cat \"a b\"\n"
    "35us child:8 fork grandchild:9\n"
    "40us child:8 read fd=0 count=1 1 file=pipe:[3] type=fifo dur=10us\n"
    "60us child:8 exit 0\n"
    "90us sh:7 getpid 7\n";

TEST(Ps, ProcessesThatWereAlive) {
  const trace::Trace trace = script(kScript);
  const std::vector<std::string> columns = {"pid",     "ppid",    "uid", "start_ns", "elapsed_ns",
                                            "threads", "process", "exe", "cwd",      "command"};
  EXPECT_EQ(csv(ps(trace, "5us"), columns),
            "pid,ppid,uid,start_ns,elapsed_ns,threads,process,exe,cwd,command\n"
            "7,1,1000,0,5000,1,sh,/bin/sh,/home,sh -i\n");
  EXPECT_EQ(csv(ps(trace, "25us"), columns),
            "pid,ppid,uid,start_ns,elapsed_ns,threads,process,exe,cwd,command\n"
            "7,1,1000,0,25000,1,sh,/bin/sh,/home,sh -i\n"
            "8,7,1000,10000,15000,1,child,/bin/sh,/srv,sh -i\n");
  EXPECT_EQ(csv(ps(trace, "38us"), columns),
            "pid,ppid,uid,start_ns,elapsed_ns,threads,process,exe,cwd,command\n"
            "7,1,1000,0,38000,1,sh,/bin/sh,/home,sh -i\n"
            "8,7,1000,10000,28000,1,cat,/usr/bin/cat,/srv,cat 'a b'\n"
            "9,8,1000,35000,3000,1,grandchild,/usr/bin/cat,/srv,cat 'a b'\n");
  // Who took over the orphan is not known.
  EXPECT_EQ(csv(ps(trace, "60us"), {"pid", "ppid"}), "pid,ppid\n7,1\n9,\n");
}

TEST(Ps, TheCallThatItWasIn) {
  const trace::Trace trace = script(kScript);
  EXPECT_EQ(csv(ps(trace, "45us"), {"pid", "call", "call_duration_ns", "calls"}),
            "pid,call,call_duration_ns,calls\n7,,,0\n8,read,5000,1\n9,,,0\n");
  EXPECT_EQ(csv(ps(trace, "50us"), {"pid", "call"}), "pid,call\n7,\n8,\n9,\n");
}

TEST(Ps, NobodyWasAlive) {
  const trace::Trace trace = script("10us a:5 getpid 5\n20us a:5 exit 0\n");
  const Result answer = ps(trace, "");
  EXPECT_EQ(answer.rows(), 0u);
  ASSERT_EQ(answer.notes.size(), 1u);
  EXPECT_NE(answer.notes[0].find("--at asks for another moment"), std::string::npos);
}

TEST(Ps, FiltersAndSorts) {
  const trace::Trace trace = script(kScript);
  Asked asked;
  asked.options["at"] = "45us";
  asked.filter = "call == \"read\" || pid == 7";
  asked.sort = "pid";
  asked.descending = true;
  EXPECT_EQ(csv(ask(kPsQuestion, trace, asked), {"pid"}), "pid\n8\n7\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
