// SPDX-License-Identifier: Apache-2.0
// Calls of the x32 ABI: 64-bit programs make them by numbers with a bit of their own. Most are the 64-bit calls; those whose
// structures have other sizes there have numbers from 512 on, and the 64-bit number stands for no x32 call
// (arch/x86/entry/syscalls/syscall_64.tbl: abi "64", and "x32" at its end).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ebpftrace::trace {

inline constexpr uint32_t kX32Bit = 0x40000000, kFirstX32 = 512, kX32Numbers = 548;

inline constexpr std::array<std::string_view, kX32Numbers - kFirstX32> kX32Calls = {"rt_sigaction",
                                                                                    "rt_sigreturn",
                                                                                    "ioctl",
                                                                                    "readv",
                                                                                    "writev",
                                                                                    "recvfrom",
                                                                                    "sendmsg",
                                                                                    "recvmsg",
                                                                                    "execve",
                                                                                    "ptrace",
                                                                                    "rt_sigpending",
                                                                                    "rt_sigtimedwait",
                                                                                    "rt_sigqueueinfo",
                                                                                    "sigaltstack",
                                                                                    "timer_create",
                                                                                    "mq_notify",
                                                                                    "kexec_load",
                                                                                    "waitid",
                                                                                    "set_robust_list",
                                                                                    "get_robust_list",
                                                                                    "vmsplice",
                                                                                    "move_pages",
                                                                                    "preadv",
                                                                                    "pwritev",
                                                                                    "rt_tgsigqueueinfo",
                                                                                    "recvmmsg",
                                                                                    "sendmmsg",
                                                                                    "process_vm_readv",
                                                                                    "process_vm_writev",
                                                                                    "setsockopt",
                                                                                    "getsockopt",
                                                                                    "io_setup",
                                                                                    "io_submit",
                                                                                    "execveat",
                                                                                    "preadv2",
                                                                                    "pwritev2"};

// Calls that x32 never had.
inline constexpr std::array<std::string_view, 13> kNotInX32 = {
    "uselib",     "_sysctl",         "create_module",   "get_kernel_syms", "query_module",
    "nfsservctl", "set_thread_area", "get_thread_area", "epoll_ctl_old",   "epoll_wait_old",
    "vserver",    "uretprobe",       "uprobe"};

// The name of the 64-bit call that an x32 number (without its bit) stands for; `native`: what has that number there.
inline std::optional<std::string_view> x32_name(uint32_t number, std::string_view native) {
  if (number >= kFirstX32) return number < kX32Numbers ? std::optional(kX32Calls[number - kFirstX32]) : std::nullopt;
  auto has = [&](const auto& names) { return std::find(names.begin(), names.end(), native) != names.end(); };
  if (native.empty() || has(kX32Calls) || has(kNotInX32)) return std::nullopt;
  return native;
}

}  // namespace ebpftrace::trace
