// SPDX-License-Identifier: Apache-2.0
// The bytes around a trace's messages: a preamble, then frames until the end. docs/trace-format.md is the prose.
// All integers little-endian. Plain structs that are copied to and from the file with memcpy.
#pragma once

#include <xxhash.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace ebpftrace::trace {

static_assert(std::endian::native == std::endian::little, "frames are copied as they lie in memory");

inline constexpr uint16_t kFormatMajor = 2;  // a reader refuses what it doesn't know
inline constexpr uint16_t kFormatMinor = 0;  // additions that older readers may skip
inline constexpr uint32_t kMaxRawBytes = 16u << 20;
// What a writer keeps a frame's payload below: message brokers take a million bytes by default.
inline constexpr uint32_t kMaxWrittenBytes = 900'000;
inline constexpr uint32_t kNoCpu = 0xffffffff;

// The first bytes. As in PNG: not text, and both line-ending conversions and 7-bit transport damage it visibly.
inline constexpr unsigned char kPreambleMagic[8] = {0x89, 'E', 'B', 'T', '\r', '\n', 0x1a, '\n'};

struct Preamble {
  unsigned char magic[8];
  uint16_t major;
  uint16_t minor;
  uint32_t reserved;  // 0
  uint64_t checksum;  // XXH3-64 of the 16 bytes before
};
static_assert(sizeof(Preamble) == 24);

enum class FrameKind : uint16_t {
  kHeader = 1,     // schema::TraceHeader; first
  kBlock = 2,      // schema::Block
  kStatus = 3,     // schema::Status
  kIndex = 4,      // schema::Index
  kCatalogue = 5,  // schema::Catalogue; second
  kSummary = 6,    // schema::Summary and others, in groups
};

inline constexpr uint32_t kFrameMagic = 0x31f7b3e5;  // e5 b3 f7 31: no ASCII, no UTF-8

struct FrameHeader {
  uint32_t magic;
  uint16_t kind;
  uint16_t type;   // event type id of a block, else 0
  uint32_t cpu;    // of a block, else kNoCpu
  uint32_t count;  // rows
  uint32_t raw_bytes;
  uint32_t stored_bytes;
  uint64_t first_ns;          // smallest timeNs
  uint64_t last_ns;           // largest time that a row ends at
  uint64_t payload_checksum;  // XXH3-64 of the stored bytes; of a block, of its group table
  uint64_t reserved;          // 0
  uint64_t header_checksum;   // XXH3-64 of the 56 bytes before
};
static_assert(sizeof(FrameHeader) == 64);

// A block's payload: a table, then the groups of its columns one after the other. Each group is one zstd frame that
// holds one message (schema::Block) and is read without the others.
inline constexpr uint32_t kMaxColumnGroups = 8;

struct GroupEntry {
  uint32_t stored_bytes;
  uint32_t raw_bytes;  // 0: all columns of the group are 0, and nothing is stored
  uint64_t checksum;   // XXH3-64 of the stored bytes
};
static_assert(sizeof(GroupEntry) == 16);

struct GroupTable {
  uint32_t groups;
  uint32_t reserved;                     // 0
  GroupEntry entries[kMaxColumnGroups];  // `groups` of them are stored

  size_t bytes() const { return offsetof(GroupTable, entries) + groups * sizeof(GroupEntry); }
};

// The last bytes of a file that was closed in order.
struct EndMark {
  unsigned char magic[8];
  uint64_t index_offset;  // of the index frame, or kNoIndex
  uint64_t file_bytes;    // end mark included
  uint64_t checksum;      // XXH3-64 of the 24 bytes before
};
static_assert(sizeof(EndMark) == 32);
inline constexpr uint64_t kNoIndex = 0;  // there were too many frames for one
inline constexpr unsigned char kEndMagic[8] = {0xe5, 'E', 'B', 'T', 'e', 'n', 'd', '\n'};

inline uint64_t checksum(const void* data, size_t bytes) { return XXH3_64bits(data, bytes); }

template <typename Struct>
uint64_t checksum_of_front(const Struct& whole) {  // all but the checksum itself, which is last
  return checksum(&whole, sizeof(Struct) - sizeof(uint64_t));
}

// Of a frame that isn't a block.
inline FrameHeader plain_header(FrameKind kind) {
  FrameHeader header{};
  header.kind = static_cast<uint16_t>(kind);
  header.cpu = kNoCpu;
  return header;
}

// checked: how much of the payload, from its beginning, the header's checksum covers.
inline FrameHeader seal(FrameHeader header, std::span<const std::byte> payload, size_t checked) {
  header.magic = kFrameMagic;
  header.stored_bytes = static_cast<uint32_t>(payload.size());
  header.payload_checksum = checksum(payload.data(), checked);
  header.header_checksum = checksum_of_front(header);
  return header;
}

inline FrameHeader seal(FrameHeader header, std::span<const std::byte> payload) {
  return seal(header, payload, payload.size());
}

inline Preamble make_preamble() {
  Preamble preamble{};
  std::memcpy(preamble.magic, kPreambleMagic, sizeof kPreambleMagic);
  preamble.major = kFormatMajor;
  preamble.minor = kFormatMinor;
  preamble.checksum = checksum_of_front(preamble);
  return preamble;
}

inline EndMark make_end_mark(uint64_t index_offset, uint64_t file_bytes) {
  EndMark mark{};
  std::memcpy(mark.magic, kEndMagic, sizeof kEndMagic);
  mark.index_offset = index_offset;
  mark.file_bytes = file_bytes;
  mark.checksum = checksum_of_front(mark);
  return mark;
}

}  // namespace ebpftrace::trace
