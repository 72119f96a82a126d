// SPDX-License-Identifier: Apache-2.0
// Relations as virtual tables of SQLite. A scan goes through the blocks of the trace with a sieve for what the statement
// compares columns with, and decodes the columns that it needs. Where a statement groups by columns of the table, the
// blocks are read on several threads first, and rows are handed over group by group, so that SQLite need not sort them; if
// that takes more memory than there is for it, the scan fails with `too_many_groups` set, and is to be made without.
#pragma once

#include <sqlite3.h>

#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "analyzer/fields/relation.h"
#include "analyzer/query/scan_blocks.h"

namespace ebpftrace::analyzer {

// What tables of a database share.
struct SqlScan {
  const Session& session;
  std::stop_token stop;
  // Names of columns that the statement reads, by table: those past the 63rd are not told apart otherwise.
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> columns_read;
  bool may_group = true;
  bool grouped = false;          // the last scan delivered groups
  bool too_many_groups = false;  // a scan failed for that reason
  uint64_t rows_read = 0;
  size_t group_bytes = 96u << 20;  // of values that are kept group by group
};

// The columns of a relation: its fields, those that take no room in SELECT * last.
struct RelationColumn {
  predicate::Field field;
  bool hidden = false;
};
std::vector<RelationColumn> relation_columns(const Relation& relation);
const char* sql_type(predicate::FieldKind kind);

// Makes a table of that name; the module and what it refers to stay until the database is closed.
class RelationModule {
 public:
  RelationModule(SqlScan& scan, const Relation& relation, std::string name);
  int create(sqlite3* database);

  SqlScan& scan;
  const Relation& relation;
  const std::string name;
  const std::vector<RelationColumn> columns;
};

}  // namespace ebpftrace::analyzer
