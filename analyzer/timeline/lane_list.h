// SPDX-License-Identifier: Apache-2.0
// All lanes of a recording, in the order in which they are listed first: machine, processes by who started whom, network,
// findings; and which events are whose. Immutable; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/api/timeline.h"

namespace ebpftrace::analyzer {

class LaneList {
 public:
  // `end_ns` is that of what did not end.
  LaneList(const Session& session, int64_t end_ns, bool with_lost_cpus, const std::vector<LossSpan>& losses,
           std::stop_token stop);

  const std::vector<Lane>& lanes() const { return lanes_; }
  // By position in the thread table; kNoLane: of none.
  uint32_t of_thread(uint32_t position) const { return of_thread_[position]; }
  uint32_t of_process(uint32_t position) const { return of_process_[position]; }
  // The lanes below one end there: children have larger numbers than their parent, and stand together.
  uint32_t end_of(uint32_t lane) const { return end_[lane]; }
  // The thread that it is of, by position in the thread table; of a process, all that have no lane of their own.
  std::vector<uint32_t> threads_of(uint32_t lane, bool with_children) const;

 private:
  uint32_t add(Lane lane);
  void add_processes(const Session& session, int64_t end_ns);
  void add_threads(const Session& session, uint32_t process, uint32_t lane, int64_t end_ns);
  void read_threads(const Session& session);

  struct ThreadFacts {
    std::string name;
    int64_t start_ns = 0, end_ns = 0;
    bool ended = false;
  };

  std::vector<Lane> lanes_;
  std::vector<uint32_t> of_thread_, of_process_, end_;
  std::vector<ThreadFacts> facts_;                 // by position in the thread table
  std::vector<std::vector<uint32_t>> of_lane_;     // threads, by lane
  std::vector<std::vector<uint32_t>> by_process_;  // threads, by process
};

}  // namespace ebpftrace::analyzer
