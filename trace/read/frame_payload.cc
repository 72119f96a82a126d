// SPDX-License-Identifier: Apache-2.0
#include "trace/read/frame_payload.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace ebpftrace::trace {

FramePayload::FramePayload() : zstd_(ZSTD_createDCtx()) {
  if (!zstd_) throw std::bad_alloc();
}

std::span<std::byte> FramePayload::Buffer::at_least(size_t bytes) {
  if (bytes > size) {
    memory.reset();  // first, so that we never hold both
    size = 0;
    memory.reset(std::aligned_alloc(64, (bytes + 63) & ~size_t{63}));
    if (!memory) throw std::bad_alloc();
    size = bytes;
  }
  return {static_cast<std::byte*>(memory.get()), bytes};
}

// The directory was filled under these limits; they are checked again where memory is taken.
bool FramePayload::check_header(const Frame& frame, const FrameHeader& header, DamageLog& damage) {
  const char* what = nullptr;
  if (frame.stored_bytes > kMaxStoredBytes || frame.raw_bytes > kMaxRawBytes)
    what = "frame too large";
  else if (header.header_checksum != checksum_of_front(header) || header.raw_bytes != frame.raw_bytes ||
           header.stored_bytes != frame.stored_bytes || header.count != frame.count || header.type != frame.type ||
           header.kind != frame.kind || header.cpu != frame.cpu || header.first_ns != frame.first_ns ||
           header.last_ns != frame.last_ns)
    what = "the frame is not what the index, or its header before, said";
  if (what) damage.report(frame.offset, what);
  return !what;
}

// Empty: it isn't what it should be.
std::span<const capnp::word> FramePayload::decompress(std::span<const std::byte> stored, std::span<std::byte> raw) {
  if (raw.empty() || raw.size() % sizeof(capnp::word) != 0) return {};
  if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != raw.size()) return {};
  const size_t got = ZSTD_decompressDCtx(zstd_.get(), raw.data(), raw.size(), stored.data(), stored.size());
  if (ZSTD_isError(got) || got != raw.size()) return {};
  return {reinterpret_cast<const capnp::word*>(raw.data()), raw.size() / sizeof(capnp::word)};
}

std::span<const capnp::word> FramePayload::load(const TraceBytes& bytes, const Frame& frame, DamageLog& damage) {
  auto fail = [&](const char* what) {
    damage.report(frame.offset, what);
    return std::span<const capnp::word>();
  };
  block_.reset();
  if (frame.stored_bytes > kMaxStoredBytes || frame.raw_bytes > kMaxRawBytes) return fail("frame too large");
  const auto stored = stored_.at_least(sizeof(FrameHeader) + frame.stored_bytes);
  if (bytes.read(frame.offset, stored) != stored.size()) return fail("frame could not be read");
  FrameHeader header;
  std::memcpy(&header, stored.data(), sizeof header);
  if (!check_header(frame, header, damage)) return {};
  const auto payload = stored.subspan(sizeof header);
  if (header.payload_checksum != checksum(payload.data(), payload.size())) return fail("frame payload damaged");
  const auto words = decompress(payload, raw_.at_least(frame.raw_bytes));
  return words.empty() ? fail("frame does not decompress to the size it gives") : words;
}

// Reads the block's header and group table.
bool FramePayload::start_groups(const TraceBytes& bytes, const Frame& frame, DamageLog& damage) {
  block_.reset();
  groups_ = {};
  loaded_ = 0;
  auto fail = [&](const char* what) {
    damage.report(frame.offset, what);
    return false;
  };
  std::byte front[sizeof(FrameHeader) + sizeof(GroupTable)];
  const auto front_bytes = std::min<size_t>(sizeof front, sizeof(FrameHeader) + frame.stored_bytes);
  if (bytes.read(frame.offset, std::span(front).first(front_bytes)) != front_bytes)
    return fail("frame could not be read");
  FrameHeader header;
  std::memcpy(&header, front, sizeof header);
  if (!check_header(frame, header, damage)) return false;

  table_ = {};
  const size_t payload_bytes = front_bytes - sizeof header;
  std::memcpy(&table_, front + sizeof header, payload_bytes);
  if (payload_bytes < offsetof(GroupTable, entries) || table_.groups > kMaxColumnGroups ||
      table_.bytes() > payload_bytes)
    return fail("a block without a whole group table");
  if (header.payload_checksum != checksum(front + sizeof header, table_.bytes())) return fail("frame payload damaged");
  stored_at_[0] = table_.bytes();
  raw_at_[0] = 0;
  for (unsigned group = 0; group < table_.groups; ++group) {
    stored_at_[group + 1] = stored_at_[group] + table_.entries[group].stored_bytes;
    raw_at_[group + 1] = raw_at_[group] + table_.entries[group].raw_bytes;
    if (table_.entries[group].raw_bytes % sizeof(capnp::word) != 0) return fail("frame size makes no sense");
  }
  if (stored_at_[table_.groups] != frame.stored_bytes || raw_at_[table_.groups] != frame.raw_bytes)
    return fail("a block's groups are not as large as the frame");
  block_ = frame;
  return true;
}

bool FramePayload::load_groups(const TraceBytes& bytes, const Frame& frame, uint32_t wanted, DamageLog& damage) {
  if (block_ != frame && !start_groups(bytes, frame, damage)) return false;
  auto fail = [&](const char* what) {
    block_.reset();
    groups_ = {};
    damage.report(frame.offset, what);
    return false;
  };
  wanted &= ~loaded_;
  const auto raw = raw_.at_least(frame.raw_bytes);  // of the same size as before: what is there stays
  for (unsigned first = 0; first < table_.groups;) {
    if (!(wanted >> first & 1)) {
      ++first;
      continue;
    }
    unsigned end = first + 1;  // groups that lie together are read together
    while (end < table_.groups && wanted >> end & 1) ++end;
    const auto stored = stored_.at_least(stored_at_[end] - stored_at_[first]);
    if (bytes.read(frame.offset + sizeof(FrameHeader) + stored_at_[first], stored) != stored.size())
      return fail("frame could not be read");
    for (unsigned group = first; group < end; ++group) {
      const GroupEntry& entry = table_.entries[group];
      const auto own = stored.subspan(stored_at_[group] - stored_at_[first], entry.stored_bytes);
      if (entry.checksum != (own.empty() ? 0 : checksum(own.data(), own.size()))) return fail("frame payload damaged");
      loaded_ |= 1u << group;
      if (!entry.raw_bytes && own.empty()) continue;
      groups_[group] = decompress(own, raw.subspan(raw_at_[group], entry.raw_bytes));
      if (groups_[group].empty()) return fail("frame does not decompress to the size it gives");
    }
    first = end;
  }
  return true;
}

}  // namespace ebpftrace::trace
