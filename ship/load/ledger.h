// SPDX-License-Identifier: Apache-2.0
// Which frames are in which batch, and which batches ClickHouse has taken. A plan is written before its batch, the mark after it:
// whoever comes after a crash finds what was begun. One thread for each object.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ship/load/clickhouse.h"
#include "ship/load/plan.h"

namespace ebpftrace::ship {

class Ledger {
 public:
  explicit Ledger(ClickHouse& clickhouse) : clickhouse_(clickhouse) {}

  struct Entry {
    std::string table;
    uint64_t frame, checksum, batch;
    bool taken;
    size_t shard;
  };
  // What is known of a part. All of these throw ClickHouseError.
  std::vector<Entry> entries(const trace::Id& recording, uint32_t part);
  // Where in a partition the part begins; -1: not known.
  int64_t first_offset(const trace::Id& recording, uint32_t part, int32_t partition);
  // A plan as it was written. Its frames are empty if it isn't there.
  BatchPlan plan(size_t shard, uint64_t batch);

  // Plans of one shard.
  void write(std::span<const BatchPlan> plans, size_t shard);
  void mark(std::span<const BatchPlan> plans, size_t shard);
  // How many of the batch's rows are in its table.
  uint64_t rows_there(const BatchPlan& plan);
  // A server still works on that insert.
  bool is_under_way(const BatchPlan& plan);

 private:
  ClickHouse& clickhouse_;
};

}  // namespace ebpftrace::ship
