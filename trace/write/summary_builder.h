// SPDX-License-Identifier: Apache-2.0
// Sums up blocks of system calls as they are written, so that a reader can answer most questions about calls, errors, bytes and
// latency without them. Blocks are taken together in units of up to 16 Ki rows; a summary frame holds some tens of units and
// their total. It takes at most kShare of the blocks' bytes: of a unit with too many different threads and calls (a build's
// short-lived processes) there are no rows, and it has to be read itself.
// One thread. Bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "trace/format/frame.h"
#include "trace/write/block_encoder.h"
#include "trace/write/call_sums.h"
#include "trace/write/open_block.h"

namespace ebpftrace::trace {

class SummaryBuilder {
 public:
  static constexpr size_t kUnitRows = 16384, kUnits = 64, kMaxBlocks = 4096;
  static constexpr uint64_t kLongNs = 1'000'000;
  static constexpr size_t kMostLongCalls = 64;  // of a unit

  SummaryBuilder();

  // A block that was written at `offset`. Other types than system calls are left out.
  void add(const OpenBlock& block, const FrameHeader& header, uint64_t offset);
  // The frame at the end of the file is not there any more.
  void remove(uint64_t offset);
  // It is time for a frame.
  bool full() const { return units_.size() >= kUnits || blocks_.size() >= kMaxBlocks; }
  // The frame that sums up what was added since the last one; nothing where no unit has anything to say. The encoder's bytes.
  std::optional<EncodedFrame> take(BlockEncoder& encoder);
  void clear();

 private:
  struct BlockEntry {
    uint64_t offset, rows, checksum, unit;
  };
  struct LongCall {
    uint64_t start_ns, duration_ns, thread, number, flags, result, file;
  };
  struct Unit {
    CallSums sums;
    std::vector<LongCall> long_calls;
    bool mixed = false;         // there were more of them
    bool without_rows = false;  // they would take too much; the total may have them still

    bool has_rows() const { return !without_rows && !sums.given_up(); }
    uint64_t rows = 0, stored_bytes = 0, first_return_ns = UINT64_MAX, last_return_ns = 0;
  };
  struct Columns {
    unsigned time, duration, result, thread, file, number, flags, moved, peeked;
  };

  Unit& unit_for(size_t rows);
  bool add_alike(Unit& unit, const OpenBlock& block);
  void add_long_calls(Unit& unit, const OpenBlock& block);
  static void bound(Unit& unit);
  bool counts_bytes(uint64_t number, uint64_t flags) const;
  void write_index(schema::Summary::Builder to, BlockEncoder& encoder, const CallSums& total);
  void write_long_calls(schema::LongCalls::Builder to, BlockEncoder& encoder);

  std::vector<bool> counts_bytes_;  // compat << 16 | number
  std::optional<Columns> columns_;  // of the type "syscall"
  uint16_t type_ = 0;
  std::vector<BlockEntry> blocks_;
  std::vector<Unit> units_, spare_;
};

}  // namespace ebpftrace::trace
