// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

std::string follow(const trace::Trace& trace, const std::string& path,
                   const std::vector<std::string>& columns = {"time_ns", "pid", "event", "fd", "calls", "read_bytes",
                                                              "write_bytes", "error", "path", "path2"}) {
  Asked asked;
  asked.argument = path;
  return csv(ask(kFollowFileQuestion, trace, asked), columns);
}
constexpr char kHead[] = "time_ns,pid,event,fd,calls,read_bytes,write_bytes,error,path,path2\n";

TEST(FollowFile, FromItsFirstNameToItsEnd) {
  const trace::Trace trace = script(
      "10us ed:5 openat filename=/d/.tmp flags=0xc1 3 file=/d/.tmp\n"  // O_CREAT|O_EXCL|O_WRONLY
      "20us ed:5 write fd=3 count=4 4 file=/d/.tmp\n"
      "21us ed:5 write fd=3 count=6 6 file=/d/.tmp\n"
      "25us ed:5 write fd=4 count=6 6 file=/other\n"
      "30us ed:5 rename oldname=.tmp newname=a 0 cwd=/d\n"
      "40us cat:6 openat filename=/d/a -EACCES\n"
      "50us cat:7 openat filename=/d/a 3 file=/d/a was=/d/.tmp\n"
      "60us cat:7 read fd=3 count=100 10 file=/d/a\n"
      "61us cat:7 read fd=3 count=100 0 file=/d/a\n"
      "70us mv:8 rename oldname=/d/a newname=/d/b 0\n"
      "80us rm:9 unlink pathname=/d/b 0\n"
      "90us rm:9 unlink pathname=/d/other 0\n");
  const std::string life =
      "10000,5,openat,3,1,,,,/d/.tmp,\n"
      "20000,5,write,3,2,0,10,,/d/.tmp,\n"
      "30000,5,rename,,1,,,,/d/.tmp,/d/a\n"
      "40000,6,openat,,1,,,EACCES,/d/a,\n"
      "50000,7,openat,3,1,,,,/d/a,\n"
      "60000,7,read,3,2,10,0,,/d/a,\n"
      "70000,8,rename,,1,,,,/d/a,/d/b\n"
      "80000,9,unlink,,1,,,,/d/b,\n";
  EXPECT_EQ(follow(trace, "/d/a"), kHead + life);
  EXPECT_EQ(follow(trace, "/d/.tmp"), kHead + life);
  EXPECT_EQ(follow(trace, "/d/a", {"created"}).substr(0, 12), "created\nyes\n");
}

TEST(FollowFile, OtherFilesOfALaterNameAreNotIt) {
  const trace::Trace trace = script(
      "10us x:5 openat filename=/b 3 file=/b\n"
      "20us x:5 openat filename=/a 4 file=/a\n"
      "30us x:5 rename oldname=/a newname=/b 0\n"
      "40us x:5 read fd=3 count=1 1 file=/b\n"
      "50us x:5 unlink pathname=/b 0\n");
  EXPECT_EQ(follow(trace, "/a", {"time_ns", "event"}), "time_ns,event\n20000,openat\n30000,rename\n50000,unlink\n");
}

TEST(FollowFile, LinksAndPrograms) {
  const trace::Trace trace = script(
      "10us x:5 link oldname=/a newname=/b 0\n"
      "20us x:5 exec exe=/a /a a\n"
      "30us y:6 unlink pathname=/b 0\n");
  EXPECT_EQ(follow(trace, "/a", {"time_ns", "pid", "event", "path", "path2"}),
            "time_ns,pid,event,path,path2\n10000,5,link,/a,/b\n20000,5,exec,/a,\n30000,6,unlink,/b,\n");
}

TEST(FollowFile, BytesBetweenTwoFiles) {
  const trace::Trace trace = script("10us x:5 sendfile out_fd=4 in_fd=3 count=9 7 file=/out file2=/in\n");
  EXPECT_EQ(follow(trace, "/in", {"fd", "read_bytes", "write_bytes"}), "fd,read_bytes,write_bytes\n3,7,0\n");
  EXPECT_EQ(follow(trace, "/out", {"fd", "read_bytes", "write_bytes"}), "fd,read_bytes,write_bytes\n4,0,7\n");
}

TEST(FollowFile, WhatIsNotThereIsAnError) {
  const trace::Trace trace = script("10us x:5 openat filename=/b 3 file=/b\n");
  EXPECT_THROW(follow(trace, "/nothing"), AskError);
}

}  // namespace
}  // namespace ebpftrace::analyzer
