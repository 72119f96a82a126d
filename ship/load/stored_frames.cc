// SPDX-License-Identifier: Apache-2.0
#include "ship/load/stored_frames.h"

#include <algorithm>
#include <cstring>

#include "trace/format/frame.h"

namespace ebpftrace::ship {

std::vector<StoredFrame> stored_frames(ClickHouse& clickhouse, const std::string& where) {
  const std::string bytes = clickhouse.ask_all("SELECT frame, payload FROM {db}.frames WHERE " + where +
                                               " ORDER BY recording, part, frame, batch FORMAT RowBinary");
  std::vector<StoredFrame> frames;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (end - at > 8) {
    StoredFrame frame;
    std::memcpy(&frame.offset, at, 8);
    at += 8;
    uint64_t length = 0;
    for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at++);
      length |= uint64_t{byte & 0x7fu} << shift;
      if (!(byte & 0x80)) break;
    }
    if (length > static_cast<uint64_t>(end - at)) throw ClickHouseError("the server's answer is cut off", true);
    frame.bytes.assign(at, length);
    at += length;
    frames.push_back(std::move(frame));
  }
  return frames;
}

std::vector<std::byte> file_of(const std::vector<StoredFrame>& frames) {
  uint64_t size = sizeof(trace::Preamble);
  for (const StoredFrame& frame : frames) size = std::max(size, frame.offset + frame.bytes.size());
  std::vector<std::byte> file(size);
  const trace::Preamble preamble = trace::make_preamble();
  std::memcpy(file.data(), &preamble, sizeof preamble);
  for (const StoredFrame& frame : frames)
    std::memcpy(file.data() + frame.offset, frame.bytes.data(), frame.bytes.size());
  return file;
}

}  // namespace ebpftrace::ship
