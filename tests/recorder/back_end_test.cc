// SPDX-License-Identifier: Apache-2.0
// Which way is taken to which calls, on kernels that allow this and that.
#include "recorder/kernel/back_end.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>

namespace ebpftrace::recorder {
namespace {

KernelProbes kernel_with(std::vector<std::string> more = {}) {
  KernelProbes kernel;
  kernel.functions = {"__ia32_compat_sys_execve", "ia32_sys_call", "x64_sys_call"};
  for (const char* call :
       {"openat", "close", "getppid", "read", "rename", "renameat", "renameat2", "mount", "umount", "move_mount",
        "pivot_root", "setuid", "setreuid", "setresuid", "exit_group", "newstat", "stat", "newuname"})
    kernel.functions.push_back(std::string("__x64_sys_") + call);
  for (std::string& function : more) kernel.functions.push_back(std::move(function));
  std::sort(kernel.functions.begin(), kernel.functions.end());
  kernel.typed = kernel.functions;
  return kernel;
}

KernelProbes without(KernelProbes kernel, const std::string& function) {
  std::erase(kernel.functions, function);
  std::erase(kernel.typed, function);
  return kernel;
}

KernelProbes without_type(KernelProbes kernel, const std::string& function) {
  std::erase(kernel.typed, function);
  return kernel;
}

ProbePlan plan(std::optional<BackEnd> asked, const char* set, const KernelProbes& kernel, bool changes_user = false,
               bool may_change = false) {
  return plan_probes(asked, parse_syscall_set({set}), changes_user, may_change, kernel);
}

std::vector<std::string> entries(const ProbePlan& plan) {
  std::vector<std::string> names;
  for (const CallFunction& function : plan.functions)
    if (function.entry) names.push_back(function.name);
  return names;
}

std::vector<std::string> only_returns(const ProbePlan& plan) {
  std::vector<std::string> names;
  for (const CallFunction& function : plan.functions)
    if (!function.entry) names.push_back(function.name);
  std::sort(names.begin(), names.end());
  return names;
}

TEST(BackEnd, FewCallsGoThroughFentry) {
  const ProbePlan few = plan({}, "openat,close", kernel_with());
  EXPECT_EQ(few.back_end, BackEnd::kFentry);
  EXPECT_EQ(entries(few), (std::vector<std::string>{"__x64_sys_close", "__x64_sys_openat"}));
  EXPECT_EQ(few.describe(), "fentry (2 functions and 32-bit calls)");
  EXPECT_EQ(few.compat_function, "ia32_sys_call");
}

TEST(BackEnd, WhatMovesNamesIsAlwaysSeenReturning) {
  const std::vector<std::string> moves = {"__x64_sys_mount",  "__x64_sys_move_mount", "__x64_sys_pivot_root",
                                          "__x64_sys_rename", "__x64_sys_renameat",   "__x64_sys_renameat2",
                                          "__x64_sys_umount"};
  EXPECT_EQ(only_returns(plan({}, "close", kernel_with())), moves);
  auto and_users = moves;
  and_users.insert(and_users.end(), {"__x64_sys_setresuid", "__x64_sys_setreuid", "__x64_sys_setuid"});
  std::sort(and_users.begin(), and_users.end());
  EXPECT_EQ(only_returns(plan({}, "close", kernel_with(), true)), and_users);
}

TEST(BackEnd, TheTablesOtherNamesAreKnown) {
  EXPECT_EQ(entries(plan({}, "stat,uname", kernel_with())),
            (std::vector<std::string>{"__x64_sys_newstat", "__x64_sys_newuname"}));
}

TEST(BackEnd, ACallThatDoesNotReturnHasNoProbeThere) {
  const ProbePlan exits = plan({}, "exit_group@64", kernel_with());
  const auto exit = std::find_if(exits.functions.begin(), exits.functions.end(), [](const auto& f) { return f.entry; });
  ASSERT_NE(exit, exits.functions.end());
  EXPECT_EQ(exit->name, "__x64_sys_exit_group");
  EXPECT_FALSE(exit->returns);
  EXPECT_EQ(exits.compat_function, "");
}

TEST(BackEnd, ManyCallsOrAChangingSetGoThroughTracepoints) {
  EXPECT_EQ(plan({}, "all", kernel_with()).back_end, BackEnd::kTracepoint);
  EXPECT_EQ(plan({}, "!read", kernel_with()).back_end, BackEnd::kTracepoint);
  EXPECT_EQ(plan({}, "close", kernel_with(), false, true).back_end, BackEnd::kTracepoint);
  EXPECT_EQ(plan({}, "none", kernel_with()).back_end, BackEnd::kTracepoint);
}

TEST(BackEnd, TheKernelIsNotAskedWhereItsAnswerDoesNotMatter) {
  auto without_asking = [](std::optional<BackEnd> asked, const char* set, bool may_change) {
    return plan_whatever_the_kernel(asked, parse_syscall_set({set}), may_change).has_value();
  };
  EXPECT_TRUE(without_asking({}, "all", false));
  EXPECT_TRUE(without_asking({}, "none", false));
  EXPECT_TRUE(without_asking({}, "close", true));
  EXPECT_TRUE(without_asking(BackEnd::kTracepoint, "close", false));
  EXPECT_FALSE(without_asking({}, "close", false));
  EXPECT_FALSE(without_asking(BackEnd::kFentry, "all", false));
  EXPECT_FALSE(without_asking(BackEnd::kKprobe, "all", true));
}

TEST(BackEnd, WithoutFentryOnlyCallsThatDoNotWaitGoThroughKprobes) {
  KernelProbes kernel = kernel_with();
  kernel.no_fentry = "EPERM";
  EXPECT_EQ(plan({}, "getppid", kernel).back_end, BackEnd::kKprobe);
  EXPECT_EQ(plan({}, "getppid,read", kernel).back_end, BackEnd::kTracepoint);
  kernel.no_kprobe = "none here";
  EXPECT_EQ(plan({}, "getppid", kernel).back_end, BackEnd::kTracepoint);
  EXPECT_EQ(plan({}, "getppid", kernel).reason, "no fentry: EPERM; no kprobe: none here");
}

TEST(BackEnd, CallsThatTheKernelLacksAreTold) {
  EXPECT_EQ(plan({}, "close,swapon", kernel_with()).absent, std::vector<std::string>{"swapon"});
}

TEST(BackEnd, WhatWasAskedForIsTakenOrRefused) {
  KernelProbes kernel = kernel_with();
  EXPECT_EQ(plan(BackEnd::kTracepoint, "close", kernel).back_end, BackEnd::kTracepoint);
  EXPECT_EQ(plan(BackEnd::kKprobe, "all", kernel).back_end, BackEnd::kKprobe);
  EXPECT_TRUE(plan(BackEnd::kFentry, "close", kernel, false, true).reach.native.test(SYS_close));
  EXPECT_FALSE(plan(BackEnd::kFentry, "close", kernel, false, true).reach.native.test(SYS_read));
  kernel.no_fentry = "attaching: Operation not permitted";
  try {
    plan(BackEnd::kFentry, "close", kernel);
    FAIL();
  } catch (const BackEndError& error) {
    EXPECT_STREQ(
        error.what(),
        "the back end 'fentry' cannot be had: attaching: Operation not permitted; --probe auto takes one that can");
  }
}

TEST(BackEnd, MoreCallsThanThereAreProgramsForGoThroughTheOneFunction) {
  std::vector<std::string> many;
  for (const char* call :
       {"write",   "open",         "poll",           "lseek",       "mmap",        "mprotect",   "munmap",
        "brk",     "rt_sigaction", "rt_sigprocmask", "ioctl",       "pread64",     "pwrite64",   "readv",
        "writev",  "access",       "pipe",           "select",      "sched_yield", "mremap",     "msync",
        "mincore", "madvise",      "shmget",         "shmat",       "shmctl",      "dup",        "dup2",
        "pause",   "nanosleep",    "getitimer",      "alarm",       "setitimer",   "getpid",     "socket",
        "connect", "accept",       "sendto",         "recvfrom",    "sendmsg",     "recvmsg",    "shutdown",
        "bind",    "listen",       "getsockname",    "getpeername", "socketpair",  "setsockopt", "getsockopt",
        "clone",   "fork",         "vfork",          "execve",      "exit",        "wait4",      "kill"})
    many.push_back(std::string("__x64_sys_") + call);
  const KernelProbes kernel = kernel_with(many);
  const ProbePlan all = plan(BackEnd::kFentry, "all", kernel);
  EXPECT_TRUE(all.every_call);
  EXPECT_TRUE(all.functions.empty());
  EXPECT_EQ(all.describe(), "fentry (at x64_sys_call)");
  EXPECT_THROW(plan(BackEnd::kFentry, "all", without(kernel, "x64_sys_call")), BackEndError);
}

// As in the BTF of Linux 6.1 to 6.18: __x64_sys_getppid is an alias there.
TEST(BackEnd, CallsWithoutArgumentsAreFoundByTheirBodies) {
  const KernelProbes kernel = without_type(kernel_with({"__do_sys_getppid", "__do_sys_close"}), "__x64_sys_getppid");
  const ProbePlan fentry = plan({}, "getppid,close", kernel);
  EXPECT_EQ(fentry.back_end, BackEnd::kFentry);
  EXPECT_EQ(entries(fentry), (std::vector<std::string>{"__x64_sys_close", "__do_sys_getppid"}));
  EXPECT_EQ(entries(plan(BackEnd::kFentry, "getppid", kernel)), std::vector<std::string>{"__do_sys_getppid"});
  EXPECT_EQ(entries(plan(BackEnd::kKprobe, "getppid", kernel)), std::vector<std::string>{"__x64_sys_getppid"});
}

TEST(BackEnd, FunctionsWithoutATypeAreSeenInAnotherWay) {
  // __do_sys_close takes the call's arguments and no pt_regs.
  const KernelProbes kernel = without_type(kernel_with({"__do_sys_close"}), "__x64_sys_close");
  EXPECT_EQ(plan({}, "close", kernel).back_end, BackEnd::kKprobe);
  EXPECT_EQ(plan({}, "close", kernel).reason, "no fentry: the kernel's BTF does not have __x64_sys_close");
  EXPECT_TRUE(plan(BackEnd::kFentry, "close", kernel).every_call);
  EXPECT_THROW(plan(BackEnd::kFentry, "close", without(kernel, "x64_sys_call")), BackEndError);
  EXPECT_EQ(plan({}, "read", without_type(kernel_with(), "ia32_sys_call")).reason,
            "no fentry: the kernel's BTF does not have ia32_sys_call; kretprobes miss returns of calls that wait");
}

TEST(BackEnd, ThirtyTwoBitCallsNeedTheirOneFunction) {
  const KernelProbes kernel = without(kernel_with(), "ia32_sys_call");
  EXPECT_EQ(plan({}, "close", kernel).back_end, BackEnd::kTracepoint);
  EXPECT_EQ(plan({}, "close@64", kernel).back_end, BackEnd::kFentry);
  EXPECT_THROW(plan(BackEnd::kFentry, "close", kernel), BackEndError);
  EXPECT_EQ(plan(BackEnd::kFentry, "close", without(kernel, "__ia32_compat_sys_execve")).compat_function, "");
}

}  // namespace
}  // namespace ebpftrace::recorder
