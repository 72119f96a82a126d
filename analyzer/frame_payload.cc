// SPDX-License-Identifier: Apache-2.0
#include "analyzer/frame_payload.h"

#include <cstdlib>
#include <new>

namespace ebpftrace {

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

std::span<const capnp::word> FramePayload::load(const TraceBytes& bytes, const Frame& frame, DamageLog& damage) {
  auto fail = [&](const char* what) {
    damage.report(frame.offset, what);
    return std::span<const capnp::word>();
  };
  // The directory was filled under these limits; they are checked again where memory is taken.
  if (frame.stored_bytes > kMaxStoredBytes || frame.raw_bytes > kMaxRawBytes) return fail("frame too large");
  if (frame.raw_bytes == 0 || frame.raw_bytes % sizeof(capnp::word) != 0) return fail("frame size makes no sense");

  const auto stored = stored_.at_least(sizeof(FrameHeader) + frame.stored_bytes);
  if (bytes.read(frame.offset, stored) != stored.size()) return fail("frame could not be read");
  FrameHeader header;
  std::memcpy(&header, stored.data(), sizeof header);
  if (header.header_checksum != checksum_of_front(header) || header.raw_bytes != frame.raw_bytes ||
      header.stored_bytes != frame.stored_bytes || header.count != frame.count || header.type != frame.type)
    return fail("the file changed while it was read");
  const auto payload = stored.subspan(sizeof header);
  if (header.payload_checksum != checksum(payload.data(), payload.size())) return fail("frame payload damaged");

  if (ZSTD_getFrameContentSize(payload.data(), payload.size()) != frame.raw_bytes)
    return fail("frame does not decompress to the size it gives");
  const auto raw = raw_.at_least(frame.raw_bytes);
  const size_t got = ZSTD_decompressDCtx(zstd_.get(), raw.data(), raw.size(), payload.data(), payload.size());
  if (ZSTD_isError(got) || got != frame.raw_bytes) return fail("frame does not decompress");
  return {reinterpret_cast<const capnp::word*>(raw.data()), raw.size() / sizeof(capnp::word)};
}

}  // namespace ebpftrace
