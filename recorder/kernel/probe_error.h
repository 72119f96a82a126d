// SPDX-License-Identifier: Apache-2.0
// What goes wrong when programs are loaded and attached, in one message that names what is refused, its value and the remedy.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace ebpftrace::recorder {

struct ProbeError : std::runtime_error {
  enum class Kind { kPrivilege, kNoBtf, kRefused, kRejected, kNoSuchProcess };  // kRejected: by the verifier, our fault
  ProbeError(Kind kind, const std::string& what) : std::runtime_error(what), kind(kind) {}
  Kind kind;
};

// What the recorder exits with for it (enum ExitStatus).
int exit_status_of(ProbeError::Kind kind);

// From now on what libbpf says is kept for refused(); verbose: and shown on standard error. For the whole process.
void listen_to_libbpf(bool verbose);

// What libbpf would have said.
void add_to_libbpf_log(std::string_view text);

// Throws the ProbeError for an operation of libbpf or the kernel that failed with this errno.
[[noreturn]] void refused(std::string_view doing, int error);

}  // namespace ebpftrace::recorder
