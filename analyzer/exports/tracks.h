// SPDX-License-Identifier: Apache-2.0
// Processes and threads as timeline viewers know them: by numbers. A number that the kernel used again gets a multiple of
// 2^22, which is above all process ids, on top, so that two processes are never drawn as one. Immutable.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analyzer/dictionaries/thread_table.h"

namespace ebpftrace::analyzer {

class Tracks {
 public:
  explicit Tracks(const ThreadTable& threads);

  struct Track {
    uint32_t thread = 0, process = 0;  // positions in the thread table; 0: not described
    uint64_t pid = 0, tid = 0;
    std::string_view name;  // the process's latest
  };
  // Of an event's thread.
  Track of(uint32_t thread_id) const;
  size_t threads() const { return tids_.size(); }
  size_t processes() const { return pids_.size(); }

 private:
  const ThreadTable& table_;
  std::vector<uint64_t> pids_, tids_;  // by position
};

}  // namespace ebpftrace::analyzer
