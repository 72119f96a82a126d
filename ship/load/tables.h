// SPDX-License-Identifier: Apache-2.0
// The tables in ClickHouse. Those of events are the relations of the filter language: a column for each field, under its name,
// behind the columns that say of which recording and frame a row is. Made of the catalogue that this program was built with.
#pragma once

#include <string>
#include <vector>

#include "predicate/field.h"
#include "ship/load/native_block.h"

namespace ebpftrace::ship {

struct TableShape {
  std::string name, doc;
  std::vector<NativeColumnShape> columns;
  std::string order;       // of the sorting key
  std::string relation;    // not empty: rows are those of events; their fields follow the first kOwnColumns
  std::string event_type;  // then: of that type
  std::vector<predicate::Field> fields;  // then: what the columns behind those are
  std::string partition = "day";         // empty: not divided
};

// Of a table of events: host, recording, part, frame, batch, day, time, time_ns, boot_ns.
inline constexpr size_t kOwnColumns = 9;

// All of them: events, frames, recordings, losses, dropped, ledger, batches.
std::vector<TableShape> table_shapes();
const TableShape* find_table(const std::vector<TableShape>& tables, std::string_view name);

// What CREATE TABLE says behind the columns: MergeTree, or a replicated one at this path in ZooKeeper, where {table} is the
// table's name and {shard} and {replica} are macros of the server.
// remembers_blocks: the server can do that without replication, too.
std::string create_table(const TableShape& table, const std::string& database, const std::string& replicated_path,
                         bool remembers_blocks = false);

// As a field of the language is stored.
NativeColumnShape column_of(const predicate::Field& field);

}  // namespace ebpftrace::ship
