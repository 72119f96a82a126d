// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

std::string lsof(const trace::Trace& trace, const std::string& at = "",
                 const std::vector<std::string>& columns = {"pid", "fd", "access", "type", "name"}) {
  Asked asked;
  if (!at.empty()) asked.options["at"] = at;
  asked.filter = "role == fd";
  return csv(ask(kLsofQuestion, trace, asked), columns);
}
constexpr char kHead[] = "pid,fd,access,type,name\n";

// A process that is known from its beginning.
const std::string kShell =
    "running pid=7 ppid=1 threads=1 comm=sh argv=\"sh -i\" cwd=/home exe=/bin/sh\n"
    "0us sh:7 getpid 7\n";

TEST(Lsof, AnOpenCountsFromItsReturnACloseFromItsStart) {
  const trace::Trace trace = script(kShell +
                                    "10us sh:7 openat filename=/a flags=2 3 file=/a dur=5us\n"
                                    "30us sh:7 close fd=3 0 file=/a dur=5us\n"
                                    "90us sh:7 getpid 7\n");
  EXPECT_EQ(lsof(trace, "14us"), kHead);
  EXPECT_EQ(lsof(trace, "15us"), std::string(kHead) + "7,3,u,file,/a\n");
  EXPECT_EQ(lsof(trace, "29us"), std::string(kHead) + "7,3,u,file,/a\n");
  EXPECT_EQ(lsof(trace, "30us"), kHead);
  EXPECT_EQ(lsof(trace), kHead);  // the end
  EXPECT_EQ(lsof(trace, "20us", {"fd", "flags", "close_on_exec", "offset", "since_ns", "inode", "path"}),
            "fd,offset,inode,since_ns,flags,close_on_exec,path\n3,0,1001,15000,2,false,/a\n");
}

TEST(Lsof, WhatWasThereBefore) {
  const trace::Trace trace =
      script("open pid=7 fd=0 file=/dev/tty type=char flags=2\n" + kShell + "20us sh:7 getpid 7\n");
  Asked asked;
  EXPECT_EQ(csv(ask(kLsofQuestion, trace, asked), {"pid", "fd", "role", "type", "since_ns", "name"}),
            "pid,fd,role,type,since_ns,name\n"
            "7,,cwd,dir,,/home\n"
            "7,,txt,file,,/bin/sh\n"
            "7,0,fd,char,,/dev/tty\n");
}

TEST(Lsof, DuplicatesShareAnOpenFile) {
  const trace::Trace trace = script(kShell +
                                    "10us sh:7 openat filename=/a flags=0x80002 3 file=/a\n"  // O_CLOEXEC
                                    "20us sh:7 dup oldfd=3 4 file=/a file2=/a\n"
                                    "30us sh:7 dup2 oldfd=3 newfd=5 5 file=/a file2=/a\n"
                                    "40us sh:7 fcntl fd=3 cmd=1030 10 file=/a\n"  // F_DUPFD_CLOEXEC
                                    "50us sh:7 read fd=5 count=100 60 file=/a\n"
                                    "60us sh:7 exec /bin/cat cat\n"
                                    "90us sh:7 getpid 7\n");
  EXPECT_EQ(lsof(trace, "55us", {"fd", "offset", "close_on_exec"}),
            "fd,offset,close_on_exec\n3,60,true\n4,60,false\n5,60,false\n10,60,true\n");
  EXPECT_EQ(lsof(trace, "60us", {"fd", "offset"}), "fd,offset\n4,60\n5,60\n");
}

TEST(Lsof, OffsetsAreKnownUnlessSomebodyAppends) {
  const trace::Trace trace = script(kShell +
                                    "10us sh:7 openat filename=/a flags=2 3 file=/a\n"
                                    "11us sh:7 openat filename=/b flags=0x401 4 file=/b\n"  // O_APPEND
                                    "20us sh:7 read fd=3 count=9 9 file=/a\n"
                                    "30us sh:7 pread64 fd=3 count=9 pos=500 9 file=/a\n"
                                    "40us sh:7 write fd=4 count=9 9 file=/b\n"
                                    "50us sh:7 lseek fd=3 offset=7 7 file=/a\n"
                                    "60us sh:7 sendfile out_fd=4 in_fd=3 count=2 2 file=/b file2=/a\n"
                                    "90us sh:7 getpid 7\n");
  EXPECT_EQ(lsof(trace, "35us", {"fd", "offset"}), "fd,offset\n3,9\n4,0\n");
  EXPECT_EQ(lsof(trace, "45us", {"fd", "offset"}), "fd,offset\n3,9\n4,\n");
  EXPECT_EQ(lsof(trace, "70us", {"fd", "offset"}), "fd,offset\n3,9\n4,\n");
}

TEST(Lsof, PipesAreWhatTheirFirstUseShows) {
  const trace::Trace trace = script(kShell +
                                    "10us sh:7 pipe2 0 fds=4,5\n"
                                    "20us sh:7 fork cat:8\n"
                                    "30us cat:8 getpid 8\n"
                                    "40us cat:8 close fd=5 0 file=pipe:[9] type=fifo\n"
                                    "50us sh:7 pipe2 0 fds=6,7\n"
                                    "90us sh:7 getpid 7\n");
  EXPECT_EQ(lsof(trace, "25us"), std::string(kHead) +
                                     "7,4,r,fifo,pipe:[9]\n7,5,w,fifo,pipe:[9]\n"
                                     "8,4,r,fifo,pipe:[9]\n8,5,w,fifo,pipe:[9]\n");
  EXPECT_EQ(lsof(trace, "60us"), std::string(kHead) +
                                     "7,4,r,fifo,pipe:[9]\n7,5,w,fifo,pipe:[9]\n"
                                     "7,6,r,fifo,not knowable: it was not used within the recording\n"
                                     "7,7,w,fifo,not knowable: it was not used within the recording\n"
                                     "8,4,r,fifo,pipe:[9]\n");
}

TEST(Lsof, ForkCopiesOrSharesDescriptors) {
  const trace::Trace trace = script(kShell +
                                    "10us sh:7 openat filename=/a 3 file=/a\n"
                                    "20us sh:7 fork copy:8\n"
                                    "21us sh:7 fork shared:9 sharing-files\n"
                                    "30us copy:8 close fd=3 0 file=/a\n"
                                    "40us shared:9 openat filename=/b 4 file=/b\n"
                                    "50us copy:8 getpid 8\n"
                                    "60us shared:9 exec /bin/x x\n"  // on its own from now on
                                    "70us shared:9 close fd=4 0 file=/b\n"
                                    "80us shared:9 exit 0\n"
                                    "90us sh:7 getpid 7\n");
  EXPECT_EQ(lsof(trace, "55us", {"pid", "fd"}), "pid,fd\n7,3\n7,4\n9,3\n9,4\n");
  EXPECT_EQ(lsof(trace, "75us", {"pid", "fd"}), "pid,fd\n7,3\n7,4\n9,3\n");
  EXPECT_EQ(lsof(trace, "85us", {"pid", "fd"}), "pid,fd\n7,3\n7,4\n");
}

TEST(Lsof, RangesAreClosedOrMarked) {
  const trace::Trace trace = script(kShell +
                                    "10us sh:7 openat filename=/a 3 file=/a\n"
                                    "11us sh:7 openat filename=/b 4 file=/b\n"
                                    "12us sh:7 openat filename=/c 5 file=/c\n"
                                    "20us sh:7 close_range fd=5 max_fd=0xffffffff 0\n"
                                    "30us sh:7 close_range fd=4 max_fd=9 flags=4 0\n"  // CLOSE_RANGE_CLOEXEC
                                    "40us sh:7 exec /bin/x x\n");
  EXPECT_EQ(lsof(trace, "25us", {"fd", "close_on_exec"}), "fd,close_on_exec\n3,false\n4,false\n");
  EXPECT_EQ(lsof(trace, "35us", {"fd", "close_on_exec"}), "fd,close_on_exec\n3,false\n4,true\n");
  EXPECT_EQ(lsof(trace, "40us", {"fd", "close_on_exec"}), "fd,close_on_exec\n3,false\n");
}

TEST(Lsof, DescriptorsComeWithMessages) {
  const trace::Trace trace = script(kShell +
                                    "10us sh:7 socketpair 0 fds=3,4\n"
                                    "20us sh:7 recvmsg fd=3 flags=0x40000000 4 file=socket:[5] type=socket "
                                    "passes=7:/etc/passwd,8:/srv dur=2us\n"
                                    "90us sh:7 getpid 7\n");
  EXPECT_EQ(lsof(trace, "30us", {"fd", "type", "close_on_exec", "path"}),
            "fd,type,close_on_exec,path\n3,socket,false,socket:[5]\n4,socket,false,\n"
            "7,file,true,/etc/passwd\n8,file,true,/srv\n");
}

TEST(Lsof, NamesFollowRenamesAndUnlinks) {
  const trace::Trace trace = script(kShell +
                                    "10us sh:7 openat filename=/d/a 3 file=/d/a\n"
                                    "11us sh:7 openat filename=/d/b 4 file=/d/b\n"
                                    "20us sh:7 rename oldname=a newname=./c 0 cwd=/d\n"
                                    "30us sh:7 rename oldname=/d newname=/e 0\n"
                                    "40us sh:7 unlink pathname=/e/b 0\n"
                                    "50us sh:7 rename oldname=/x newname=../e/c 0 cwd=/tmp\n"
                                    "60us sh:7 read fd=3 count=1 1 file=/d/a\n"  // the kernel's name has not changed
                                    "90us sh:7 getpid 7\n");
  const std::vector<std::string> columns = {"fd", "path", "path_deleted"};
  EXPECT_EQ(lsof(trace, "25us", columns), "fd,path_deleted,path\n3,false,/d/c\n4,false,/d/b\n");
  EXPECT_EQ(lsof(trace, "35us", columns), "fd,path_deleted,path\n3,false,/e/c\n4,false,/e/b\n");
  EXPECT_EQ(lsof(trace, "45us", columns), "fd,path_deleted,path\n3,false,/e/c\n4,true,/e/b\n");
  EXPECT_EQ(lsof(trace, "55us", columns), "fd,path_deleted,path\n3,true,/e/c\n4,true,/e/b\n");
  EXPECT_EQ(lsof(trace, "65us", columns), "fd,path_deleted,path\n3,true,/d/a\n4,true,/e/b\n");
}

TEST(Lsof, WhatIsUsedIsOpen) {
  const trace::Trace trace = script(
      "10us late:8 read fd=9 count=1 1 file=/a\n"
      "20us late:8 getpid 8\n");
  Asked asked;
  EXPECT_EQ(csv(ask(kLsofQuestion, trace, asked), {"pid", "fd", "role", "since_ns", "name"}),
            "pid,fd,role,since_ns,name\n"
            "8,9,fd,,/a\n"
            "8,,unknown,,not knowable: what it had open before it was recorded and has not used since\n");
}

TEST(Lsof, ThreadsShareTheirProcess) {
  const trace::Trace trace = script(kShell +
                                    "10us sh:7 fork worker thread\n"
                                    "20us worker openat filename=/a 3 file=/a\n"
                                    "30us worker exit 0 thread\n"
                                    "40us sh:7 dup2 oldfd=3 newfd=4 4 file=/a file2=/a\n"
                                    "90us sh:7 getpid 7\n");
  EXPECT_EQ(lsof(trace, "50us", {"pid", "fd"}), "pid,fd\n7,3\n7,4\n");
}

TEST(Lsof, AMomentThatIsNone) {
  const trace::Trace trace = script(kShell);
  try {
    lsof(trace, "@exec:nobody");
    FAIL();
  } catch (const AskError& error) {
    EXPECT_EQ(std::string(error.what()), "--at @exec:nobody: no such program was started in this recording");
  }
}

}  // namespace
}  // namespace ebpftrace::analyzer
