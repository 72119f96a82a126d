// SPDX-License-Identifier: Apache-2.0
// The path of a described file as /proc/PID/fd would show it, but without " (deleted)", which is in its flags; and of a control
// group as /proc/PID/cgroup does, from what the BPF program sent.
#pragma once

#include <span>
#include <string>

#include "bpf/records.h"

namespace ebpftrace::recorder {

// components: leaf first, each ended by a zero byte. Sets `cut_bytes` of the result's front if the walk was cut.
std::string display_path(const file_record& record, std::span<const std::byte> components);

// The path of a control group from the root of the unified hierarchy. components as above.
std::string cgroup_path(const cgroup_record& record, std::span<const std::byte> components);

}  // namespace ebpftrace::recorder
