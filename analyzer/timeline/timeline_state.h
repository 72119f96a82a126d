// SPDX-License-Identifier: Apache-2.0
// What a Timeline keeps: made by its constructor, then immutable.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analyzer/api/timeline.h"
#include "analyzer/query/sieve.h"
#include "analyzer/timeline/call_kinds.h"
#include "analyzer/timeline/lane_list.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// A block of system calls: its times reach from its first start to its last return.
struct CallBlock {
  int64_t first_ns, last_ns;
  uint32_t position, rows;
};

struct Timeline::State {
  explicit State(std::shared_ptr<const Session> of) : session(std::move(of)), kinds(session->trace().catalogue()) {}

  std::shared_ptr<const Session> session;
  CallKinds kinds;
  TimeSpan extent;
  uint64_t events = 0, lost = 0;
  std::vector<CallBlock> blocks;  // in file order
  std::vector<LossSpan> losses;   // by CPU, then time
  std::unique_ptr<const LaneList> lanes;
  std::vector<Finding> findings;

  const trace::Trace& trace() const { return session->trace(); }
  int64_t since_start(uint64_t boot_ns) const { return trace().since_start(boot_ns); }
  // The boot time of a moment, as far as there is one.
  uint64_t boot_ns(int64_t ns) const {
    const uint64_t start = trace().facts().start_boot_ns;
    if (ns < 0) return start > 0 - static_cast<uint64_t>(ns) ? start + static_cast<uint64_t>(ns) : 0;
    return start + static_cast<uint64_t>(ns) < start ? UINT64_MAX : start + static_cast<uint64_t>(ns);
  }
  // Those that may have a call in the span.
  std::vector<uint32_t> blocks_in(TimeSpan span) const {
    std::vector<uint32_t> found;
    for (uint32_t i = 0; i < blocks.size(); ++i)
      if (blocks[i].first_ns < span.to_ns && blocks[i].last_ns >= span.from_ns) found.push_back(i);
    return found;
  }

  bool waits(const CallKind& kind, uint64_t duration_ns, uint64_t file) const {
    if (duration_ns < kWaitingNs) return false;
    return kind.waits || (kind.waits_by_file && is_pipe_or_socket(session->files().find(file)));
  }
  CallClass class_of(const CallKind& kind, uint64_t file) const {
    return kind.by_file && is_socket(session->files().find(file)) ? CallClass::kNetwork : kind.of;
  }
};

// Each moment's loss on a CPU, if there was one.
class LossIndex {
 public:
  explicit LossIndex(std::span<const LossSpan> losses);
  bool any() const { return !by_cpu_.empty(); }
  // Position in losses; UINT32_MAX: none then.
  uint32_t at(uint32_t cpu, int64_t ns) const;

 private:
  std::span<const LossSpan> losses_;
  std::vector<std::vector<uint32_t>> by_cpu_;
};

// The text for a bar: what the call is about, in a word.
std::string short_name(const File* file);
std::string result_text(uint64_t result, bool unfinished);

std::vector<LossSpan> read_losses(const trace::Trace& trace, TimeSpan extent);
std::vector<Finding> read_findings(const Session& session, const LaneList& lanes, std::span<const LossSpan> losses,
                                   std::stop_token stop);

}  // namespace ebpftrace::analyzer
