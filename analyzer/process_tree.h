// SPDX-License-Identifier: Apache-2.0
// Every process of the trace: where it came from, what it ran, how it ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/coverage.h"

namespace ebpftrace {

struct TreeProcess {
  uint32_t pid, ppid;
  std::string process;  // latest command name
  std::string
      command;       // arguments of its last exec, quoted for a shell where they need it; its name if no exec was seen
  bool command_cut;  // not all of it was recorded
  int64_t start_ns;  // since the trace's start; negative: it was there before
  std::optional<int64_t> end_ns;
  std::optional<int> exit_code, exit_signal;  // one of them if it ended
  uint32_t threads;
  unsigned depth;  // in the tree of who forked whom
};

struct ProcessTree {
  Coverage coverage;
  size_t processes = 0;           // also past the limit
  std::vector<TreeProcess> rows;  // parents before their children, siblings by start time
};

ProcessTree process_tree(const Trace& trace, size_t limit = SIZE_MAX);

}  // namespace ebpftrace
