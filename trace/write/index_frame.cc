// SPDX-License-Identifier: Apache-2.0
#include "trace/write/index_frame.h"

#include <capnp/message.h>

#include <vector>

namespace ebpftrace::trace {

EncodedFrame encode_index(BlockEncoder& encoder, std::span<const FrameEntry> frames, uint64_t previous) {
  capnp::MallocMessageBuilder message;
  auto index = message.initRoot<schema::Index>();
  index.setFrames(static_cast<uint32_t>(frames.size()));
  index.setPrevious(previous);
  std::vector<uint64_t> values(frames.size());
  auto column = [&](schema::Column::Builder to, schema::Encoding encoding, auto value_of) {
    for (size_t i = 0; i < frames.size(); ++i) values[i] = value_of(frames[i]);
    encoder.write_column(to, values, {encoding});
  };
  column(index.initOffset(), schema::Encoding::DELTA, [](const FrameEntry& f) { return f.offset; });
  column(index.initKind(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.kind}; });
  column(index.initType(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.type}; });
  column(index.initCpu(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.cpu}; });
  column(index.initCount(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.count}; });
  column(index.initFirstNs(), schema::Encoding::DELTA, [](const FrameEntry& f) { return f.header.first_ns; });
  column(index.initLastNs(), schema::Encoding::DELTA, [](const FrameEntry& f) { return f.header.last_ns; });
  column(index.initStoredBytes(), schema::Encoding::PACKED,
         [](const FrameEntry& f) { return uint64_t{f.header.stored_bytes}; });
  column(index.initRawBytes(), schema::Encoding::PACKED,
         [](const FrameEntry& f) { return uint64_t{f.header.raw_bytes}; });
  return encoder.encode(plain_header(FrameKind::kIndex), message);
}

}  // namespace ebpftrace::trace
