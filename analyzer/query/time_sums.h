// SPDX-License-Identifier: Apache-2.0
// What is summed up for each stretch of time and each group. So many pairs of both are told apart; what has no room is put
// together by stretch, and how many pairs that is is estimated, so that the rows can be read again, a part of the groups at a
// time (group_passes.h).
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analyzer/query/group_passes.h"
#include "analyzer/query/key_groups.h"
#include "analyzer/query/time_grid.h"

namespace ebpftrace::analyzer {

inline constexpr char kTooManyStretches[] =
    "more keys and stretches of time than this program tells apart; what has no room is in rows without keys";

template <typename Sums>
class TimeSums {
 public:
  static constexpr size_t kMostPairs = 1u << 16;

  explicit TimeSums(size_t most_pairs = kMostPairs) : most_pairs_(most_pairs) {}

  // key: group << 32 | stretch.
  Sums& of(uint64_t key) {
    if (key == last_key_) return *last_;
    last_key_ = key;
    if (key >> 32 == KeyGroups::kOthers) return *(last_ = &other(key));
    const auto found = places_.find(key);
    if (found != places_.end()) return *(last_ = found->second);
    if (sums_.size() == most_pairs_) {
      if (seen_.empty()) seen_.resize(kSeenBits / 64);
      const uint64_t bit = (key * 0x9e3779b97f4a7c15u) >> (64 - kSeenShift);
      seen_[bit / 64] |= uint64_t{1} << bit % 64;
      return *(last_ = &other(key));
    }
    last_ = &sums_.emplace_back();
    places_.emplace(key, last_);
    return *last_;
  }

  // What is one of the others, too, is put to this one's: same[group] is what a group of it is here.
  template <typename Merge>
  void merge(const TimeSums& from, const std::vector<uint32_t>& same, Merge&& merge) {
    for (const auto& [key, sums] : from.places_)
      merge(of(uint64_t{same.empty() ? 0 : same[key >> 32]} << 32 | (key & 0xffffffff)), *sums);
    for (const auto& [stretch, sums] : from.others_) merge(other(stretch), sums);
    if (from.seen_.empty()) return;
    if (seen_.empty()) seen_.resize(kSeenBits / 64);
    for (size_t i = 0; i < seen_.size(); ++i) seen_[i] |= from.seen_[i];
  }

  // Some pairs are put together.
  bool full() const { return !others_.empty(); }
  // How many pairs of these groups there are, more or less: those that had no room, too (linear counting, as KeyGroups does).
  size_t estimate() const {
    double set = 0;
    for (const uint64_t word : seen_) set += std::popcount(word);
    constexpr double kBits = kSeenBits;
    return sums_.size() + static_cast<size_t>(-kBits * std::log(std::max(kBits - set, 1.0) / kBits));
  }
  size_t most_pairs() const { return most_pairs_; }

  // visit(group << 32 | stretch, sums), in no order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [key, sums] : places_) visit(key, *sums);
  }
  const std::map<uint32_t, Sums>& others() const { return others_; }  // by stretch

 private:
  static constexpr unsigned kSeenShift = 20;
  static constexpr size_t kSeenBits = size_t{1} << kSeenShift;

  Sums& other(uint64_t key) { return others_[static_cast<uint32_t>(key)]; }

  size_t most_pairs_;
  std::unordered_map<uint64_t, Sums*> places_;
  std::deque<Sums> sums_;
  std::map<uint32_t, Sums> others_;
  std::vector<uint64_t> seen_;  // bits: hashes of pairs that had no room
  uint64_t last_key_ = UINT64_MAX;
  Sums* last_ = nullptr;
};

// GroupPasses::counts() of groups over time: in how many passes all of their pairs have room, too.
template <typename Sums>
bool counts(GroupPasses& passes, const KeyGroups& keys, const TimeSums<Sums>& sums) {
  if (!sums.full()) return passes.counts(keys);
  // Of groups that had no room it is not known how many stretches they have.
  const size_t pairs = sums.estimate(), groups = std::max<size_t>(keys.size(), 1);
  const double of_a_group = static_cast<double>(pairs) / static_cast<double>(groups);
  const auto all = static_cast<size_t>(of_a_group * static_cast<double>(std::max(keys.estimate(), groups)));
  return passes.counts(keys, true, all, sums.most_pairs());
}

}  // namespace ebpftrace::analyzer
