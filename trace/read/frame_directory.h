// SPDX-License-Identifier: Apache-2.0
// Where the frames are. The frame headers are the truth and are all looked at (64 bytes each); the index at the end
// is compared with them by the trace reader. After damage the search goes on at the next magic number with a valid
// header checksum.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "trace/format/frame.h"
#include "trace/read/damage.h"
#include "trace/read/trace_bytes.h"

namespace ebpftrace::trace {

struct Frame {
  uint64_t offset;  // of its header
  uint64_t first_ns;
  uint64_t last_ns;
  uint32_t count;
  uint32_t cpu;
  uint32_t raw_bytes;
  uint32_t stored_bytes;
  uint16_t kind;  // FrameKind, or one of a later minor version
  uint16_t type;

  bool is(FrameKind wanted) const { return kind == static_cast<uint16_t>(wanted); }
};

// A deque: growing doesn't copy, so the memory is what the frames need and no more.
using Frames = std::deque<Frame>;

// 64-byte frames would otherwise let a file make us hold as much as it is long. 2 M frames are, at 20 a
// second and CPU, 7 hours of a busy 4-CPU machine.
inline constexpr size_t kMaxFrames = 2'000'000;

// What a frame may claim, else it is no frame.
inline constexpr uint32_t kMaxStoredBytes = kMaxRawBytes + (kMaxRawBytes >> 7);  // > ZSTD_compressBound(kMaxRawBytes)
inline constexpr uint32_t kMaxRows = 1u << 20;

struct FrameDirectory {
  Frames frames;  // in file order, not overlapping, each wholly inside the file
  bool end_mark = false;
  uint64_t index_offset = 0;  // what the end mark says
};

// Starts at the first byte after the preamble.
FrameDirectory scan_frames(const TraceBytes& bytes, DamageLog& damage);

}  // namespace ebpftrace::trace
