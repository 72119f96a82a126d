// SPDX-License-Identifier: Apache-2.0
// The command line of ebpf-analyze: what questions take comes from the list of questions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/cli/colour.h"
#include "analyzer/exports/export.h"

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
  std::vector<std::string> files;  // names, patterns, or "-"
  // One of these.
  const Question* question = nullptr;
  const Export* exported = nullptr;
  std::optional<std::string> sql;               // empty: statements are on standard input
  std::optional<std::string> slice, redaction;  // the trace that is made

  std::string output;  // where an export goes; empty: standard output
  Format format = Format::kTable;
  Colour colour = Colour::kAuto;
  bool fail_on_loss = false;
  bool follow = false;
  Asked asked;
};

struct ParsedCommandLine {
  CommandLine options;
  std::optional<int> exit_status;  // set: help, a list, a version or a usage error was printed
};

ParsedCommandLine parse_options(int argc, char** argv);

// For a question that prints as it goes.
Painter painter_of_lines(const CommandLine& options);

// "--top-io" of "top_io".
std::string option_name(const Question& question);

}  // namespace ebpftrace::analyzer
