// SPDX-License-Identifier: Apache-2.0
// What an SQL statement compares a column with, as a condition of the filter language. The condition may let more rows
// through than the comparison, never fewer: SQLite looks at each row again. What can't be said exactly enough is left out.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/api/session.h"
#include "predicate/expression.h"

namespace ebpftrace::analyzer {

// Whether comparisons of that kind (SQLITE_INDEX_CONSTRAINT_…) with the field are worth being told.
bool can_push_down(const predicate::Field& field, int op);

// Nothing: it says nothing of the rows. values: what the column is compared with; of IN several.
std::optional<predicate::Expression> condition_of(const Session& session, const predicate::Field& field, int op,
                                                  const std::vector<sqlite3_value*>& values);

}  // namespace ebpftrace::analyzer
