// SPDX-License-Identifier: Apache-2.0
// Opening whatever lies behind a sound preamble and catalogue: frame headers (their checksums made right wherever there is a magic number),
// end marks, header, catalogue, status and index frames.
#include "tests/fuzz/forged_file.h"
#include "trace/read/trace_error.h"

using namespace ebpftrace::trace;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes file = ForgedFile().open();
  const size_t begin = file.size();
  const auto* input = reinterpret_cast<const std::byte*>(data);
  file.insert(file.end(), input, input + size);
  static_assert(kEndMagic[0] == (kFrameMagic & 0xff));
  for (size_t at = begin; at + sizeof(EndMark) <= file.size(); ++at) {
    if (file[at] != std::byte{kEndMagic[0]}) continue;  // memcmp() at each byte would be most of an execution
    if (std::memcmp(&file[at], &kFrameMagic, sizeof kFrameMagic) == 0 && file.size() - at >= sizeof(FrameHeader)) {
      FrameHeader header;
      std::memcpy(&header, &file[at], sizeof header);
      const size_t payload = std::min<size_t>(header.stored_bytes, file.size() - at - sizeof header);
      header.payload_checksum = checksum(&file[at] + sizeof header, payload);
      header.header_checksum = checksum_of_front(header);
      std::memcpy(&file[at], &header, sizeof header);
    } else if (std::memcmp(&file[at], kEndMagic, sizeof kEndMagic) == 0) {
      EndMark mark;
      std::memcpy(&mark, &file[at], sizeof mark);
      mark.checksum = checksum_of_front(mark);
      std::memcpy(&file[at], &mark, sizeof mark);
    }
  }
  try {
    const Trace trace(in_memory(std::move(file)));
    (void)trace.blocks_of("syscall");
  } catch (const TraceError&) {  // of another version
  }
  return 0;
}
