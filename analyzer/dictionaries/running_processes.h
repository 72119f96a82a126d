// SPDX-License-Identifier: Apache-2.0
// The processes that ran when the recording began, as /proc had them: recorded ones and ancestors of recorded ones.
// Loaded once from the trace's process blocks, then immutable.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analyzer/dictionaries/text_arena.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct RunningProcess {
  uint64_t time_ns = 0;  // boot time of the look
  uint32_t pid = 0, ppid = 0;
  uint32_t uid = 0;
  uint32_t ns_pid = 0;    // in its own PID namespace
  uint32_t threads = 0;   // that it had; 0: of this process, which was not recorded, only the name was kept
  std::string_view comm;  // texts are empty where they could not be read
  std::string_view exe, cwd;
  std::string_view argv;  // each ended by a zero byte
  std::string_view cgroup;
  bool argv_cut = false;
};

class RunningProcesses {
 public:
  explicit RunningProcesses(const trace::Trace& trace);
  RunningProcesses(const RunningProcesses&) = delete;

  const std::vector<RunningProcess>& list() const { return list_; }

 private:
  TextArena arena_{24u << 20};
  std::vector<RunningProcess> list_;
};

}  // namespace ebpftrace::analyzer
