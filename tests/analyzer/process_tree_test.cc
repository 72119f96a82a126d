// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

TEST(ProcessTree, ShowsWhoRanWhatAndHowItEnded) {
  const trace::Trace trace = script(
      "10us sh exec /bin/sh sh -c \"make all\"\n"
      "20us sh fork make\n"
      "21us make exec /usr/bin/make make all\n"
      "30us make fork cc\n"
      "31us cc exec /usr/bin/cc cc -DX=\"a b\" \"it's.c\"\n"
      "40us cc exit SIGKILL\n"
      "50us make exit 2\n"
      "60us sh fork idle\n");
  const Result tree = process_tree(trace);
  EXPECT_EQ(
      csv(tree, {"pid", "ppid", "process", "command", "start_ns", "end_ns", "exit_code", "exit_signal", "threads"}),
      "pid,ppid,process,command,start_ns,end_ns,exit_code,exit_signal,threads\n"
      "100,1,sh,sh -c 'make all',10000,,,,1\n"
      "101,100,make,make all,20000,50000,2,,1\n"
      "102,101,cc,cc '-DX=a b' 'it'\\''s.c',30000,40000,,9,1\n"
      "103,100,sh,sh,60000,,,,1\n");
  std::string depths;
  for (size_t row = 0; row < tree.rows(); ++row) depths += std::to_string(tree.depth(row));
  EXPECT_EQ(depths, "0121");
}

TEST(ProcessTree, SaysWhichFileRanAndWhere) {
  const Result tree =
      process_tree(script("running pid=1 ppid=0 comm=shell\n"
                          "running pid=7 ppid=1 comm=top threads=1 argv=\"./top -x\" exe=/opt/top cwd=/opt\n"
                          "0us top:7 read 1\n"
                          "20us top:7 fork job\n"
                          "21us job exec exe=/srv/a/job cwd=/srv/a ./job \"./j b\" one\n"
                          "30us top:7 fork ls\n"
                          "31us ls exec exe=/usr/bin/ls cwd=/ /bin/ls ls\n"
                          "40us ls fork ls2\n"
                          "50us ls exec exe=/usr/bin/dash cwd=/ /bin/sh /bin/sh\n"
                          "60us top:7 fork evil\n"
                          "61us evil exec exe=/tmp/ls cwd=/ ls ls\n"));
  EXPECT_EQ(csv(tree, {"pid", "command", "threads", "uid", "exe", "cwd"}),
            "pid,command,threads,uid,exe,cwd\n"
            "1,shell,,,,\n"
            "7,./top -x,1,1000,/opt/top,/opt\n"
            "100,'./j b' one,1,1000,/srv/a/job,/srv/a\n"
            "101,/bin/sh,1,1000,/usr/bin/dash,/\n"
            "102,top,1,1000,/usr/bin/ls,\n"
            "103,ls,1,1000,/tmp/ls,/\n");
  const std::string lines = text(tree);
  for (const char* shown :
       {"./top</opt/top> -x", "'./j b'</srv/a/job> one", "/bin/sh</usr/bin/dash> ", " ls</tmp/ls> "})
    EXPECT_NE(lines.find(shown), std::string::npos) << shown << "\n" << lines;
  EXPECT_EQ(lines.find("ls</usr/bin/ls>"), std::string::npos) << lines;
}

TEST(ProcessTree, AProcessEndsWithItsLastThread) {
  const trace::Trace trace = script(
      "10us srv fork worker thread\n"
      "20us srv exit 3 thread\n"
      "30us worker exit 0\n");
  EXPECT_EQ(csv(process_tree(trace), {"pid", "end_ns", "exit_code", "threads"}),
            "pid,end_ns,exit_code,threads\n100,30000,3,2\n");
}

TEST(ProcessTree, TheGroupsStatusWins) {
  const trace::Trace trace = script("10us srv fork worker thread\n20us srv exit 3 thread\n30us worker exit 7 group\n");
  EXPECT_EQ(csv(process_tree(trace), {"exit_code"}), "exit_code\n7\n");
}

TEST(ProcessTree, AReusedPidIsAnotherProcess) {
  const trace::Trace trace = script("10us sh fork a:7\n11us a:7 exit 1\n20us sh fork b:7\n21us b:7 exit 2\n");
  EXPECT_EQ(csv(process_tree(trace), {"pid", "start_ns", "exit_code"}),
            "pid,start_ns,exit_code\n100,10000,\n7,10000,1\n7,20000,2\n");
}

TEST(ProcessTree, ShowsWhatAnEndedProcessUsed) {
  const trace::Trace trace = script(
      "10us srv fork worker thread\n"
      "20us srv exit 0 thread user=1ms system=2ms rss=4096\n"
      "30us worker exit 0 group user=5ms system=7ms rss=8192\n"
      "40us other read 1\n");
  EXPECT_EQ(csv(process_tree(trace), {"pid", "user_ns", "system_ns", "max_rss_bytes"}),
            "pid,user_ns,system_ns,max_rss_bytes\n100,5000000,7000000,8192\n102,,,\n");
}

TEST(ProcessTree, ShowsWhatRanBefore) {
  const trace::Trace trace = script(
      "running pid=1 ppid=0 comm=init argv=/sbin/init\n"
      "running pid=50 ppid=1 comm=sh argv=\"sh -i\" cgroup=/user.slice threads=1\n"
      "running pid=60 ppid=1 comm=other argv=other\n"  // nobody's ancestor
      "running pid=90 ppid=50 comm=srv argv=\"srv --port 80\" cgroup=/srv\n"
      "0us srv:90 read 1\n"
      "10us srv:90 fork kid\n");
  const Result tree = process_tree(trace);
  // The script's processes have ppid 1 unless they were forked.
  EXPECT_EQ(csv(tree, {"pid", "ppid", "command", "start_ns", "cgroup", "role"}),
            "pid,ppid,command,start_ns,cgroup,role\n"
            "1,0,/sbin/init,,,ancestor\n"
            "90,1,srv --port 80,0,/srv,recorded\n"
            "100,90,srv,10000,,recorded\n");
  EXPECT_EQ(tree.depth(0), 0u);
  EXPECT_EQ(tree.depth(1), 1u);
  EXPECT_EQ(tree.parent(1), 0u);
  EXPECT_EQ(tree.all_rows, 3u);
}

TEST(ProcessTree, AncestorsInACircleHangTogetherSomehow) {
  const trace::Trace trace = script(
      "running pid=2 ppid=1 comm=b\nrunning pid=1 ppid=3 comm=a\nrunning pid=3 ppid=2 comm=c\nrunning pid=4 ppid=4 "
      "comm=d\n"
      "10us x read 1\n");
  EXPECT_EQ(process_tree(trace).rows(), 4u);  // b, c, a and x; d leads nowhere
}

TEST(ProcessTree, SaysWhoseIoIsNotFullyVisible) {
  const trace::Trace trace = script(
      "open pid=300 fd=4 file=anon_inode:[io_uring] type=anon\n"
      "0us had:300 read 1\n"
      "10us made io_uring_setup entries=4 5 file=anon_inode:[io_uring] type=anon\n"
      "11us failed io_uring_setup entries=4 -EPERM\n"
      "12us uses io_uring_enter fd=5 to_submit=1 1 file=anon_inode:[io_uring] type=anon\n"
      "13us plain read 1\n");
  EXPECT_EQ(csv(process_tree(trace), {"process", "io_uring", "note"}),
            "process,io_uring,note\n"
            "had,1,I/O not fully visible (io_uring)\n"
            "made,1,I/O not fully visible (io_uring)\n"
            "failed,0,\n"
            "uses,1,I/O not fully visible (io_uring)\n"
            "plain,0,\n");
  EXPECT_EQ(csv(top_io(trace), {"process", "read_bytes", "io_uring"}),
            "process,read_bytes,io_uring\nhad,1,1\nplain,1,0\nmade,0,1\nuses,0,1\n");
  EXPECT_EQ(csv(summarise(trace), {"io_uring_processes"}), "io_uring_processes\n3\n");
}

TEST(ProcessTree, NamesTheControlGroupAndTheContainer) {
  const std::string id(64, 'a');
  const trace::Trace trace = script(
      "10us sh cgroup /user.slice\n"
      "20us sh fork srv\n"
      "21us srv cgroup /system.slice/docker-" +
      id + ".scope\n");
  EXPECT_EQ(csv(process_tree(trace), {"pid", "ns_pid", "cgroup", "container", "container_id"}),
            "pid,ns_pid,cgroup,container,container_id\n"
            "100,100,/user.slice,,\n"
            "101,101,/system.slice/docker-" +
                id + ".scope,docker aaaaaaaaaaaa," + id + "\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
