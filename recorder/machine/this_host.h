// SPDX-License-Identifier: Apache-2.0
// What a trace's header says of the machine that it is made on. Host name and environment stay out of it.
#pragma once

#include <cstdint>

#include "trace/write/header_message.h"

namespace ebpftrace::recorder {

trace::HostFacts this_host();

// Random, from the kernel. Throws std::system_error.
trace::Id new_recording_id();
// East of UTC, now, in the zone of TZ or /etc/localtime.
int32_t utc_offset_seconds();

}  // namespace ebpftrace::recorder
