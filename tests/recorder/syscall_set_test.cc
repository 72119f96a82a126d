// SPDX-License-Identifier: Apache-2.0
// What an expression selects, told as the names of the 64-bit table, and what a wrong one is answered.
#include "recorder/choice/syscall_set.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <set>
#include <string>

#include "schema/syscalls.capnp.h"

namespace ebpftrace::recorder {
namespace {

using Names = std::set<std::string>;

Names chosen(const std::vector<std::string>& lists) {
  const SyscallSet set = parse_syscall_set(lists);
  Names names;
  for (auto call : *schema::SYSCALLS64)
    if (set.native.test(call.getNumber())) names.insert(call.getName().cStr());
  return names;
}

size_t catalogued() { return (*schema::SYSCALLS64).size(); }

std::string refusal(const std::string& list) {
  try {
    parse_syscall_set({list});
  } catch (const SyscallSetError& error) {
    return std::to_string(error.offset) + " " + error.what();
  }
  return "accepted";
}

TEST(SyscallSet, NamesAreExact) {
  EXPECT_EQ(chosen({"open,close"}), (Names{"open", "close"}));
  EXPECT_EQ(chosen({" open , close "}), (Names{"open", "close"}));
}

TEST(SyscallSet, IsResolvedInBothTables) {
  const SyscallSet set = parse_syscall_set({"open,waitpid"});
  EXPECT_EQ(set.native.count(), 1u);
  EXPECT_TRUE(set.native.test(SYS_open));
  EXPECT_EQ(set.compat.count(), 2u);  // asm/unistd_32.h: open 5, waitpid 7
  EXPECT_TRUE(set.compat.test(5) && set.compat.test(7));
  EXPECT_TRUE(parse_syscall_set({"open@64"}).compat.none());
  EXPECT_TRUE(parse_syscall_set({"open@32"}).native.none());
  EXPECT_TRUE(parse_syscall_set({"open@32"}).compat.test(5));
}

TEST(SyscallSet, GroupsAndFamilies) {
  const Names file = chosen({"%file"});
  EXPECT_TRUE(file.contains("openat") && file.contains("execve") && file.contains("stat"));
  EXPECT_FALSE(file.contains("read") || file.contains("close"));
  EXPECT_EQ(chosen({"%net"}), chosen({"%network"}));
  EXPECT_EQ(chosen({"@open"}), (Names{"open", "openat", "openat2", "creat"}));
}

TEST(SyscallSet, RegularExpressionsAreSearchedFor) {
  EXPECT_EQ(chosen({"/^dup"}), (Names{"dup", "dup2", "dup3"}));
  EXPECT_EQ(chosen({"/^dup[0-9]$/"}), (Names{"dup2", "dup3"}));
}

TEST(SyscallSet, AnExclamationMarkNegatesTheWholeList) {
  const Names rest = chosen({"!open,close"});
  EXPECT_EQ(rest.size(), catalogued() - 2);
  EXPECT_FALSE(rest.contains("open") || rest.contains("close"));
  EXPECT_TRUE(parse_syscall_set({"!open"}).native.test(CALLS - 1)) << "calls that the catalogue does not know";
  EXPECT_FALSE(parse_syscall_set({"open"}).native.test(CALLS - 1));
}

TEST(SyscallSet, SeveralListsAddUpAndNegatedOnesAreTakenAway) {
  EXPECT_EQ(chosen({"open", "close"}), (Names{"open", "close"}));
  EXPECT_EQ(chosen({"@open", "!creat,open"}), (Names{"openat", "openat2"}));
  EXPECT_EQ(chosen({"!open", "!close"}), chosen({"!open,close"}));
}

TEST(SyscallSet, AllAndNone) {
  EXPECT_TRUE(parse_syscall_set({}).is_all());
  EXPECT_TRUE(parse_syscall_set({"all"}).is_all());
  EXPECT_TRUE(parse_syscall_set({"!none"}).is_all());
  EXPECT_TRUE(parse_syscall_set({"none"}).empty());
  EXPECT_TRUE(parse_syscall_set({"!all"}).empty());
}

TEST(SyscallSet, AQuestionMarkToleratesTheUnknown) {
  EXPECT_EQ(chosen({"?frobnicate,close"}), (Names{"close"}));
  EXPECT_EQ(chosen({"?close"}), (Names{"close"}));
  EXPECT_TRUE(chosen({"?%frobs,?@frob,?open@99"}).empty());
}

TEST(SyscallSet, AWrongElementIsNamedWithItsPlaceAndTheNearestOne) {
  EXPECT_EQ(refusal("close,opnat"), "6 unknown system call 'opnat'; did you mean openat?");
  EXPECT_EQ(refusal("!close, opnat"), "8 unknown system call 'opnat'; did you mean openat?");
  EXPECT_EQ(refusal("@opem"), "0 unknown system call '@opem'; did you mean @open?");
  EXPECT_EQ(refusal("frobnicate"), "0 unknown system call 'frobnicate'");
  EXPECT_EQ(refusal("waitpid@64"), "0 unknown system call 'waitpid@64'; the 64-bit table has no such call");
  EXPECT_TRUE(refusal("%fil").starts_with("0 unknown system call '%fil'; the groups are %clock, %creds, %desc, %file"));
  EXPECT_EQ(refusal("open,,close"), "5 a name is missing in the set of system calls");
  EXPECT_EQ(refusal(""), "0 a name is missing in the set of system calls");
  EXPECT_EQ(refusal("!"), "1 a name is missing in the set of system calls");
  EXPECT_EQ(refusal("open,!close"), "5 '!close': '!' stands once, before the whole list");
  EXPECT_EQ(refusal("/^zzz"), "0 no system call's name matches '/^zzz'");
  EXPECT_TRUE(refusal("close,/[/").starts_with("6 '/[/' is not an extended regular expression"));
}

}  // namespace
}  // namespace ebpftrace::recorder
