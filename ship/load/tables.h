// SPDX-License-Identifier: Apache-2.0
// The tables in ClickHouse. Those of events are the relations of the filter language: a column for each field, under its name,
// behind the columns that say of which recording and frame a row is. What others say already is not stored but computed where it is
// asked for (ALIAS): a server's work is by the column. Made of the catalogue that this program was built with.
#pragma once

#include <string>
#include <vector>

#include "predicate/field.h"
#include "ship/load/native_block.h"

namespace ebpftrace::ship {

// A column that is computed by the server.
struct ComputedColumn {
  std::string name, type, expression, doc;
};

// How a field of the language is in the rows of its table.
struct StoredField {
  enum class As : uint8_t {
    kColumn,  // `at` is the column
    kBit,     // of `flags`, `at` is its number
    kBytes,   // as many as the column `bytes` says, none, or absent: two bits of `flags`, the first one is `at`
  };
  predicate::Field field;
  As as = As::kColumn;
  unsigned at = 0;
};
inline constexpr uint64_t kBytesGiven = 1, kBytesNone = 2;  // the two bits

struct TableShape {
  std::string name, doc;
  std::vector<NativeColumnShape> columns;
  std::string order;                     // of the sorting key
  std::string relation;                  // not empty: rows are those of events
  std::string event_type;                // then: of that type
  std::vector<StoredField> fields;       // then: what is stored of them
  std::vector<ComputedColumn> computed;  // behind the columns
  unsigned flags = 0;                    // of `fields`: the column of their bits; 0: none has any
  std::string partition = "day";         // empty: not divided
};

// Of a table of events, before its fields: host, recording, part, frame, batch, day, time_ns, clock_ns.
inline constexpr unsigned kHostColumn = 0, kTimeColumn = 6, kClockColumn = 7;

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
