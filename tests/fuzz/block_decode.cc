// SPDX-License-Identifier: Apache-2.0
// A block of any type whose groups hold whatever the fuzzer made: every column of every tile, and every text.
#include "tests/fuzz/forged_file.h"
#include "trace/read/block.h"

using namespace ebpftrace::trace;

// Input: type and rows, 2 bytes each, then messages.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span input(reinterpret_cast<const std::byte*>(data), size);
  FrameHeader header = plain_header(FrameKind::kBlock);
  header.type = take_struct<uint16_t>(input);
  header.count = take_struct<uint16_t>(input);
  Bytes groups[4];
  for (Bytes& group : groups) group = take_message(input);
  ForgedFile file;
  file.add_groups(header, groups);
  const Trace trace(in_memory(std::move(file).open()));
  for (const auto& type : trace.catalogue().types) {
    if (type.id != header.type) continue;
    std::vector<std::string_view> names;
    for (const auto& column : type.columns) names.push_back(column.name);
    Block block(trace, type, names);
    if (!block.load(trace.frames().back())) break;
    uint64_t sum = 0;
    std::string copy;  // what is copied must be there
    while (block.next_tile())
      for (unsigned column = 0; column < names.size(); ++column) {
        const std::span values(block.column(column), block.tile_rows());
        if (!type.columns[column]
                 .is_text()) {  // decoding them is the test; a loop over them would be most of an execution
          sum += values.front() + values.back();
          continue;
        }
        for (const uint64_t value : values) sum += copy.assign(block.text(value).bytes).size();
      }
    volatile uint64_t looked_at = sum;
    (void)looked_at;
  }
  return 0;
}
