// SPDX-License-Identifier: Apache-2.0
// The command line of ebpf-analyze: what questions take comes from the list of questions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/question.h"

namespace ebpftrace::analyzer {

// Exit statuses.
enum : int {
  kExitNoAnswer = 1,   // usage, or a file that cannot be read or written
  kExitNotATrace = 2,  // or of an unknown version
  kExitDamaged = 3,    // the answer is from what is readable
  kExitLost = 4,       // --fail-on-loss
  kExitStopped = 130,  // Ctrl-C: the answer is what was known by then
};

struct CommandLine {
  std::vector<std::string> files;      // names, patterns, or "-"
  const Question* question = nullptr;  // nullptr: pcapng is to be exported
  Format format = Format::kTable;
  bool fail_on_loss = false;
  bool follow = false;
  Asked asked;
};

struct ParsedCommandLine {
  CommandLine options;
  std::optional<int> exit_status;  // set: help, a list, a version or a usage error was printed
};

ParsedCommandLine parse_options(int argc, char** argv);

// "--top-io" of "top_io".
std::string option_name(const Question& question);

}  // namespace ebpftrace::analyzer
