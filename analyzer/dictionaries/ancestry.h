// SPDX-License-Identifier: Apache-2.0
// From a recorded process up to the oldest one that the trace knows of, as one text. A parent is the process that had its
// pid when the child began; above the recorded ones, what /proc said when the recording began.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "analyzer/dictionaries/running_processes.h"
#include "analyzer/dictionaries/thread_table.h"

namespace ebpftrace::analyzer {

class Ancestry {
 public:
  Ancestry(const trace::Trace& trace, const ThreadTable& threads);
  // "systemd(1) > sshd(612) > nginx(700)"; of a longer line, the youngest kMost.
  std::string of(uint32_t process) const;
  // The recorded process that a recorded one came from; 0: none.
  uint32_t parent(uint32_t process) const { return parent(threads_.processes()[process]); }

 private:
  static constexpr size_t kMost = 32;
  uint32_t parent(const Process& child) const;

  const ThreadTable& threads_;
  RunningProcesses running_;
  std::vector<std::tuple<uint32_t, uint64_t, uint32_t>> recorded_;  // pid, start, position; sorted
  std::unordered_map<uint32_t, uint32_t> running_by_pid_;           // position
};

}  // namespace ebpftrace::analyzer
