// SPDX-License-Identifier: Apache-2.0
// Who had a process id at a time, and until when processes and their threads lived. Loaded once, then immutable.
#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "analyzer/dictionaries/thread_table.h"
#include "schema/values.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {

class ProcessIds {
 public:
  ProcessIds(const trace::Trace& trace, const ThreadTable& threads)
      : threads_(threads), ends_(threads.processes().size(), UINT64_MAX), thread_lives_(threads.threads().size()) {
    const auto& processes = threads.processes();
    for (uint32_t i = 1; i < processes.size(); ++i) by_pid_.emplace_back(processes[i].pid, processes[i].start_ns, i);
    std::sort(by_pid_.begin(), by_pid_.end());
    read_starts(trace);
    read_ends(trace);
  }

  // The recorded process that had it then: the latest that had started; 0: none.
  uint32_t holder(uint32_t pid, uint64_t time_ns) const {
    const auto later = std::upper_bound(by_pid_.begin(), by_pid_.end(), std::tuple(pid, time_ns, UINT32_MAX));
    return later == by_pid_.begin() || std::get<0>(*std::prev(later)) != pid ? 0 : std::get<2>(*std::prev(later));
  }
  bool alive(uint32_t process, uint64_t time_ns) const {
    return process && threads_.processes()[process].start_ns <= time_ns && time_ns < ends_[process];
  }
  uint64_t end_ns(uint32_t process) const { return ends_[process]; }
  bool thread_alive(uint32_t position, uint64_t time_ns) const {
    const Life& life = thread_lives_[position];
    return life.start_ns <= time_ns && time_ns < std::min(life.end_ns, ends_[threads_.threads()[position].process]);
  }

 private:
  struct Life {
    uint64_t start_ns = 0, end_ns = UINT64_MAX;
  };

  void read_starts(const trace::Trace& trace) {
    trace::Block block(trace, "thread", {"thread", "startNs"});
    for (const uint32_t position : trace.blocks_of("thread")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i)
          thread_lives_[threads_.position(block.column(0)[i])].start_ns = block.column(1)[i];
    }
  }
  void read_ends(const trace::Trace& trace) {
    trace::Block block(trace, "exit", {"timeNs", "thread", "flags"});
    for (const uint32_t position : trace.blocks_of("exit")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const uint32_t thread = threads_.position(block.column(1)[i]);
          thread_lives_[thread].end_ns = block.column(0)[i];
          if (block.column(2)[i] & EXIT_LAST_THREAD) ends_[threads_.threads()[thread].process] = block.column(0)[i];
        }
    }
    ends_[0] = 0;
  }

  const ThreadTable& threads_;
  std::vector<std::tuple<uint32_t, uint64_t, uint32_t>> by_pid_;  // pid, start, process; sorted
  std::vector<uint64_t> ends_;                                    // by process
  std::vector<Life> thread_lives_;                                // by position in threads()
};

}  // namespace ebpftrace::analyzer
