// SPDX-License-Identifier: Apache-2.0
// The compressor thread: blocks from the queue -> frames -> file, with a status frame about once a second; and the end
// of the file. When the disk fails it goes on taking blocks and counts their rows as lost(disk).
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "recorder/block_encoder.h"
#include "recorder/block_queue.h"
#include "recorder/clocks.h"
#include "recorder/loss_ledger.h"
#include "recorder/trace_file.h"

namespace ebpftrace {

struct RecorderCost {
  uint64_t user_ns = 0;
  uint64_t system_ns = 0;
  uint64_t max_rss_bytes = 0;
  uint64_t bpf_ns = 0;
  uint64_t bpf_runs = 0;
  uint64_t ring_peak_bytes = 0;
};

struct StatusReport {
  std::vector<EventCount> counts;  // produced and lost in the kernel
  RecorderCost cost;
};

class TraceWriter {
 public:
  // header: the built TraceHeader message. report, clocks: called on the compressor's thread, must be thread-safe.
  TraceWriter(TraceFile& file, BlockQueue& queue, LossLedger& losses, capnp::MessageBuilder& header,
              std::function<StatusReport()> report, int zstd_level,
              std::function<ClockReading()> clocks = read_clocks);
  ~TraceWriter();

  // Writes what the queue still holds, the last status, the index and the end mark. The queue must have been closed.
  // False if the file lacks anything (file.error() or lost rows say what).
  bool finish(const std::string& stopped_by);

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // errno of the first write that failed, 0 if none did.
  int error() const { return first_error_.load(std::memory_order_relaxed); }

 private:
  void run();
  void write(const OpenBlock& block);
  void count_lost(const FrameHeader& header);
  bool write_status(bool final, const std::string& stopped_by);
  bool write_index();
  void note_error();

  TraceFile& file_;
  BlockQueue& queue_;
  LossLedger& losses_;
  std::function<StatusReport()> report_;
  std::function<ClockReading()> clocks_;
  BlockEncoder encoder_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<int> first_error_{0};
  std::thread thread_;
};

}  // namespace ebpftrace
