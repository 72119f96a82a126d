// SPDX-License-Identifier: Apache-2.0
#include "recorder/call_table.h"

#include <set>
#include <string_view>

#include "schema/syscalls.capnp.h"

namespace ebpftrace {
namespace {

// Calls after which an open file may have another path: its own name, a directory above it, or a mount changed.
const std::set<std::string_view> kMovesNames = {"rename",  "renameat",   "renameat2", "mount",        "umount2",
                                                "move_mount", "pivot_root"};

call_info describe(schema::SyscallType::Reader call) {
  const std::string_view name = call.getName().cStr();
  call_info info{static_cast<u8>(call.getArgs().size()), 0, {NO_ARG, NO_ARG}, {NO_ARG, NO_ARG}, {}};
  u8 index = 0;
  unsigned descriptors = 0, paths = 0;
  for (auto argument : call.getArgs()) {
    const std::string_view type = argument.getType().cStr();
    if (type == "fd" && descriptors < 2) info.fd_arg[descriptors++] = index;
    if (type == "path" && paths < 2) info.path_arg[paths++] = index;
    ++index;
  }
  if (std::string_view(call.getResult().cStr()) == "fd") info.flags |= CALL_OPENS;
  if (kMovesNames.contains(name)) info.flags |= CALL_MOVES_NAMES;
  if (name == "execve" || name == "execveat") info.flags |= CALL_EXEC | CALL_REPLACES_REGS;
  if (name == "rt_sigreturn") info.flags |= CALL_REPLACES_REGS;
  if (name == "prctl") info.flags |= CALL_SETS_COMM;
  return info;
}

}  // namespace

std::array<call_info, CALLS> make_call_table() {
  std::array<call_info, CALLS> table;
  table.fill({6, 0, {NO_ARG, NO_ARG}, {NO_ARG, NO_ARG}, {}});
  for (auto call : *schema::SYSCALLS64)
    if (call.getNumber() < CALLS - 1) table[call.getNumber()] = describe(call);
  return table;
}

}  // namespace ebpftrace
