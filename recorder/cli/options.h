// SPDX-License-Identifier: Apache-2.0
// The recorder's command line.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recorder/choice/filter.h"
#include "recorder/edge/edge.h"
#include "recorder/kernel/back_end.h"
#include "recorder/kernel/call_table.h"
#include "recorder/output/rotation.h"

namespace ebpftrace::recorder {

struct Options {
  std::string output = "run.trace";
  RotationLimits rotation;
  std::string host_label;        // of the trace; empty: none
  std::optional<gid_t> readers;  // group that may read the output, besides its owner
  std::string mark;              // to put into another recorder's recording, and nothing else is done; or empty
  pid_t marked_recorder = 0;
  Filter filter;
  std::string config;               // file that the filter came from, and is read from again on SIGHUP; or empty
  std::optional<BackEnd> back_end;  // nothing: the cheapest
  bool no_latency = false;          // calls are looked at when they return only: no durations, and less to pay
  double seconds = 0;               // 0: until something else ends it
  bool quiet = false;
  bool verbose = false;
  bool snapshot = true;             // of what runs when recording begins
  bool full_ancestors = false;      // of processes that are not recorded more than pid, parent and name is kept
  double interval_seconds = 1;      // of machine counters; 0: none
  uint64_t ring_bytes = 16u << 20;  // of each CPU
  std::optional<int> level;         // of zstd; nothing: one that suits how busy the machine is
  ContentOptions content;
  std::vector<std::string> environment;  // names of variables that exec events keep (--env)
  std::string btf_file;                  // empty: the kernel's own
  bool doctor = false;
  bool inspect = false;
  std::vector<std::string> command;
  EdgeOptions edge;               // no interfaces: no network edge
  bool machine_syscalls = false;  // with the network edge and neither command nor processes: system calls too

  bool network_only() const {
    return !edge.interfaces.empty() && command.empty() && config.empty() && filter.rules(false) == RULE_FOLLOW &&
           !machine_syscalls;
  }
};

// Exit statuses besides the command's own. The same table is in --help and in the man page.
enum ExitStatus : int {
  kExitUsage = 2,
  kExitNotMarked = 117,
  kExitSandbox = 118,
  kExitNoProcess = 119,
  kExitPrivilege = 120,
  kExitNoBtf = 121,
  kExitRefused = 122,
  kExitOutput = 123,
  kExitIncomplete = 124,
  kExitInternal = 125,
};

// The options, or the exit status after help, version or an error was printed.
struct ParsedOptions {
  Options options;
  std::optional<int> exit_status;
};
ParsedOptions parse_options(int argc, char** argv);

}  // namespace ebpftrace::recorder
