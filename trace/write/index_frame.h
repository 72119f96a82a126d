// SPDX-License-Identifier: Apache-2.0
// A segment of the index: where the frames since the last segment are, so that a reader needn't look at each.
#pragma once

#include <cstdint>
#include <span>

#include "trace/write/block_encoder.h"
#include "trace/write/trace_file.h"

namespace ebpftrace::trace {

// At most this many frames go into a segment: it stays below kMaxWrittenBytes, and what a writer has to remember below 3 MB.
inline constexpr size_t kFramesPerIndex = 32768;

// previous: offset of the segment before, 0 if there is none. The encoder's bytes.
EncodedFrame encode_index(BlockEncoder& encoder, std::span<const FrameEntry> frames, uint64_t previous);

}  // namespace ebpftrace::trace
