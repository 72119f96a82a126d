// SPDX-License-Identifier: Apache-2.0
// Frames of traces as they lie in the table of frames. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ship/load/clickhouse.h"

namespace ebpftrace::ship {

struct StoredFrame {
  uint64_t offset;    // in the part's file
  std::string bytes;  // header and payload, or the end mark
};

// Those that `where` is true of, each once (of frames at one place, the one that came last), by recording, part and offset.
// Throws ClickHouseError.
std::vector<StoredFrame> stored_frames(ClickHouse& clickhouse, const std::string& where);

// As a file: what is missing are zeros, which a reader takes for damage.
std::vector<std::byte> file_of(const std::vector<StoredFrame>& frames);

}  // namespace ebpftrace::ship
