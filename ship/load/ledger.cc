// SPDX-License-Identifier: Apache-2.0
#include "ship/load/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "ship/kafka/record.h"
#include "ship/load/native_block.h"
#include "ship/load/tables.h"

namespace ebpftrace::ship {
namespace {

uint64_t number(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }
int64_t signed_number(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

const std::vector<NativeColumnShape>& shapes_of(std::string_view table) {
  static const std::vector<TableShape> tables = table_shapes();
  return find_table(tables, table)->columns;
}

}  // namespace

std::vector<Ledger::Entry> Ledger::entries(const trace::Id& recording, uint32_t part) {
  const std::string where = fmt::format("recording = '{}' AND part = {}", hex(recording), part);
  std::vector<Entry> all;
  for (size_t shard = 0; shard < clickhouse_.shards(); ++shard)
    for (const auto& row : rows_of(clickhouse_.ask_replicas(
             shard, fmt::format("SELECT DISTINCT `table`, frame, checksum, batch, batch IN (SELECT batch FROM "
                                "{{db}}.batches WHERE batch IN "
                                "(SELECT batch FROM {{db}}.ledger WHERE {})) FROM {{db}}.ledger WHERE {}",
                                where, where))))
      if (row.size() == 5)
        all.push_back({row[0], number(row[1]), number(row[2]), number(row[3]), row[4] == "1", shard});
  return all;
}

int64_t Ledger::first_offset(const trace::Id& recording, uint32_t part, int32_t partition) {
  const std::string sql = fmt::format(
      "SELECT min(source_first), count() FROM {{db}}.ledger WHERE recording = '{}' AND part = {} AND source = {}",
      hex(recording), part, partition);
  int64_t first = -1;
  for (size_t shard = 0; shard < clickhouse_.shards(); ++shard)
    for (const auto& row : rows_of(clickhouse_.ask_replicas(shard, sql)))
      if (row.size() == 2 && row[1] != "0" && (first < 0 || signed_number(row[0]) < first))
        first = signed_number(row[0]);
  return first;
}

BatchPlan Ledger::plan(size_t shard, uint64_t batch) {
  const std::string sql = fmt::format(
      "SELECT DISTINCT number, `table`, toUInt16(day), host_id, boot, recording, part, frame, checksum, kind, type, "
      "rows, recorded, known_to, "
      "source, source_offset, source_first FROM {{db}}.ledger WHERE batch = {} ORDER BY number",
      batch);
  BatchPlan plan;
  for (size_t replica = 0; replica < clickhouse_.address().shards[shard].size(); ++replica) {
    plan = {};
    plan.shard = shard;
    for (const auto& row : rows_of(clickhouse_.ask_replica(shard, replica, sql))) {
      if (row.size() != 17) continue;
      const auto host = id_of_hex(row[3]), boot = id_of_hex(row[4]), recording = id_of_hex(row[5]);
      if (!host || !boot || !recording) continue;
      plan.table = row[1];
      plan.day = static_cast<uint16_t>(number(row[2]));
      plan.frames.push_back(
          {*host, *boot, *recording, static_cast<uint32_t>(number(row[6])), number(row[7]), number(row[8]),
           static_cast<uint16_t>(number(row[9])), static_cast<uint16_t>(number(row[10])),
           static_cast<uint32_t>(number(row[11])), static_cast<uint32_t>(number(row[12])), number(row[13]),
           static_cast<int32_t>(signed_number(row[14])), signed_number(row[15]), signed_number(row[16])});
    }
    if (plan.id() == batch) break;  // else this replica hasn't it, or not yet
  }
  return plan;
}

void Ledger::write(std::span<const BatchPlan> plans, size_t shard) {
  NativeBlock block(shapes_of("ledger"));
  const auto now = static_cast<uint64_t>(std::time(nullptr));
  uint64_t hash = 0;
  for (const BatchPlan& plan : plans) {
    if (plan.shard != shard) continue;
    const uint64_t batch = plan.id();
    hash = hash * 31 + batch;
    for (uint32_t i = 0; i < plan.frames.size(); ++i) {
      const PlannedFrame& frame = plan.frames[i];
      size_t at = 0;
      auto next = [&]() -> NativeColumn& { return block.column(at++); };
      next().add(uint64_t{plan.day});
      next().add(batch);
      next().add(plan.table);
      next().add(hex(frame.host));
      next().add(hex(frame.boot));
      next().add(hex(frame.recording));
      next().add(uint64_t{frame.part});
      next().add(frame.frame);
      next().add(frame.checksum);
      next().add(uint64_t{frame.kind});
      next().add(uint64_t{frame.type});
      next().add(uint64_t{frame.rows});
      next().add(uint64_t{frame.recorded});
      next().add(frame.known_to);
      next().add(static_cast<uint64_t>(frame.source));
      next().add(static_cast<uint64_t>(frame.source_offset));
      next().add(static_cast<uint64_t>(frame.source_first));
      next().add(uint64_t{i});
      next().add(now);
      block.end_rows(1);
    }
  }
  if (block.rows()) clickhouse_.insert(shard, "ledger", block.bytes(), fmt::format("plan-{:016x}", hash));
}

void Ledger::mark(std::span<const BatchPlan> plans, size_t shard) {
  NativeBlock block(shapes_of("batches"));
  const auto now = static_cast<uint64_t>(std::time(nullptr));
  uint64_t hash = 0;
  for (const BatchPlan& plan : plans) {
    if (plan.shard != shard) continue;
    hash = hash * 31 + plan.id();
    block.column(0).add(uint64_t{plan.day});
    block.column(1).add(plan.id());
    block.column(2).add(plan.table);
    block.column(3).add(plan.rows());
    block.column(4).add(now);
    block.end_rows(1);
  }
  if (block.rows()) clickhouse_.insert(shard, "batches", block.bytes(), fmt::format("mark-{:016x}", hash));
}

uint64_t Ledger::rows_there(const BatchPlan& plan) {
  return number(
      clickhouse_.ask(plan.shard, fmt::format("SELECT count() FROM {{db}}.{} WHERE day = toDate({}) AND batch = {}",
                                              plan.table, plan.day, plan.id())));
}

bool Ledger::is_under_way(const BatchPlan& plan) {
  const std::string sql =
      fmt::format("SELECT count() FROM system.processes WHERE query LIKE '%INSERT INTO%{}%'", plan.table);
  for (size_t replica = 0; replica < clickhouse_.address().shards[plan.shard].size(); ++replica)
    if (number(clickhouse_.ask_replica(plan.shard, replica, sql)) > 1) return true;
  return false;
}

}  // namespace ebpftrace::ship
