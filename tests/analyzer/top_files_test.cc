// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/top_files.h"

#include <gtest/gtest.h>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

TEST(TopFiles, CountsByPathAndType) {
  const trace::Trace trace = script(
      "10us cat openat filename=a 3 file=/home/a\n"
      "11us cat read fd=3 100 file=/home/a\n"
      "12us cat read fd=3 -EIO file=/home/a\n"
      "20us tee write fd=1 30 file=pipe:[7] type=fifo\n"
      "21us tee write fd=3 50 file=/home/a\n"
      "22us tee openat filename=b -ENOENT\n"
      "23us tee close fd=3 0 file=/home/a\n");
  EXPECT_EQ(csv(top_files(trace)),
            "path,type,opens,reads,read_bytes,writes,write_bytes,processes,peeked_bytes,path_deleted\n"
            "/home/a,file,1,2,100,1,50,2,0,false\n"
            "pipe:[7],fifo,0,0,0,1,30,1,0,false\n");
}

TEST(TopFiles, BytesBetweenTwoFilesAreReadFromTheOneAndWrittenToTheOther) {
  const trace::Trace trace = script(
      "10us cp copy_file_range fd_in=3 fd_out=4 500 file=/from file2=/to\n"
      "11us cp sendfile out_fd=4 in_fd=3 70 file=/to file2=/from\n"
      "12us cp splice fd_in=3 fd_out=4 20 file=/from\n");
  EXPECT_EQ(csv(top_files(trace), {"path", "reads", "read_bytes", "writes", "write_bytes"}),
            "path,reads,read_bytes,writes,write_bytes\n/from,3,590,0,0\n/to,0,0,2,570\n");
}

TEST(TopFiles, BytesOfMessagesAndWhatWasOnlyLookedAt) {
  const trace::Trace trace = script(
      "10us dns sendmmsg fd=3 2 moved=70 file=socket:[7] type=socket\n"
      "11us dns recvfrom fd=3 500 peeked=40 file=socket:[7] type=socket\n"
      "12us dns recvfrom fd=3 500 moved=40 file=socket:[7] type=socket\n"
      "13us tee tee fdin=3 fdout=4 20 file=/from file2=/to\n"
      "14us cat vmsplice fd=4 9 file=/from\n"
      "15us cat vmsplice fd=3 5 file=/from reversed\n");
  EXPECT_EQ(csv(top_files(trace), {"path", "reads", "read_bytes", "writes", "write_bytes", "peeked_bytes"}),
            "path,reads,read_bytes,writes,write_bytes,peeked_bytes\n"
            "socket:[7],2,40,1,70,40\n/to,0,0,1,20,0\n/from,2,5,1,9,20\n");
}

TEST(TopFiles, WhatHasNoDescriptionIsARowWithoutAPath) {
  EXPECT_EQ(csv(top_files(script("10us cat read fd=3 100\n"))),
            "path,type,opens,reads,read_bytes,writes,write_bytes,processes,peeked_bytes,path_deleted\n,unknown,0,1,100,"
            "0,0,1,0,\n");
}

TEST(TopFiles, OnlyCallsThatOpenAreOpens) {
  const trace::Trace trace = script(
      "10us a open filename=x 3 file=/x\n11us a creat pathname=x 4 file=/x\n12us a openat2 filename=x 5 file=/x\n"
      "13us a dup 6 file=/x\n");
  EXPECT_EQ(csv(top_files(trace), {"path", "opens"}), "path,opens\n/x,3\n");
}

TEST(TopFiles, SamePathOfAnotherTypeIsAnotherRow) {
  const trace::Trace trace = script("10us a read 1 file=/x\n11us a read 2 file=/x type=dir\n");
  EXPECT_EQ(csv(top_files(trace), {"path", "type", "read_bytes"}), "path,type,read_bytes\n/x,dir,2\n/x,file,1\n");
}

}  // namespace
}  // namespace ebpftrace::analyzer
