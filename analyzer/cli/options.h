// SPDX-License-Identifier: Apache-2.0
// The command line of ebpf-analyze.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/metrics.h"

namespace ebpftrace::analyzer {

enum class Asks {
  kSummary,
  kTopIo,
  kTopFiles,
  kSyscalls,
  kTree,
  kOpenFiles,
  kMetrics,
  kEvents,
  kNetwork,
  kSecurity,
  kPcapng,
  kVerify
};

// Exit statuses.
enum : int {
  kExitNoAnswer = 1,   // usage, or a file that cannot be read or written
  kExitNotATrace = 2,  // or of an unknown version
  kExitDamaged = 3,    // the answer is from what is readable
  kExitLost = 4,       // --fail-on-loss
};

struct CommandLine {
  std::string file;
  Asks question = Asks::kSummary;
  Format format = Format::kTable;
  std::optional<size_t> rows;  // -n; 0: all
  bool fail_on_loss = false;
  Reading reading = Reading::kSummaries;  // --no-summaries
  MetricsQuestion metrics;                // --by, --warn
};

struct ParsedCommandLine {
  CommandLine options;
  std::optional<int> exit_status;  // set: --help, --version or a usage error was printed
};

ParsedCommandLine parse_options(int argc, char** argv);

}  // namespace ebpftrace::analyzer
