// SPDX-License-Identifier: Apache-2.0
// What the BPF programs must know of each system call, from schema/syscalls.capnp.
#pragma once

#include <array>

#include "bpf/shared.h"

namespace ebpftrace {

// Indexed by x86-64 call number; numbers that the catalogue doesn't know, and the last row, say "six arguments,
// nothing known of them".
std::array<call_info, CALLS> make_call_table();

}  // namespace ebpftrace
