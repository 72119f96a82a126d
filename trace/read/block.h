// SPDX-License-Identifier: Apache-2.0
// The rows of one frame, a tile of some rows at a time: only the groups of columns that were asked for (and the first one)
// are read, only those columns are decoded, into work space of constant size. One per thread, reused from frame to frame.
// Damage is reported to the trace: of what was read, so a block can be sound for one question and damaged for another.
//
//   Block block{trace, "syscall", {"thread", "result"}};
//   if (block.load(frame))
//     while (block.next_tile())
//       for (size_t i = 0; i < block.tile_rows(); ++i) use(block.column(0)[i], block.column(1)[i]);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "trace/read/frame_payload.h"
#include "trace/read/stored_column.h"
#include "trace/read/trace.h"

namespace ebpftrace::trace {

// A text as the recorder got it.
struct BlockText {
  std::string_view bytes;
  uint32_t cut = 0;         // bytes that the original had more
  bool present = false;     // false: no text
  bool unreadable = false;  // the memory could not be read
  bool at_least = false;    // the original may be longer still than bytes + cut
};

class Block {
 public:
  static constexpr size_t kTileRows = 1024;

  // Columns that the trace's catalogue doesn't have read as 0. Blocks of one thread may share the memory for payloads;
  // loading one then ends the use of the other.
  Block(const Trace& trace, const EventType& type, std::span<const std::string_view> columns,
        std::shared_ptr<FramePayload> payload = std::make_shared<FramePayload>());
  Block(const Trace& trace, std::string_view type, std::initializer_list<std::string_view> columns);

  // Reads and checks the groups. False: damaged, or not a block of this type.
  bool load(const Frame& frame);
  const Frame& frame() const { return frame_; }
  size_t rows() const { return rows_; }

  bool next_tile();
  size_t tile_start() const { return tile_start_; }
  size_t tile_rows() const { return tile_rows_; }
  // The tile's values of a column, by position in the list that was asked for. kTileRows of them may be looked at.
  const uint64_t* column(unsigned wanted) const { return tiles_[slots_[wanted]].values; }
  // The value of every row of the block, if they are all equal.
  std::optional<uint64_t> constant(unsigned wanted) const {
    const StoredColumn& stored = stored_[slots_[wanted]];
    return stored.constant() ? std::optional(stored.plan.base) : std::nullopt;
  }

  // All of a column's values in the block lie between these, as unsigned numbers. Nothing: not known.
  struct Range {
    uint64_t least, most;
  };
  std::optional<Range> range(unsigned wanted) const;

  // A text column's value is the number of a text of this block. Numbers that don't exist are reported, and no text.
  BlockText text(uint64_t number);
  uint32_t text_count() const { return text_count_; }
  const EventType& type() const { return *type_; }

 private:
  struct Tile {
    uint64_t* values = nullptr;
    bool filled_for_block = false;  // constant: written once
  };
  struct Text {
    uint64_t offset;
    uint32_t length, cut;
    uint8_t flags;
  };

  bool fail(const char* what);
  bool read_group(unsigned group);
  bool read_columns(unsigned group, schema::Block::Reader message);
  bool start_columns();
  bool read_strings(schema::Strings::Reader strings);
  bool index_texts();
  void need(unsigned slot, unsigned depth);
  bool start(unsigned slot);
  bool count_calls();
  bool decode(unsigned slot);
  std::span<const uint64_t> values_of(unsigned slot) const { return {tiles_[slot].values, tile_rows_}; }
  std::span<const uint32_t> places();

  const Trace& trace_;
  const EventType* type_;
  std::shared_ptr<FramePayload> payload_;
  Frame frame_{};
  size_t rows_ = 0, next_row_ = 0, tile_start_ = 0, tile_rows_ = 0;
  std::vector<std::vector<unsigned>> groups_;  // columns of the catalogue by group
  uint32_t wanted_groups_ = 1;
  unsigned text_group_;
  std::vector<unsigned> slots_;          // wanted -> slot; slot = column of the catalogue, the last one reads as 0
  std::vector<StoredColumn> stored_;     // by slot
  std::vector<ColumnDecoder> decoders_;  // by slot
  std::vector<Tile> tiles_;              // by slot
  std::vector<std::unique_ptr<uint64_t[]>> work_space_;
  std::vector<unsigned> order_;  // slots to decode, dependencies first
  std::vector<char> ordered_;
  std::optional<unsigned> thread_slot_, number_slot_;
  CallPlaces call_places_;
  std::array<uint32_t, kTileRows> places_;  // of the tile's rows in grouped columns
  bool places_known_ = false;

  uint32_t text_count_ = 0;
  bool texts_indexed_ = false, strings_missed_ = false;
  std::array<StoredColumn, 4> text_columns_;  // length, cut, flags, shared
  std::string_view text_bytes_;               // as stored: without shared fronts
  std::vector<char> whole_texts_;             // with them
  std::vector<Text> texts_;
};

}  // namespace ebpftrace::trace
