// SPDX-License-Identifier: Apache-2.0
// What a batch is made of: enough to make the same block again, to the byte, from the same frames.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/format/identity.h"

namespace ebpftrace::ship {

inline constexpr int32_t kFromFile = -1;

struct PlannedFrame {
  trace::Id host{}, boot{}, recording{};
  uint32_t part = 0;
  uint64_t frame = 0;     // where it begins in the part's file
  uint64_t checksum = 0;  // of its header: another frame in its place is another one
  uint16_t kind = 0, type = 0;
  uint32_t rows = 0;      // in the batch's table
  uint32_t recorded = 0;  // that the frame says it has
  uint64_t known_to = 0;  // the part was known up to there
  int32_t source = kFromFile;
  int64_t source_offset = 0, source_first = 0;
};

struct BatchPlan {
  std::string table;
  uint16_t day = 0;  // days since 1970: one part of a MergeTree, so that an insert is there as a whole or not at all
  size_t shard = 0;
  std::vector<PlannedFrame> frames;

  uint64_t rows() const;
  // A hash of all that.
  uint64_t id() const;
};

}  // namespace ebpftrace::ship
