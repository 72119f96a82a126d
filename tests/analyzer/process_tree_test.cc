// SPDX-License-Identifier: Apache-2.0
#include "analyzer/process_tree.h"

#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace {
namespace {

TEST(ProcessTree, ShowsWhoRanWhatAndHowItEnded) {
  const Trace trace = script(
      "10us sh exec /bin/sh sh -c \"make all\"\n"
      "20us sh fork make\n"
      "21us make exec /usr/bin/make make all\n"
      "30us make fork cc\n"
      "31us cc exec /usr/bin/cc cc -DX=\"a b\" \"it's.c\"\n"
      "40us cc exit SIGKILL\n"
      "50us make exit 2\n"
      "60us sh fork idle\n");
  const ProcessTree tree = process_tree(trace);
  EXPECT_EQ(csv(tree),
            "pid,ppid,process,command,start_ns,end_ns,exit_code,exit_signal,threads\n"
            "100,1,sh,sh -c 'make all',10000,,,,1\n"
            "101,100,make,make all,20000,50000,2,,1\n"
            "102,101,cc,cc '-DX=a b' 'it'\\''s.c',30000,40000,,9,1\n"
            "103,100,sh,sh,60000,,,,1\n");
  std::string depths;
  for (const TreeProcess& process : tree.rows) depths += std::to_string(process.depth);
  EXPECT_EQ(depths, "0121");
}

TEST(ProcessTree, AProcessEndsWithItsLastThread) {
  const Trace trace = script(
      "10us srv fork worker thread\n"
      "20us srv exit 3 thread\n"
      "30us worker exit 0\n");
  EXPECT_EQ(csv(process_tree(trace), {"pid", "end_ns", "exit_code", "threads"}),
            "pid,end_ns,exit_code,threads\n100,30000,3,2\n");
}

TEST(ProcessTree, TheGroupsStatusWins) {
  const Trace trace = script("10us srv fork worker thread\n20us srv exit 3 thread\n30us worker exit 7 group\n");
  EXPECT_EQ(csv(process_tree(trace), {"exit_code"}), "exit_code\n7\n");
}

TEST(ProcessTree, AReusedPidIsAnotherProcess) {
  const Trace trace = script("10us sh fork a:7\n11us a:7 exit 1\n20us sh fork b:7\n21us b:7 exit 2\n");
  EXPECT_EQ(csv(process_tree(trace), {"pid", "start_ns", "exit_code"}),
            "pid,start_ns,exit_code\n100,10000,\n7,10000,1\n7,20000,2\n");
}

}  // namespace
}  // namespace ebpftrace
