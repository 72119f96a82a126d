// SPDX-License-Identifier: Apache-2.0
// produced = recorded + lost for each part of a rotated recording, from counters that run through all of it. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "recorder/drain/loss_ledger.h"
#include "trace/write/header_message.h"
#include "trace/write/trace_file.h"

namespace ebpftrace::recorder {

// Rows by CPU (of system calls; kNoCpu for other types, whose frames are not of one CPU) and type.
class RowCounts {
 public:
  using Kind = std::pair<uint32_t, uint16_t>;
  static Kind kind(uint32_t cpu, uint16_t type);

  void add(uint32_t cpu, uint16_t type, uint64_t rows) { rows_[kind(cpu, type)] += rows; }
  void remove(uint32_t cpu, uint16_t type, uint64_t rows) { rows_[kind(cpu, type)] -= rows; }
  const std::map<Kind, uint64_t>& rows() const { return rows_; }

 private:
  std::map<Kind, uint64_t> rows_;
};

class PartAccount {
 public:
  // What belongs to the present part of what was counted since the recording began. Records that are on their way from the
  // kernel are counted as produced here, until end_part() finds that they aren't in this part.
  std::vector<EventCount> of_part(const std::vector<EventCount>& since_begin) const;
  // The same at the part's end: what is in its frames (recorded) and what was lost is what it produced. Whatever is on
  // its way counts for the next part, so an event that is neither recorded nor lost shows in the last part.
  std::vector<EventCount> end_part(const std::vector<EventCount>& since_begin, const RowCounts& recorded);

  // What the parts that have ended hold and lack, by type.
  std::vector<trace::EarlierRows> earlier() const;

 private:
  using Kind = RowCounts::Kind;
  std::vector<EventCount> lost_of_part(const std::vector<EventCount>& since_begin) const;

  std::map<Kind, uint64_t> produced_before_;
  std::map<std::tuple<uint32_t, uint16_t, schema::Count::What>, uint64_t> lost_before_;
  std::map<uint16_t, uint64_t> recorded_before_;
};

}  // namespace ebpftrace::recorder
