// SPDX-License-Identifier: Apache-2.0
// A frame's payload, checked and decompressed. One per thread, reused: its memory is that of the largest frame it met.
#pragma once

#include <capnp/common.h>
#include <capnp/message.h>
#include <zstd.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "trace/read/frame_directory.h"

namespace ebpftrace::trace {

class FramePayload {
 public:
  FramePayload();

  // Reads, compares the header with what the directory holds, checks the checksum and decompresses into exactly the
  // size that the header gives. Empty: damaged, and reported.
  std::span<const capnp::word> load(const TraceBytes& bytes, const Frame& frame, DamageLog& damage);

  // The same of a block: those of its column groups whose bits are set in `wanted`, each read, checked and decompressed
  // without the others. Groups of the same frame that were loaded before stay, and are not read again. False: the block, or
  // one of these groups, is damaged.
  bool load_groups(const TraceBytes& bytes, const Frame& frame, uint32_t wanted, DamageLog& damage);
  // After that. Empty: the block hasn't that group, or all of its columns are 0.
  std::span<const capnp::word> group(unsigned number) const { return groups_[number]; }

  // Enough to look at everything in a sound message twice; a message that refers to the same bytes again and again
  // runs into it.
  static capnp::ReaderOptions limits(std::span<const capnp::word> message) {
    return {.traversalLimitInWords = 2 * message.size() + 1024, .nestingLimit = 8};
  }

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  struct FreeMemory {
    void operator()(void* memory) const { ::free(memory); }
  };
  // Uninitialised memory that grows; pages that nothing touches cost nothing.
  struct Buffer {
    std::unique_ptr<void, FreeMemory> memory;
    size_t size = 0;
    std::span<std::byte> at_least(size_t bytes);
  };

  bool check_header(const Frame& frame, const FrameHeader& header, DamageLog& damage);
  std::span<const capnp::word> decompress(std::span<const std::byte> stored, std::span<std::byte> raw);

  std::unique_ptr<ZSTD_DCtx, FreeContext> zstd_;
  bool start_groups(const TraceBytes& bytes, const Frame& frame, DamageLog& damage);

  Buffer stored_;
  Buffer raw_;
  std::optional<Frame> block_;  // whose groups are held
  uint32_t loaded_ = 0;         // a bit for each group
  GroupTable table_{};
  std::array<uint64_t, kMaxColumnGroups + 1> stored_at_{}, raw_at_{};
  std::array<std::span<const capnp::word>, kMaxColumnGroups> groups_;
};

}  // namespace ebpftrace::trace
