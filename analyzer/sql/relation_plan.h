// SPDX-License-Identifier: Apache-2.0
// How a table of a relation is read for a statement: which comparisons go to the sieve, by what rows are grouped, which columns are
// read.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <vector>

#include "analyzer/sql/relation_table.h"

namespace ebpftrace::analyzer {

// What xBestIndex says to xFilter, as text: one comparison "c COLUMN OP" for each argument ("i": of IN), then the columns
// "g COLUMN DESCENDING" to group by, and "u COLUMN" those that are used.
struct RelationPlan {
  struct Comparison {
    size_t column;
    int op;
    bool is_list;
  };
  std::vector<Comparison> comparisons;
  std::vector<size_t> groups, used;
  std::vector<bool> descending;  // by group column

  static RelationPlan from(const char* text);
};

// xBestIndex.
int best_index(const RelationModule& module, sqlite3_index_info* info);

}  // namespace ebpftrace::analyzer
