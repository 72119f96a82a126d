// SPDX-License-Identifier: Apache-2.0
// Running processes, from /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace ebpftrace::recorder {

// Processes that descend from `tgid` now, without itself.
std::vector<uint32_t> descendants_of(uint32_t tgid);

// The process that thread `tid` belongs to; nothing if there is no such thread.
std::optional<uint32_t> process_of(uint32_t tid);

// False in a container with process ids of its own; true also where /proc does not say.
bool in_initial_pid_namespace();

}  // namespace ebpftrace::recorder
