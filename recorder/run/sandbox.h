// SPDX-License-Identifier: Apache-2.0
// Least privilege, in two steps, once everything that needs privilege is open and attached:
//
//   give_up_privileges()  while there is one thread: threads made later inherit it
//   enter_sandbox()       when all threads exist: they all get the filter at once
//
// Both throw SandboxError if anything of it fails; the caller must then not record.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <stdexcept>

#include "recorder/run/command.h"

namespace ebpftrace::recorder {

struct SandboxError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Becomes the invoking user, if there is one: what the recorder may still touch is then what that user may. Without one
// the user id stays: a uid 0 without capabilities still reads what root owns, but the sandbox lets it write to nothing that
// is not open. Empties the inheritable, permitted, effective, ambient and bounding capability sets, and sets no_new_privs.
// A process without CAP_SETPCAP can't empty its bounding set; with no_new_privs that set has no meaning.
// `readers`: a group that it stays, or becomes, a member of: later it gives files of its own to that group. What that
// group may read, it may then read, too.
void give_up_privileges(const std::optional<InvokingUser>& user, std::optional<gid_t> readers = std::nullopt);

// What `ask` returns (0 to 125) when a child of this process, which has no other threads yet, asks after it gave up its
// privileges in that way; 126 if it could not give them up.
int ask_without_privileges(const std::optional<InvokingUser>& user, const std::function<int()>& ask);

// From now on every thread of this process may only do what recording takes (the list is in sandbox.cc). Another call
// is refused with EPERM; one that no recorder ever makes, but an intruder would, ends the process (SIGSYS).
struct Permitted {
  pid_t command = -1;            // the one process that may be signalled; -1: none
  int output_folder = -1;        // a descriptor of the one folder where files may be created and removed; -1: none
  std::optional<gid_t> readers;  // the group that files made there may be given to
  int marker_socket = -1;        // the one socket whose connections may be taken, and answered; -1: none
};
void enter_sandbox(const Permitted& permitted);

}  // namespace ebpftrace::recorder
