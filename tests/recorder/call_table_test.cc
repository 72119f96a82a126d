// SPDX-License-Identifier: Apache-2.0
#include "recorder/call_table.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace ebpftrace {
namespace {

TEST(CallTable, KnowsDescriptorsAndPaths) {
  const auto table = make_call_table();
  EXPECT_EQ(table[SYS_read].fd_arg[0], 0);
  EXPECT_EQ(table[SYS_read].nargs, 3);
  EXPECT_EQ(table[SYS_read].path_arg[0], NO_ARG);
  EXPECT_EQ(table[SYS_mmap].fd_arg[0], 4);
  EXPECT_EQ(table[SYS_openat].fd_arg[0], NO_ARG);
  EXPECT_EQ(table[SYS_openat].path_arg[0], 1);
  EXPECT_EQ(table[SYS_openat].flags & CALL_OPENS, CALL_OPENS);
  EXPECT_EQ(table[SYS_copy_file_range].fd_arg[0], 0);
  EXPECT_EQ(table[SYS_copy_file_range].fd_arg[1], 2);
  EXPECT_EQ(table[SYS_read].fd_arg[1], NO_ARG);
  EXPECT_EQ(table[SYS_renameat2].path_arg[0], 1);
  EXPECT_EQ(table[SYS_renameat2].path_arg[1], 3);
  EXPECT_EQ(table[SYS_renameat2].flags & CALL_MOVES_NAMES, CALL_MOVES_NAMES);
  EXPECT_EQ(table[SYS_execve].flags & (CALL_EXEC | CALL_REPLACES_REGS), CALL_EXEC | CALL_REPLACES_REGS);
}

TEST(CallTable, UnknownNumbersKeepAllSixArguments) {
  const auto table = make_call_table();
  EXPECT_EQ(table[CALLS - 1].nargs, 6);
  EXPECT_EQ(table[CALLS - 1].fd_arg[0], NO_ARG);
  EXPECT_EQ(table[500].nargs, 6);
}

}  // namespace
}  // namespace ebpftrace
