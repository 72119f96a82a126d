// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

TEST(OpenFiles, ByProcessAndDescriptor) {
  const trace::Trace trace = script(
      "running pid=7 ppid=1 comm=sh\n"
      "open pid=7 fd=10 file=/etc/passwd\n"
      "open pid=7 fd=2 file=pipe:[4] type=fifo\n"
      "open pid=5 fd=0\n"
      "10us cat:5 read 1\n"
      "open pid=6 fd=0 flags=1 file=/dev/null type=char\n");
  const Result answer = open_files(trace);
  EXPECT_EQ(csv(answer),
            "pid,process,fd,type,path,flags,path_deleted\n"
            "5,cat,0,,,0,\n"
            "6,,0,char,/dev/null,1,false\n"
            "7,sh,2,fifo,pipe:[4],0,false\n"
            "7,sh,10,file,/etc/passwd,0,false\n");
  EXPECT_EQ(open_files(trace, 1).rows(), 1u);
  EXPECT_EQ(open_files(trace, 1).all_rows, 4u);
}

}  // namespace
}  // namespace ebpftrace::analyzer
