// SPDX-License-Identifier: Apache-2.0
// Where the frames are: by the index, if the file was closed in order and the index accounts for every byte of it;
// otherwise by a look at all frame headers. After damage the search goes on at the next magic number with a valid
// header checksum. What the index says of a frame is compared with the frame's own header whenever the frame is read.
#pragma once

#include <cstdint>
#include <optional>

#include "trace/format/frame.h"
#include "trace/read/damage.h"
#include "trace/read/frames.h"
#include "trace/read/trace_bytes.h"

namespace ebpftrace::trace {

// Frames of 64 bytes would otherwise let a file make us hold as much as it is long. At 25 a second and CPU group, 10 M
// are days.
inline constexpr size_t kMaxFrames = 10'000'000;

// What a frame may claim, else it is no frame.
inline constexpr uint32_t kMaxStoredBytes = kMaxRawBytes + (kMaxRawBytes >> 7);  // > ZSTD_compressBound(kMaxRawBytes)
inline constexpr uint32_t kMaxRows = 1u << 20;

// How far a file's frames have been found.
struct FrameDirectory {
  uint64_t at = sizeof(Preamble);  // where the next one begins
  bool searching = false;          // at lies in damage: the next one begins there or later
  bool full = false;               // there are more than kMaxFrames
  bool end_mark = false;
  uint64_t index_offset = 0;  // what the end mark says
  bool by_index = false;
};

// Offsets in the file, which begins at `base` of the offsets that frames and damage have.
struct FileView {
  const TraceBytes& bytes;
  uint64_t base = 0;
};

// What a file ends with when it is not an end mark: damage, or what is still being written.
enum class Tail { kCutOff, kMayGrow };

// Looks at frame headers from directory.at on, and appends to frames what it finds: in file order, not overlapping, each
// wholly inside the file. With kMayGrow, what may become a frame is left for the next look.
void scan_frames(const FileView& file, Tail tail, FrameDirectory& directory, Frames& frames, DamageLog& damage);

// All at once by the index. Nothing, and nothing appended, where there is none or it doesn't account for the whole file: what
// is wrong with it is reported, if anything is.
std::optional<FrameDirectory> indexed_frames(const FileView& file, Frames& frames, DamageLog& damage);

}  // namespace ebpftrace::trace
