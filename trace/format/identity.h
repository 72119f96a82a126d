// SPDX-License-Identifier: Apache-2.0
// What tells recordings, machines and the parts of a recording apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ebpftrace::trace {

using Id = std::array<std::byte, 16>;

// What the parts of a recording before this one hold and lack.
struct EarlierRows {
  uint16_t type;  // event type id
  uint64_t recorded, lost;
};

}  // namespace ebpftrace::trace
