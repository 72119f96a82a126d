// SPDX-License-Identifier: Apache-2.0
// What the BPF programs must know of each system call, from schema/syscalls.capnp: which arguments are descriptors and
// paths, and what the other pointers lead to.
#pragma once

#include <array>
#include <cstdint>

#include "bpf/shared.h"

namespace ebpftrace::recorder {

struct ContentOptions {
  static constexpr uint32_t kMaxBytes = ITEM_BYTES - 1;

  uint32_t bytes = 256;  // most bytes of a string or buffer that are kept (-s), at most kMaxBytes
  bool data = false;     // what read, write, send and the like move, too (--data)
};

// What goes into the programs' constants before they are loaded.
struct CallTables {
  // By call number: 64-bit calls, then from CALLS on 32-bit ones. Numbers that the catalogue doesn't know, and the last
  // row of each half, say "six arguments, nothing known of them".
  std::array<call_info, 2 * CALLS> calls;
  // A call's captures follow one another, in the order of its arguments; row 0 is not used.
  std::array<capture, CAPTURES> captures;
  std::array<::path_starts, 2 * CALLS> path_starts;  // likewise by call number
  // For which values of another argument a capture is due; row 0 is not used.
  std::array<choice, CHOICES> choices;
};
// returns_only: for programs that see a call only when it returns.
CallTables make_call_tables(const ContentOptions& options, bool returns_only = false);

}  // namespace ebpftrace::recorder
