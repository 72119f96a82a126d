// SPDX-License-Identifier: Apache-2.0
// Frames of many parts -> batches of rows. A batch is of one table, one day, and of the parts of one source (a partition of the
// topic, or a file): of several hosts, as a rule. What the ledger knows isn't loaded again, whatever the source says twice; what it
// knows as begun is made again, to the byte. One thread (the inserts have theirs).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "ship/load/inserter.h"
#include "ship/load/loaded_part.h"
#include "ship/load/row_maker.h"

namespace ebpftrace::ship {

struct LoadLimits {
  std::string scratch;  // folder for parts that come in
  uint64_t batch_rows = 500'000;
  int batch_ms = 1'000;      // from one batch of a source to its next, unless there are as many rows
  int settle_ms = 3'000;     // without a status, frames are taken as they are
  int stale_ms = 3'600'000;  // a part that nothing came of is left
  unsigned inserters = 2;
};

struct LoadCounts {
  uint64_t frames = 0, rows = 0, batches = 0, bytes = 0, again = 0, known_frames = 0;
};

class Loader {
 public:
  Loader(const ClickHouseAddress& address, LoadLimits limits, std::function<void(const std::string&)> tell,
         std::stop_token stop);
  ~Loader();

  // A record of a partition. Where to read on from, if not behind it: the beginning of its part isn't here (any more).
  // Throws ClickHouseError, std::system_error, as all of these do.
  std::optional<int64_t> take(const FrameRecord& record, std::span<const std::byte> value, int32_t partition,
                              int64_t offset);
  // A part's file, whole as it is. Throws trace::TraceError.
  void take_file(const std::string& path);

  // Makes batches of what is due (of everything: flush), and takes note of those that are done.
  void work(bool flush);
  // No more is to be taken until something is done.
  bool full() const { return inserter_->full(); }
  // Everything that was taken is in its tables, or waits for more of its part.
  bool idle() const;
  // No frame waits for a status that may come.
  bool all_settled() const;
  void wait(int ms) { inserter_->wait(ms); }
  void stop() { inserter_->stop(); }

  // Of a partition: where a reader must begin that shall have everything that is needed. -1: nothing was taken.
  int64_t offset_to_commit(int32_t partition) const;
  // The partition is somebody else's.
  void forget(int32_t partition);
  const LoadCounts& counts() const { return counts_; }
  // Batches that can't be made again, as their frames did not come.
  size_t begun() const { return begun_.size(); }

 private:
  using Seen = std::set<std::pair<uint64_t, uint64_t>>;  // offset and checksum of frames

  LoadedPart* part_of(const FrameRecord& record, std::span<const std::byte> value, int32_t partition, int64_t offset,
                      std::optional<int64_t>& from);
  void know(LoadedPart& part, std::vector<Ledger::Entry> entries);
  bool take_dropped(const FrameRecord& record, std::span<const std::byte> value, int32_t partition);
  bool make_step(int32_t source, bool flush);
  void make_begun();
  std::optional<LoadStep> make_again(const BatchPlan& plan);
  void put(LoadStep step);
  void finish_parts();
  bool is_begun(const PartKey& part) const;
  bool is_superseded(const LoadedPart& part, const BatchPlan& plan) const;
  RowMaker& maker_of(LoadedPart& part, uint64_t known_to);

  LoadLimits limits_;
  std::function<void(const std::string&)> tell_;
  std::stop_token stop_;
  ClickHouse clickhouse_;
  Ledger ledger_;
  const std::vector<TableShape> tables_ = table_shapes();
  std::map<PartKey, std::unique_ptr<LoadedPart>> parts_;
  std::map<PartKey, std::unique_ptr<RowMaker>> makers_;
  std::map<const TableShape*, NativeBlock> blocks_;  // that are filled for a step, again and again
  std::map<PartKey, Seen> finished_;
  std::deque<PartKey> finished_order_;
  std::set<PartKey> sought_;
  std::map<uint64_t, BatchPlan> begun_;
  std::map<int32_t, int64_t> next_offset_;  // by partition
  std::map<int32_t, int64_t> batched_ms_;   // by source: when its last batch was made
  LoadCounts counts_;
  std::unique_ptr<Inserter> inserter_;
};

}  // namespace ebpftrace::ship
