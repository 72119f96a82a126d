// SPDX-License-Identifier: Apache-2.0
// A set of system calls in strace's terms: "open,close", "!%memory", "/^epoll_", "?landlock_create_ruleset", "all", "none".
//   NAME       exactly that call, in the 64-bit and in the 32-bit table; NAME@64 or NAME@32 in just one of them
//   %GROUP     a group of schema/syscalls.capnp: file, desc, network (net), process, signal, ipc, memory, creds, clock
//   @FAMILY    calls that do the same thing: @open is open, openat, openat2 and creat
//   /REGEX     (or /REGEX/) names in which this POSIX extended regular expression is found
//   ?ELEMENT   none where the catalogue has nothing of that name
//   !LIST      all but these
// Several lists: what any of them names (everything, if all are negated), less what the negated ones name.
#pragma once

#include <bitset>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/shared.h"

namespace ebpftrace::recorder {

// The message names the element and what to write instead; `offset`: of that element in its list.
struct SyscallSetError : std::runtime_error {
  SyscallSetError(const std::string& what, size_t offset) : std::runtime_error(what), offset(offset) {}
  size_t offset;
};

struct SyscallSet {
  // By number, in the 64-bit and in the 32-bit table. The last bit stands for numbers that the catalogue doesn't have.
  std::bitset<CALLS> native, compat;

  static SyscallSet all();
  bool is_all() const { return native.all() && compat.all(); }
  bool empty() const { return native.none() && compat.none(); }
  bool operator==(const SyscallSet&) const = default;
};

// No list at all is all(). Throws SyscallSetError.
SyscallSet parse_syscall_set(const std::vector<std::string>& lists);

}  // namespace ebpftrace::recorder
