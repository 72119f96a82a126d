// SPDX-License-Identifier: Apache-2.0
// The compressor thread: blocks from the queue -> frames -> file, with a status frame about once a second; the end of the
// file, and the beginning of the next one. When the disk fails it goes on taking blocks and counts their rows as lost(disk).
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "recorder/drain/block_queue.h"
#include "recorder/drain/loss_ledger.h"
#include "recorder/output/compression_level.h"
#include "recorder/output/part_account.h"
#include "trace/format/clocks.h"
#include "trace/write/block_encoder.h"
#include "trace/write/summary_builder.h"
#include "trace/write/trace_file.h"

namespace ebpftrace::recorder {

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
  // header: the built TraceHeader message; catalogue: a whole frame, which every file begins with behind it.
  // report, clocks: called on the compressor's thread, must be thread-safe. zstd_level: nothing for one that suits the machine's load.
  TraceWriter(std::unique_ptr<trace::TraceFile> file, BlockQueue& queue, LossLedger& losses,
              capnp::MessageBuilder& header, std::vector<std::byte> catalogue, std::function<StatusReport()> report,
              std::optional<int> zstd_level, std::function<trace::ClockReading()> clocks = trace::read_clocks);
  ~TraceWriter();

  // Before the first mark is pushed to the queue. At a mark, the file is ended and the recording goes on in the one that
  // next() gives, after `header` and what blocks are to be carried on; without one, and where the file can't be ended, it stays
  // where it is. next() is called on the compressor's thread.
  struct NextFile {
    std::unique_ptr<trace::TraceFile> file;
    std::unique_ptr<capnp::MessageBuilder> header;
  };
  void go_on_with(std::function<NextFile()> next) { next_ = std::move(next); }

  // Writes what the queue still holds, the last status, the index and the end mark. The queue must have been closed.
  // False if the file lacks anything (file.error() or lost rows say what).
  bool finish(const std::string& stopped_by);

  // What was written, as of one moment.
  struct Size {
    uint64_t former = 0;  // bytes of the files before the present one
    uint64_t begin = 0;   // of the present file: the header and what was carried on
    uint64_t file = 0;    // of the present file, with `begin`
    uint64_t all() const { return former + file; }
    uint64_t own() const { return file - begin; }
  };
  // Any thread.
  Size size() const;
  // Marks that were come to, and files that were begun. Any thread.
  unsigned marks() const { return marks_.load(); }
  unsigned parts() const { return parts_.load(std::memory_order_relaxed); }
  // Blocks by the level that they were compressed at; after finish().
  const std::map<int, uint64_t>& levels() const { return levels_; }
  // The last file; after finish().
  const trace::TraceFile& file() const { return *file_; }
  // errno of the first write that failed, 0 if none did.
  int error() const { return first_error_.load(std::memory_order_relaxed); }

 private:
  void run();
  void write(const trace::OpenBlock& block);
  void write_halves(const trace::OpenBlock& block);
  void write_summary();
  void end_segment();
  using RowsByCpu = std::vector<std::pair<uint32_t, size_t>>;
  void count_lost(uint16_t type, const RowsByCpu& rows);
  void count_removed(const trace::FrameEntry& removed);
  void write_header(capnp::MessageBuilder& header);
  void go_on();
  bool end_file(const std::string& stopped_by, bool recording_ends);
  bool write_status(const std::string& stopped_by, const std::vector<EventCount>& counts, const RecorderCost& cost);
  std::vector<EventCount> counts_so_far(const StatusReport& report) const;
  bool write_end();
  void note_error();
  void note_size(uint64_t former, uint64_t begin);

  std::unique_ptr<trace::TraceFile> file_;
  BlockQueue& queue_;
  LossLedger& losses_;
  std::function<StatusReport()> report_;
  std::function<trace::ClockReading()> clocks_;
  std::function<NextFile()> next_;
  CompressionLevel level_;
  std::map<int, uint64_t> levels_;
  trace::BlockEncoder encoder_;
  std::vector<std::byte> catalogue_;
  PartAccount account_;
  RowCounts recorded_;                    // in the present file
  std::map<uint64_t, RowsByCpu> shared_;  // of blocks that several CPUs share, by offset, since the last segment
  trace::SummaryBuilder summary_;
  std::vector<std::pair<trace::FrameHeader, std::vector<std::byte>>> carried_;  // frames
  bool ended_ = false;  // the present file, after an error, and there is no next one yet: what comes is lost
  mutable std::mutex size_mutex_;
  Size size_;  // changed by the compressor's thread alone, and by finish() behind it
  std::atomic<unsigned> marks_{0}, parts_{1};
  std::atomic<int> first_error_{0};
  std::thread thread_;
};

}  // namespace ebpftrace::recorder
