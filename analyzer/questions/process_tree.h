// SPDX-License-Identifier: Apache-2.0
// Every process of the trace and the ancestors that it names: where it came from, what it ran, how it ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/dictionaries/control_groups.h"
#include "analyzer/query/coverage.h"

namespace ebpftrace::analyzer {

struct ProcessResources {
  uint64_t user_ns = 0, system_ns = 0;  // CPU time of all its threads
  uint64_t max_rss_bytes = 0;           // most memory that it had resident
};

struct TreeGroup {
  std::string cgroup;  // path; empty: not known
  Container container;
};

struct TreeProcess {
  uint32_t pid, ppid;
  std::string process;  // latest command name
  std::string command;  // arguments of its last exec, or those that it had when the recording began, quoted for a shell
                        // where they need it; its name if neither is known
  bool command_cut;     // not all of it was recorded
  bool recorded;        // false: an ancestor of one that is, as it was when the recording began
  std::optional<int64_t> start_ns;  // since the trace's start; negative: it was there before. Nothing: an ancestor
  std::optional<int64_t> end_ns;
  std::optional<int> exit_code, exit_signal;  // one of them if it ended
  std::string exe;              // program file of its last exec, else of the process that forked it; empty: not known
  std::string cwd;              // where it was at its last exec, or when the recording began; empty: not known
  size_t first_word = 0;        // of command: bytes
  bool exe_is_said = true;      // by that word, or there is nothing to say
  uint32_t threads;             // that were described; of an ancestor, that it had; 0: not known
  std::optional<uint32_t> uid;  // effective user id, latest
  uint32_t ns_pid;              // in its own PID namespace; 0: not known
  uint32_t group;               // of ProcessTree::groups: its latest
  std::optional<ProcessResources> used;  // if it ended
  bool io_uring;                         // it used one: its I/O is not fully visible
  unsigned depth;                        // in the tree of who forked whom
};

struct ProcessTree {
  Coverage coverage;
  size_t processes = 0;           // also past the limit
  std::vector<TreeGroup> groups;  // the first is for what is not known
  std::vector<TreeProcess> rows;  // parents before their children, siblings by start time
};

ProcessTree process_tree(const trace::Trace& trace, size_t limit = SIZE_MAX);

}  // namespace ebpftrace::analyzer
