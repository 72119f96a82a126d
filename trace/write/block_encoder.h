// SPDX-License-Identifier: Apache-2.0
// Turns an open block, or a built message, into the bytes of a frame: columns -> Cap'n Proto message -> zstd -> header.
// One encoder per thread; it keeps its work space between calls. Throws only std::bad_alloc.
#pragma once

#include <capnp/message.h>
#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trace/format/column_codec.h"
#include "trace/format/frame.h"
#include "trace/write/open_block.h"

namespace ebpftrace::trace {

struct EncodedFrame {
  FrameHeader header;
  std::span<const std::byte> bytes;  // header and payload; the encoder's until its next call
};

class BlockEncoder {
 public:
  explicit BlockEncoder(int zstd_level = kDefaultLevel);
  // From the next call on.
  void set_level(int zstd_level);

  EncodedFrame encode(const OpenBlock& block);
  // A block whose groups (schema::Block) somebody else has built; nullptr: the group is all 0. header.type etc. as set.
  EncodedFrame encode_groups(FrameHeader header, std::span<capnp::MessageBuilder* const> groups);
  // Any other message; header.kind etc. as the caller set them.
  EncodedFrame encode(FrameHeader header, capnp::MessageBuilder& message);

  static constexpr int kDefaultLevel = 5;

  // Chooses a coding for the values and writes the column; context as for plan_column.
  void write_column(schema::Column::Builder column, std::span<const uint64_t> values, ColumnCoding wanted = {},
                    const CodingContext& context = {}, unsigned other = 0);

 private:
  unsigned stored_columns(const OpenBlock& block, unsigned group) const;
  void group_rows(const OpenBlock& block);
  void write_group(schema::Block::Builder root, const OpenBlock& block, unsigned group, unsigned count);
  void order_strings(const OpenBlock& block);
  void write_strings(schema::Strings::Builder message, std::span<const char> bytes);
  void flatten(capnp::MessageBuilder& message);
  void find_noise(uint32_t rows);
  size_t append_compressed();
  void append_group(GroupEntry& entry, capnp::MessageBuilder& message, const FrameHeader& header);
  EncodedFrame seal_block(FrameHeader header, const GroupTable& table);

  struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };

  std::unique_ptr<ZSTD_CCtx, FreeContext> zstd_;
  std::vector<uint64_t> transformed_;
  std::vector<uint8_t> stored_;
  CallPlaces call_places_;
  std::vector<uint32_t> places_;  // of the block's rows in grouped columns
  std::vector<BlockStrings::Entry> ordered_;
  std::vector<uint64_t> new_numbers_, mapped_;
  std::vector<uint64_t> lengths_, shared_;
  kj::Array<capnp::word> segment_;  // all 0 between calls, as MallocMessageBuilder wants and leaves it
  size_t wanted_words_ = 0;
  std::vector<std::byte> raw_;
  std::vector<size_t> cuts_;  // in raw_, rising
  std::vector<std::byte> frame_;
};

}  // namespace ebpftrace::trace
