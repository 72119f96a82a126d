// SPDX-License-Identifier: Apache-2.0
// Trace files for fuzzing: what a target makes up lies between a sound beginning and a sound end, and every checksum is right.
// Checksums find accidents; what they would hide from a fuzzer is what a malicious file can do.
#pragma once

#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "trace/format/catalogue_message.h"
#include "trace/format/frame.h"
#include "trace/read/trace.h"

namespace ebpftrace::trace {

using Bytes = std::vector<std::byte>;

class ForgedFile {
 public:
  ForgedFile() {
    const Preamble preamble = make_preamble();
    append(std::as_bytes(std::span(&preamble, 1)));
    // The built-in one: a reader knows it by its bytes, and an execution is not spent on reading all system calls and symbols.
    const BuiltInCatalogue catalogue = built_in_catalogue_message();
    FrameHeader header = plain_header(FrameKind::kCatalogue);
    header.raw_bytes = static_cast<uint32_t>(catalogue.raw_bytes);
    add(header, catalogue.stored, catalogue.stored.size());
  }

  // A frame of one message, which may be anything. Returns its offset.
  uint64_t add_message(FrameHeader header, std::span<const std::byte> raw) {
    const Bytes stored = compress(raw);
    header.raw_bytes = static_cast<uint32_t>(raw.size());
    return add(header, stored, stored.size());
  }

  // A block or summary of these groups; an empty one is stored as "all 0".
  uint64_t add_groups(FrameHeader header, std::span<const Bytes> groups) {
    GroupTable table{};
    table.groups = static_cast<uint32_t>(groups.size());
    Bytes payload(table.bytes());
    header.raw_bytes = 0;
    for (size_t i = 0; i < groups.size(); ++i) {
      if (groups[i].empty()) continue;
      const Bytes stored = compress(groups[i]);
      table.entries[i] = {static_cast<uint32_t>(stored.size()), static_cast<uint32_t>(groups[i].size()),
                          checksum(stored.data(), stored.size())};
      header.raw_bytes += table.entries[i].raw_bytes;
      payload.insert(payload.end(), stored.begin(), stored.end());
    }
    std::memcpy(payload.data(), &table, table.bytes());
    return add(header, payload, table.bytes());
  }

  uint64_t size() const { return bytes_.size(); }
  Bytes closed(uint64_t index_offset) && {
    const EndMark mark = make_end_mark(index_offset, bytes_.size() + sizeof(EndMark));
    append(std::as_bytes(std::span(&mark, 1)));
    return std::move(bytes_);
  }
  Bytes open() && { return std::move(bytes_); }

 private:
  static Bytes compress(std::span<const std::byte> raw) {
    Bytes stored(ZSTD_compressBound(raw.size()));
    static ZSTD_CCtx* const context = ZSTD_createCCtx();  // a new one each time would be most of an execution
    stored.resize(ZSTD_compressCCtx(context, stored.data(), stored.size(), raw.data(), raw.size(), 1));
    return stored;
  }
  uint64_t add(FrameHeader header, std::span<const std::byte> payload, size_t checked) {
    const uint64_t offset = bytes_.size();
    header = seal(header, payload, checked);
    append(std::as_bytes(std::span(&header, 1)));
    append(payload);
    return offset;
  }
  void append(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  Bytes bytes_;
};

// Takes pieces off a fuzzer's input: a length of three bytes, then as much as there is of it, in whole words.
inline Bytes take_message(std::span<const std::byte>& input) {
  if (input.size() < 3) return {};
  size_t length = 0;
  std::memcpy(&length, input.data(), 3);
  input = input.subspan(3);
  const auto piece = input.first(std::min(length, input.size()) / 8 * 8);
  input = input.subspan(piece.size());
  return {piece.begin(), piece.end()};
}
inline void put_message(Bytes& input, std::span<const std::byte> message) {
  const size_t length = message.size();
  const auto* bytes = reinterpret_cast<const std::byte*>(&length);
  input.insert(input.end(), bytes, bytes + 3);
  input.insert(input.end(), message.begin(), message.end());
}

template <typename Struct>
Struct take_struct(std::span<const std::byte>& input) {
  Struct value{};
  const size_t bytes = std::min(input.size(), sizeof value);
  std::memcpy(&value, input.data(), bytes);
  input = input.subspan(bytes);
  return value;
}

}  // namespace ebpftrace::trace
