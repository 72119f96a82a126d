// SPDX-License-Identifier: Apache-2.0
// The rows of system calls that a query lets through, block by block, with the columns that a question adds up and, if
// it is grouped, the group of each. One per thread.
//
//   CallRows rows{session, query, {"thread", "result"}};
//   if (rows.load(frame))
//     while (rows.next_tile())
//       rows.selected().for_each([&](size_t i) { add(rows.group(i), rows.column(1)[i]); });
#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "analyzer/query/call_query.h"
#include "analyzer/query/key_groups.h"

namespace ebpftrace::analyzer {

class CallRows {
 public:
  static constexpr size_t kMostColumns = 12;

  CallRows(const Session& session, const CallQuery& query, std::initializer_list<std::string_view> columns);

  // False: no row passes, or it is damaged.
  bool load(const trace::Frame& frame);
  // The next tile that has rows.
  bool next_tile();
  const Selection& selected() const { return *selected_; }
  // All rows of the tile, from the first on.
  size_t rows() const { return block_.tile_rows(); }
  bool all() const { return all_; }

  const uint64_t* column(unsigned wanted) const { return columns_[wanted]; }
  std::optional<uint64_t> constant(unsigned wanted) const { return block_.constant(wanted); }
  std::optional<trace::Block::Range> range(unsigned wanted) const { return block_.range(wanted); }
  // Of the tile's first row, in its block.
  size_t tile_start() const { return block_.tile_start(); }
  const uint32_t* groups() const { return groups_.get(); }

  KeyGroups& keys() { return keys_; }

 private:
  bool everything_, in_parts_;
  std::shared_ptr<trace::FramePayload> payload_;
  Sieve sieve_;
  trace::Block block_;
  std::unique_ptr<RowReader> key_reader_;  // if there are groups
  KeyGroups keys_;
  trace::Frame frame_{};
  size_t next_ = 0;
  bool all_ = true, keys_loaded_ = false;
  size_t count_;
  std::array<const uint64_t*, kMostColumns> columns_{};  // of the tile
  Selection every_, of_part_;
  const Selection* selected_ = nullptr;
  std::unique_ptr<uint32_t[]> groups_;
};

// Sums by group, of one worker; what is past the groups that are kept is in one of its own.
template <typename Sums>
class GroupSums {
 public:
  Sums& of(uint32_t group) {
    if (group == KeyGroups::kOthers) return others_;
    if (group >= sums_.size()) sums_.resize(group + 1);
    return sums_[group];
  }
  std::vector<Sums>& list() { return sums_; }
  const std::vector<Sums>& list() const { return sums_; }
  Sums& others() { return others_; }

 private:
  std::vector<Sums> sums_;
  Sums others_{};
};

// Puts a worker's groups to those of another.
template <typename Sums, typename Merge>
void merge_groups(KeyGroups& keys, GroupSums<Sums>& into, KeyGroups& other_keys, GroupSums<Sums>& from, Merge&& merge) {
  for (uint32_t group = 0; group < from.list().size(); ++group)
    merge(into.of(keys.group_like(other_keys, group)), from.list()[group]);
  merge(into.others(), from.others());
  keys.merge_others(other_keys);
}

}  // namespace ebpftrace::analyzer
