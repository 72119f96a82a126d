// SPDX-License-Identifier: Apache-2.0
// Groups as rows of an answer, also where they are more than fit into memory at once: then the file is read again, a part of
// the groups at a time, and only the rows that come first are kept. Exact for as long as kMostPasses passes do; what is more
// is one row for all of the others.
//
//   RankedGroups<Row> rows(limit, [](const Row& a, const Row& b) { return a.bytes > b.bytes; });
//   for (GroupPasses passes(query); passes.more();) {
//     ... scan by passes.query(), merge the workers ...
//     if (passes.counts(keys)) rows.add(keys, sums, before, [&](uint32_t group) { return row_of(sums[group], ...); });
//   }
#pragma once

#include <algorithm>
#include <bit>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/query/call_query.h"
#include "analyzer/query/group_rows.h"

namespace ebpftrace::analyzer {

inline constexpr char kTooManyRows[] = "more rows than this program keeps; those that come last are missing";

class GroupPasses {
 public:
  static constexpr uint32_t kMostPasses = 16;

  explicit GroupPasses(const CallQuery& query) : query_(query) {}

  // There is a pass to make: a scan of the rows that query() lets through.
  bool more() const { return query_.part.index < query_.part.parts; }
  const CallQuery& query() const { return query_; }
  // The pass was made; its groups, of all workers, are these. False: they are too many, and what was found is in vain: it is
  // to be found again in several passes.
  bool counts(const KeyGroups& keys) { return counts(keys, false, 0, 1); }
  // more_full: nor had something else room that is kept for each group, of which there is about `estimate`, and room for `most`.
  bool counts(const KeyGroups& keys, bool more_full, size_t estimate, size_t most) {
    GroupPart& part = query_.part;
    const bool stopped = query_.watch && query_.watch->stopped();
    if ((keys.full() || more_full) && part.parts == 1 && !stopped) {
      // Some parts are larger than others.
      const auto parts_of = [](size_t all, size_t room) { return all / std::max<size_t>(room / 4 * 3, 1) + 1; };
      const size_t needed =
          std::bit_ceil(std::max(parts_of(keys.estimate(), query_.most_groups), parts_of(estimate, most)));
      part.parts = static_cast<uint32_t>(std::clamp<size_t>(needed, 2, kMostPasses));
      tell();
      return false;
    }
    others_ |= keys.full();
    part.index = stopped ? part.parts : part.index + 1;
    tell();
    return true;
  }
  // Not all groups had room; what the others did was put together.
  bool others() const { return others_; }

 private:
  void tell() const {
    if (query_.watch && more()) query_.watch->begin_pass(query_.part.index, query_.part.parts);
  }

  CallQuery query_;
  bool others_ = false;
};

// The rows that come first of all passes.
template <typename Row>
class RankedGroups {
 public:
  static constexpr size_t kMostRows = 1u << 18;

  // before(a, b): a comes first; of those that are equal, the keys decide.
  RankedGroups(size_t limit, std::function<bool(const Row& a, const Row& b)> before)
      : asked_(limit), limit_(std::min(limit, kMostRows)), before_(std::move(before)) {}

  // Of a pass: groups for which counts(sum), by before(a, b) of sums, which says the same as that of rows.
  template <typename Sums, typename SumsBefore, typename Counts, typename MakeRow>
  void add(const KeyGroups& keys, const std::vector<Sums>& sums, SumsBefore&& before, Counts&& counts, MakeRow&& row) {
    const size_t known = rows_.size();
    for (const uint32_t group : ranked_groups(keys, sums, before)) {
      if (!counts(sums[group])) continue;
      ++all_;
      if (rows_.size() - known < limit_) rows_.push_back({keys.keys(group), row(group)});
    }
    if (known == 0) return;
    std::inplace_merge(rows_.begin(), rows_.begin() + static_cast<ptrdiff_t>(known), rows_.end(),
                       [&](const Keyed& a, const Keyed& b) {
                         if (before_(a.row, b.row)) return true;
                         return !before_(b.row, a.row) && in_order(a.keys, b.keys);
                       });
    if (rows_.size() > limit_) rows_.resize(limit_);
  }

  // Groups that there were, also those whose rows were not kept.
  size_t all() const { return all_; }
  bool some_missing() const { return all_ > kMostRows && asked_ > kMostRows; }
  std::vector<Row> take() {
    std::vector<Row> rows;
    rows.reserve(rows_.size());
    for (Keyed& keyed : rows_) rows.push_back(std::move(keyed.row));
    return rows;
  }

 private:
  struct Keyed {
    std::vector<OwnedKey> keys;
    Row row;
  };

  size_t asked_, limit_, all_ = 0;
  std::function<bool(const Row& a, const Row& b)> before_;
  std::vector<Keyed> rows_;
};

}  // namespace ebpftrace::analyzer
