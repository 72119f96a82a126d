// SPDX-License-Identifier: Apache-2.0
// Groups as rows of an answer: their order and what stands in the columns of their keys.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "analyzer/api/result.h"
#include "analyzer/api/session.h"
#include "analyzer/query/key_groups.h"

namespace ebpftrace::analyzer {

inline constexpr char kTooManyGroups[] =
    "more groups than this program tells apart; what the others did is in one row without keys";

// The groups, the first by `before` first; those that are equal by their keys, so that the same is always said in one way.
template <typename Sums, typename Before>
std::vector<uint32_t> ranked_groups(const KeyGroups& keys, const std::vector<Sums>& sums, Before before) {
  std::vector<uint32_t> order(sums.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    if (before(sums[a], sums[b])) return true;
    return !before(sums[b], sums[a]) && keys.in_order(a, b);
  });
  return order;
}

// A cell of a field: names of values as words, times since the trace's start.
Cell cell_of_value(const Session& session, const predicate::Field& field, const KeyValue& value);
std::vector<Cell> key_cells(const Session& session, const std::vector<predicate::Field>& by, const KeyGroups& keys,
                            uint32_t group);
// Of the row for all groups that were too many.
std::vector<Cell> others_cells(const std::vector<predicate::Field>& by);

ResultColumn column_of(const predicate::Field& field);

// "OPTION: unknown field 'pth', did you mean 'path'? ..."
std::string unknown_field(std::string_view option, const Relation& relation, std::string_view name);

// Fields to group by, by their names; `fields` may be called by any of a field's names. Throws AskError.
std::vector<predicate::Field> group_fields(const Relation& relation, const std::vector<std::string>& names);

}  // namespace ebpftrace::analyzer
