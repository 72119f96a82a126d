// SPDX-License-Identifier: Apache-2.0
#include "recorder/output/part_account.h"

#include <algorithm>
#include <tuple>

#include "bpf/records.h"

namespace ebpftrace::recorder {

using What = schema::Count::What;

RowCounts::Kind RowCounts::kind(uint32_t cpu, uint16_t type) {
  return {type == EVENT_SYSCALL ? cpu : trace::kNoCpu, type};
}

std::vector<EventCount> PartAccount::lost_of_part(const std::vector<EventCount>& since_begin) const {
  std::map<std::tuple<uint32_t, uint16_t, What>, uint64_t> sums;  // the kernel and the recorder may both have one
  for (const EventCount& count : since_begin)
    if (count.what != What::PRODUCED) sums[{count.cpu, count.type, count.what}] += count.count;
  std::vector<EventCount> lost;
  for (const auto& [key, sum] : sums) {
    const auto before = lost_before_.find(key);
    const uint64_t own = sum - (before == lost_before_.end() ? 0 : std::min(sum, before->second));
    if (own) lost.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), own});
  }
  return lost;
}

std::vector<EventCount> PartAccount::of_part(const std::vector<EventCount>& since_begin) const {
  std::vector<EventCount> counts = lost_of_part(since_begin);
  std::map<Kind, uint64_t> produced;
  for (const EventCount& count : since_begin)
    if (count.what == What::PRODUCED) produced[RowCounts::kind(count.cpu, count.type)] += count.count;
  for (const auto& [kind, sum] : produced) {
    const auto before = produced_before_.find(kind);
    const uint64_t own = sum - (before == produced_before_.end() ? 0 : std::min(sum, before->second));
    if (own) counts.push_back({kind.first, kind.second, What::PRODUCED, own});
  }
  return counts;
}

std::vector<EventCount> PartAccount::end_part(const std::vector<EventCount>& since_begin, const RowCounts& recorded) {
  std::vector<EventCount> counts = lost_of_part(since_begin);
  std::map<Kind, uint64_t> produced;
  for (const EventCount& lost : counts) {
    produced[RowCounts::kind(lost.cpu, lost.type)] += lost.count;
    lost_before_[{lost.cpu, lost.type, lost.what}] += lost.count;
  }
  for (const auto& [kind, rows] : recorded.rows()) {
    produced[kind] += rows;
    recorded_before_[kind.second] += rows;
  }
  for (const auto& [kind, sum] : produced) {
    produced_before_[kind] += sum;
    counts.push_back({kind.first, kind.second, What::PRODUCED, sum});
  }
  return counts;
}

std::vector<trace::EarlierRows> PartAccount::earlier() const {
  std::map<uint16_t, trace::EarlierRows> rows;
  for (const auto& [type, recorded] : recorded_before_) rows[type] = {type, recorded, 0};
  for (const auto& [key, count] : lost_before_) {
    trace::EarlierRows& row = rows[std::get<1>(key)];
    row.type = std::get<1>(key);
    row.lost += count;
  }
  std::vector<trace::EarlierRows> list;
  for (const auto& [type, row] : rows) list.push_back(row);
  return list;
}

}  // namespace ebpftrace::recorder
