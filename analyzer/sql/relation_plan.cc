// SPDX-License-Identifier: Apache-2.0
#include "analyzer/sql/relation_plan.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "analyzer/sql/constraints.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

RelationPlan RelationPlan::from(const char* text) {
  RelationPlan plan;
  char kind;
  unsigned column;
  int op, length;
  for (; std::sscanf(text, " %c %u %d%n", &kind, &column, &op, &length) == 3; text += length) {
    if (kind == 'g') {
      plan.groups.push_back(column);
      plan.descending.push_back(op != 0);
    } else if (kind == 'u') {
      plan.used.push_back(column);
    } else {
      plan.comparisons.push_back({column, op, kind == 'i'});
    }
  }
  return plan;
}

namespace {

constexpr int kToldApart = 63;  // columns before it have a bit each in SQLite's mask

bool is_number(const predicate::Field& field) { return field.kind != predicate::FieldKind::kText; }

bool is_read(const RelationModule& module, const sqlite3_index_info& info, size_t column) {
  if (column < kToldApart) return info.colUsed >> column & 1;
  if (!(info.colUsed >> kToldApart & 1)) return false;
  const auto read = module.scan.columns_read.find(module.name);
  return read == module.scan.columns_read.end() || read->second.contains(module.columns[column].field.name);
}

struct GroupColumn {
  size_t column;
  bool descending;
};

// Whether rows may come group by group instead of in SQLite's own order of work.
bool may_group(const RelationModule& module, sqlite3_index_info& info, std::vector<GroupColumn>& keys) {
  const int distinct = sqlite3_vtab_distinct(&info);
  if (!module.scan.may_group || !info.nOrderBy || (distinct != 1 && distinct != 2)) return false;
  const auto is_key = [&](size_t column) {
    return std::any_of(keys.begin(), keys.end(), [&](const GroupColumn& key) { return key.column == column; });
  };
  for (int i = 0; i < info.nOrderBy; ++i) {
    if (info.aOrderBy[i].iColumn < 0) return false;
    const auto column = static_cast<size_t>(info.aOrderBy[i].iColumn);
    if (!is_key(column)) keys.push_back({column, info.aOrderBy[i].desc != 0});  // GROUP BY takes one twice
  }
  size_t values = 0;
  for (size_t column = 0; column < module.columns.size(); ++column) {
    if (!is_read(module, info, column) || is_key(column)) continue;
    if (!is_number(module.columns[column].field)) return false;
    ++values;
  }
  return values <= 16;
}

}  // namespace

int best_index(const RelationModule& module, sqlite3_index_info* info) {
  std::string plan;
  double cost = 1000, rows = 1;
  for (const EventType* type : module.relation.types())
    for (const uint32_t position : module.scan.session.trace().blocks_of(type->name))
      rows += module.scan.session.trace().frames()[position].count;
  double left = rows;
  int argument = 0;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (!constraint.usable || constraint.iColumn < 0) continue;
    const auto column = static_cast<size_t>(constraint.iColumn);
    if (!can_push_down(module.columns[column].field, constraint.op)) continue;
    const bool is_list = constraint.op == SQLITE_INDEX_CONSTRAINT_EQ && sqlite3_vtab_in(info, i, 1);
    plan += (is_list ? " i " : " c ") + std::to_string(column) + " " + std::to_string(constraint.op);
    info->aConstraintUsage[i].argvIndex = ++argument;
    info->aConstraintUsage[i].omit = 0;
    left /= constraint.op == SQLITE_INDEX_CONSTRAINT_EQ ? 20 : constraint.op == SQLITE_INDEX_CONSTRAINT_NE ? 1 : 3;
  }
  std::vector<GroupColumn> keys;
  if (may_group(module, *info, keys)) {
    for (const GroupColumn& key : keys) plan += " g " + std::to_string(key.column) + (key.descending ? " 1" : " 0");
    info->orderByConsumed = 1;
  }
  for (size_t column = 0; column < module.columns.size(); ++column)
    if (is_read(module, *info, column)) plan += " u " + std::to_string(column) + " 0";
  info->estimatedCost = cost + rows / 10 + left;
  info->estimatedRows = static_cast<sqlite3_int64>(std::max(1.0, left));
  info->idxStr = sqlite3_mprintf("%s", plan.c_str());
  info->needToFreeIdxStr = 1;
  return info->idxStr ? SQLITE_OK : SQLITE_NOMEM;
}

}  // namespace ebpftrace::analyzer
