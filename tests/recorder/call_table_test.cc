// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/call_table.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <vector>

namespace ebpftrace::recorder {
namespace {

std::vector<capture> captures_of(const CallTables& tables, size_t number) {
  std::vector<capture> rows;
  for (size_t row = tables.calls[number].captures; row && row < CAPTURES; ++row) {
    rows.push_back(tables.captures[row]);
    if (rows.back().last) break;
  }
  return rows;
}

TEST(CallTable, KnowsDescriptorsAndPaths) {
  const auto table = make_call_tables({}).calls;
  EXPECT_EQ(table[SYS_read].fd_arg[0], 0);
  EXPECT_EQ(table[SYS_read].nargs, 3);
  EXPECT_EQ(table[SYS_read].path_arg[0], NO_ARG);
  EXPECT_EQ(table[SYS_mmap].fd_arg[0], 4);
  EXPECT_EQ(table[SYS_openat].fd_arg[0], 0);  // dirfd
  EXPECT_EQ(table[SYS_openat].path_arg[0], 1);
  EXPECT_EQ(table[SYS_openat].flags & CALL_OPENS, CALL_OPENS);
  EXPECT_EQ(table[SYS_copy_file_range].fd_arg[0], 0);
  EXPECT_EQ(table[SYS_copy_file_range].fd_arg[1], 2);
  EXPECT_EQ(table[SYS_read].fd_arg[1], NO_ARG);
  EXPECT_EQ(table[SYS_renameat2].fd_arg[0], 0);
  EXPECT_EQ(table[SYS_renameat2].fd_arg[1], 2);
  EXPECT_EQ(table[SYS_renameat2].path_arg[0], 1);
  EXPECT_EQ(table[SYS_renameat2].path_arg[1], 3);
  EXPECT_EQ(table[SYS_renameat2].flags & CALL_MOVES_NAMES, CALL_MOVES_NAMES);
  EXPECT_EQ(table[SYS_execve].flags & (CALL_EXEC | CALL_REPLACES_REGS), CALL_EXEC | CALL_REPLACES_REGS);
}

TEST(CallTable, UnknownNumbersKeepAllSixArguments) {
  const auto table = make_call_tables({}).calls;
  for (const size_t number : {size_t{CALLS - 1}, size_t{500}, size_t{2 * CALLS - 1}}) {
    EXPECT_EQ(table[number].nargs, 6);
    EXPECT_EQ(table[number].fd_arg[0], NO_ARG);
    EXPECT_EQ(table[number].captures, 0);
  }
}

TEST(CallTable, ThirtyTwoBitCallsHaveTheirOwnRows) {
  constexpr size_t kOpen = CALLS + 5, kRead = CALLS + 3, kRename = CALLS + 38, kFstat64 = CALLS + 197;
  const auto tables = make_call_tables({.bytes = 64, .data = true});
  EXPECT_EQ(tables.calls[kOpen].path_arg[0], 0);
  EXPECT_TRUE(tables.calls[kOpen].flags & CALL_OPENS);
  EXPECT_EQ(tables.calls[kRead].fd_arg[0], 0);
  EXPECT_EQ(tables.calls[kRead].captures, 0);  // structures and vectors of other widths: strings only
  EXPECT_EQ(tables.calls[kFstat64].captures, 0);
  EXPECT_TRUE(tables.calls[kRename].flags & CALL_MOVES_NAMES);
  // The rename of 32-bit programs has the number of setitimer in the other table.
  EXPECT_EQ(tables.calls[38].flags & (CALL_MOVES_NAMES | CALL_MOVES_NAMES_32), CALL_MOVES_NAMES_32);
}

TEST(CallTable, TheHotCallsHaveNothingBehindThem) {
  const auto table = make_call_tables({}).calls;
  for (const size_t number :
       {SYS_read, SYS_write, SYS_close, SYS_lseek, SYS_pread64, SYS_mmap, SYS_sendto, SYS_recvfrom})
    EXPECT_EQ(table[number].flags & CALL_HAS_EXTRAS, table[number].captures ? CALL_HAS_EXTRAS : 0) << number;
  for (const size_t number : {SYS_read, SYS_write, SYS_close, SYS_lseek, SYS_pread64, SYS_mmap})
    EXPECT_EQ(table[number].captures, 0) << number;
}

TEST(CallTable, BuffersNeedData) {
  EXPECT_TRUE(captures_of(make_call_tables({}), SYS_write).empty());
  const auto rows = captures_of(make_call_tables({.bytes = 100, .data = true}), SYS_write);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].arg, 1);
  EXPECT_EQ(rows[0].count, COUNT_ARG);
  EXPECT_EQ(rows[0].count_arg, 2);
  EXPECT_EQ(rows[0].limit, 100u);
}

TEST(CallTable, StructuresAreTakenWhenTheyAreThere) {
  const auto tables = make_call_tables({});
  const auto stat = captures_of(tables, SYS_fstat);
  ASSERT_EQ(stat.size(), 1u);
  EXPECT_EQ(stat[0].when, WHEN_SUCCESSFUL);
  EXPECT_EQ(stat[0].element, 144);
  EXPECT_EQ(stat[0].limit, 64u);

  const auto action = captures_of(tables, SYS_rt_sigaction);
  ASSERT_EQ(action.size(), 2u);
  EXPECT_EQ(action[0].when, WHEN_ALWAYS);
  EXPECT_EQ(action[1].when, WHEN_SUCCESSFUL);

  const auto connect = captures_of(tables, SYS_connect);
  ASSERT_EQ(connect.size(), 1u);
  EXPECT_EQ(connect[0].count, COUNT_ARG);
  EXPECT_EQ(connect[0].count_arg, 2);

  const auto accept = captures_of(tables, SYS_accept);
  ASSERT_EQ(accept.size(), 2u);
  EXPECT_EQ(accept[0].count, COUNT_AT_ARG);
  EXPECT_EQ(accept[1].element, 4);

  const auto exec = captures_of(tables, SYS_execve);  // argv, not the environment
  ASSERT_EQ(exec.size(), 2u);
  EXPECT_EQ(exec[0].when, WHEN_ENTRY);
  EXPECT_LE(exec[0].limit + sizeof(content_item), size_t{EXEC_STRINGS});
  EXPECT_EQ(exec[1].when, WHEN_FAILED);
  for (const capture& row : exec) {
    EXPECT_EQ(row.count, COUNT_STRINGS);
    EXPECT_EQ(row.element, 8);
  }
  EXPECT_FALSE(tables.calls[SYS_execve].flags & CALL_AT_ENTRY);  // it is noted later, when it can no longer fail
  constexpr size_t kExecve32 = CALLS + 11;
  ASSERT_EQ(captures_of(tables, kExecve32).size(), 2u);
  EXPECT_EQ(captures_of(tables, kExecve32)[0].element, 4);
}

// Those that the programs append without the loop over the table: nothing of what that does may be asked of them.
TEST(CallTable, CapturesThatAreAlone) {
  const auto tables = make_call_tables({.bytes = 100, .data = true});
  for (const unsigned call : {SYS_fstat, SYS_newfstatat, SYS_read, SYS_write, SYS_getdents64, SYS_poll, SYS_connect})
    EXPECT_TRUE(captures_of(tables, call).at(0).alone) << call;
  for (const unsigned call :
       {SYS_rt_sigaction, SYS_execve, SYS_select, SYS_recvmsg, SYS_sendmmsg, SYS_writev, SYS_accept, SYS_ioctl})
    EXPECT_FALSE(captures_of(tables, call).at(0).alone) << call;
  size_t alone = 0;
  for (const call_info& call : tables.calls)
    for (size_t row = call.captures, first = row; row && row < CAPTURES; ++row) {
      const capture& of = tables.captures[row];
      if (of.alone) {
        ++alone;
        EXPECT_TRUE(row == first && of.last);
        EXPECT_TRUE(of.count == COUNT_ONE || of.count == COUNT_ARG || of.count == COUNT_RESULT);
        EXPECT_TRUE(of.when != WHEN_ENTRY && of.follow == FOLLOW_NOTHING && of.choice == 0);
      }
      if (of.last) break;
    }
  EXPECT_GT(alone, 50u);
}

TEST(CallTable, WhereARelativePathBegins) {
  const auto starts = make_call_tables({}).path_starts;
  const auto of = [&](size_t call) { return std::pair<int, int>(starts[call].from[0], starts[call].from[1]); };
  EXPECT_EQ(of(SYS_open), std::pair(int{FROM_CWD}, int{FROM_NOWHERE}));
  EXPECT_EQ(of(SYS_rename), std::pair(int{FROM_CWD}, int{FROM_CWD}));
  EXPECT_EQ(of(SYS_symlink), std::pair(int{FROM_NOWHERE}, int{FROM_CWD}));
  EXPECT_EQ(of(SYS_openat), std::pair(0, int{FROM_NOWHERE}));
  EXPECT_EQ(of(SYS_renameat2), std::pair(0, 2));
  EXPECT_EQ(of(SYS_symlinkat), std::pair(int{FROM_NOWHERE}, 1));
  EXPECT_EQ(of(SYS_inotify_add_watch), std::pair(int{FROM_CWD}, int{FROM_NOWHERE}));  // its descriptor is no directory
  EXPECT_EQ(of(SYS_fanotify_mark), std::pair(3, int{FROM_NOWHERE}));
  EXPECT_EQ(of(SYS_read), std::pair(int{FROM_NOWHERE}, int{FROM_NOWHERE}));
  EXPECT_EQ(of(CALLS + 5), of(SYS_open));  // open of 32-bit programs
}

TEST(CallTable, VectorsLeadToTheirBuffers) {
  const auto tables = make_call_tables({});
  struct Expected {
    size_t number;
    u8 arg, follow, outgoing;
  };
  for (const auto& [number, arg, follow, outgoing] : {Expected{SYS_readv, 1, FOLLOW_IOVEC, 0},
                                                      {SYS_preadv2, 1, FOLLOW_IOVEC, 0},
                                                      {SYS_writev, 1, FOLLOW_IOVEC, 1},
                                                      {SYS_pwritev2, 1, FOLLOW_IOVEC, 1},
                                                      {SYS_vmsplice, 1, FOLLOW_IOVEC, 0},
                                                      {SYS_process_vm_readv, 1, FOLLOW_IOVEC, 0},
                                                      {SYS_process_vm_writev, 1, FOLLOW_IOVEC, 1},
                                                      {SYS_sendmsg, 1, FOLLOW_MSGHDR, 1},
                                                      {SYS_recvmsg, 1, FOLLOW_MSGHDR, 0},
                                                      {SYS_sendmmsg, 1, FOLLOW_MMSGHDR, 1},
                                                      {SYS_recvmmsg, 1, FOLLOW_MMSGHDR, 0}}) {
    const auto rows = captures_of(tables, number);
    ASSERT_FALSE(rows.empty()) << number;
    EXPECT_EQ(rows[0].arg, arg) << number;
    EXPECT_EQ(rows[0].follow, follow) << number;
    EXPECT_EQ(rows[0].outgoing, outgoing) << number;
  }
  for (const size_t number : {SYS_process_vm_readv, SYS_process_vm_writev}) {  // memory of another process
    const auto rows = captures_of(tables, number);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[1].arg, 3);
    EXPECT_EQ(rows[1].follow, FOLLOW_NOTHING);
  }
  EXPECT_EQ(captures_of(tables, SYS_sendmmsg)[0].count, COUNT_ARG);  // also what was not sent
  EXPECT_EQ(captures_of(tables, SYS_recvmmsg)[0].count, COUNT_RESULT);
}

TEST(CallTable, BytesThatResultsDoNotSay) {
  const auto calls = make_call_tables({}).calls;
  EXPECT_EQ(calls[SYS_recvfrom].bytes, BYTES_RECVFROM);
  EXPECT_EQ(calls[SYS_recvmsg].bytes, BYTES_RECVMSG);
  EXPECT_EQ(calls[SYS_recvmmsg].bytes, BYTES_RECVMMSG);
  EXPECT_EQ(calls[SYS_sendmmsg].bytes, BYTES_SENDMMSG);
  EXPECT_EQ(calls[SYS_vmsplice].bytes, BYTES_VMSPLICE);
  for (const size_t number : {SYS_read, SYS_sendto, SYS_sendmsg, SYS_splice})
    EXPECT_EQ(calls[number].bytes, BYTES_AS_RESULT) << number;
  for (size_t number = 0; number < calls.size(); ++number) {
    EXPECT_TRUE(!calls[number].bytes || calls[number].captures) << number;  // where the programs look for it
    EXPECT_TRUE(!calls[number].bytes || number < CALLS) << number;
  }
}

TEST(CallTable, WhatACallReplacesIsTakenAtEntryFirst) {
  const auto tables = make_call_tables({});
  const auto rows = captures_of(tables, SYS_select);
  ASSERT_EQ(rows.size(), 8u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(rows[i].when, WHEN_ENTRY);
    EXPECT_EQ(rows[i].arg, i + 1);
    EXPECT_EQ(rows[i + 4].arg, i + 1);
    EXPECT_NE(rows[i + 4].when, WHEN_ENTRY);
  }
  EXPECT_TRUE(tables.calls[SYS_select].flags & CALL_AT_ENTRY);
  EXPECT_FALSE(tables.calls[SYS_poll].flags & CALL_AT_ENTRY);
}

// The rows that are due for a call with these arguments, as the programs decide it.
std::vector<capture> due(const CallTables& tables, size_t number, std::array<uint64_t, 6> args) {
  auto rows = captures_of(tables, number);
  std::erase_if(rows, [&](const capture& row) {
    const choice& which = tables.choices[row.choice];
    const uint32_t at = (static_cast<uint32_t>(args[which.arg]) & which.mask) - which.base;
    return row.choice && !(at < 64 && which.values >> at & 1);
  });
  return rows;
}

TEST(CallTable, ACommandDecidesWhatItsArgumentLeadsTo) {
  const auto tables = make_call_tables({});
  for (const uint64_t command : {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW}) {
    const auto lock = due(tables, SYS_fcntl, {3, command});
    ASSERT_EQ(lock.size(), 1u) << command;
    EXPECT_EQ(lock[0].arg, 2);
    EXPECT_EQ(lock[0].element, sizeof(struct flock));
    EXPECT_EQ(lock[0].when, WHEN_ALWAYS);
  }
  for (const uint64_t command : {F_GETLK, F_OFD_GETLK}) {
    const auto found = due(tables, SYS_fcntl, {3, command});
    ASSERT_EQ(found.size(), 1u) << command;
    EXPECT_EQ(found[0].when, WHEN_SUCCESSFUL);
  }
  EXPECT_EQ(due(tables, SYS_fcntl, {3, F_SETOWN_EX})[0].element, 8);
  for (const uint64_t command : {F_GETFD, F_SETFL, F_DUPFD_CLOEXEC, 5 + 64, 1024 + 5, 0x10005})
    EXPECT_TRUE(due(tables, SYS_fcntl, {3, command}).empty()) << command;

  EXPECT_EQ(due(tables, SYS_prctl, {PR_SET_NAME})[0].count, COUNT_STRING);
  EXPECT_EQ(due(tables, SYS_prctl, {PR_GET_NAME})[0].when, WHEN_SUCCESSFUL);
  EXPECT_TRUE(due(tables, SYS_prctl, {PR_SET_DUMPABLE}).empty());
  ASSERT_EQ(due(tables, SYS_ioctl, {0, TIOCGWINSZ}).size(), 1u);
  EXPECT_EQ(due(tables, SYS_ioctl, {0, TIOCGWINSZ})[0].element, sizeof(winsize));
  EXPECT_TRUE(due(tables, SYS_ioctl, {0, TIOCEXCL}).empty());
}

TEST(CallTable, WithALimitOfZeroStringsKeepTheirLengths) {
  const auto tables = make_call_tables({.bytes = 0, .data = true});
  ASSERT_EQ(captures_of(tables, SYS_memfd_create).size(), 1u);
  EXPECT_EQ(captures_of(tables, SYS_memfd_create)[0].limit, 0u);
  ASSERT_EQ(captures_of(tables, SYS_read).size(), 1u);
  EXPECT_EQ(captures_of(tables, SYS_read)[0].limit, 0u);
  EXPECT_EQ(captures_of(tables, SYS_fstat)[0].limit, 64u);
}

TEST(CallTable, EveryCaptureFitsItsRow) {
  const auto tables = make_call_tables({.bytes = ContentOptions::kMaxBytes, .data = true});
  for (size_t number = 0; number < tables.calls.size(); ++number) {
    const auto rows = captures_of(tables, number);
    EXPECT_LE(rows.size(), size_t{CAPTURES_PER_CALL}) << number;
    for (const capture& row : rows) {
      EXPECT_LT(row.arg, tables.calls[number].nargs) << number;
      EXPECT_LT(row.limit, uint32_t{ITEM_BYTES}) << number;
      EXPECT_TRUE(row.count_arg == NO_ARG || row.count_arg < tables.calls[number].nargs) << number;
    }
  }
}

}  // namespace
}  // namespace ebpftrace::recorder
