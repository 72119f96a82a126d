// SPDX-License-Identifier: Apache-2.0
// Moments as people write them (predicate/moment.h) -> boot time, by what a recording knows: its start and end, its
// clock and zone, the programs that were started in it, its markers. The one place where that is done. Immutable; reads
// what a moment needs when it is asked for it.
#pragma once

#include <cstdint>
#include <string_view>

#include "predicate/field.h"
#include "predicate/moment.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct TimeRange {
  uint64_t from_ns = 0, to_ns = UINT64_MAX;  // boot time; [from, to)
  bool all() const { return from_ns == 0 && to_ns == UINT64_MAX; }
  bool contains(uint64_t boot_ns) const { return all() || (boot_ns >= from_ns && boot_ns < to_ns); }
};

class Moments {
 public:
  // The trace must outlive it.
  explicit Moments(const trace::Trace& trace) : trace_(trace) {}

  // Boot time; or why the recording has no such moment.
  predicate::OrRefusal<uint64_t> resolve(const predicate::Moment& moment) const;
  // Of one option; an empty text is the end of the recording. Throws AskError, which names the option.
  uint64_t moment(std::string_view option, std::string_view text) const;
  // --from and --to; an empty text is no limit. Throws AskError.
  TimeRange range(std::string_view from, std::string_view to) const;

 private:
  uint64_t end_ns() const;

  const trace::Trace& trace_;
};

}  // namespace ebpftrace::analyzer
