// SPDX-License-Identifier: Apache-2.0
#include "trace/write/catalogue_frame.h"

#include <cstring>

#include "trace/format/catalogue_message.h"
#include "trace/write/block_encoder.h"

namespace ebpftrace::trace {

std::vector<std::byte> built_in_catalogue_frame() {
  const BuiltInCatalogue catalogue = built_in_catalogue_message();
  FrameHeader header = plain_header(FrameKind::kCatalogue);
  header.raw_bytes = static_cast<uint32_t>(catalogue.raw_bytes);
  header = seal(header, catalogue.stored);
  std::vector<std::byte> frame(sizeof header + catalogue.stored.size());
  std::memcpy(frame.data(), &header, sizeof header);
  std::memcpy(frame.data() + sizeof header, catalogue.stored.data(), catalogue.stored.size());
  return frame;
}

std::vector<std::byte> catalogue_frame(capnp::MessageBuilder& catalogue) {
  BlockEncoder encoder;
  const EncodedFrame frame = encoder.encode(plain_header(FrameKind::kCatalogue), catalogue);
  return {frame.bytes.begin(), frame.bytes.end()};
}

}  // namespace ebpftrace::trace
