// SPDX-License-Identifier: Apache-2.0
// A summary and an index segment that say whatever the fuzzer made of blocks that are there: plans, sums, and the directory.
#include "tests/fuzz/forged_file.h"
#include "trace/read/summaries.h"

using namespace ebpftrace::trace;

// Input: the index message, then the summary's three.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span input(reinterpret_cast<const std::byte*>(data), size);
  const Bytes index = take_message(input);
  Bytes groups[3];
  for (Bytes& group : groups) group = take_message(input);
  ForgedFile file;
  // Blocks of which all columns are 0, so that every summary of them can be right.
  FrameHeader block = plain_header(FrameKind::kBlock);
  block.type = 1;
  const Bytes none[4];
  for (const uint32_t rows : {3u, 1000u, 16384u}) {
    block.count = rows;
    file.add_groups(block, none);
  }
  file.add_groups(plain_header(FrameKind::kSummary), groups);
  const uint64_t at = file.add_message(plain_header(FrameKind::kIndex), index);
  const Trace trace(in_memory(std::move(file).closed(at)));
  SummaryReader reader(trace);
  uint64_t sum = 0;
  const CallPlan plan = plan_calls(trace, true);
  for (size_t i = 0; i < plan.size(); ++i) {
    if (!reader.load(plan[i])) continue;
    for (const CallSum& row : reader.sums()) {
      sum += row.calls + row.max_ns;
      for (const SumBucket& bucket : row.buckets) sum += bucket.bucket * bucket.count;
    }
  }
  volatile uint64_t looked_at = sum;
  (void)looked_at;
  return 0;
}
