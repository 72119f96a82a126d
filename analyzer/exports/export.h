// SPDX-License-Identifier: Apache-2.0
// What a trace can be turned into for other programs, as data: the command line, its help and completion go through the one
// list, which the build finds in this folder. An export writes as it goes, so its memory does not depend on the trace's
// size. Any thread; one export at a time writes to an output.
#pragma once

#include <span>
#include <string_view>

#include "analyzer/api/question.h"
#include "analyzer/api/session.h"

namespace ebpftrace::analyzer {

// Where an export goes.
class ExportOutput {
 public:
  virtual ~ExportOutput() = default;
  // Throws what says why it can't be written.
  virtual void write(std::string_view piece) = 0;
  // Of a folder: what follows goes to this file in it.
  virtual void begin_file(std::string_view name) = 0;
};

struct Export {
  enum class Form : uint8_t { kText, kBinary, kFolder };

  std::string_view name;  // "chrome"
  std::string_view help;
  unsigned place = 0;  // among the others, where they are listed
  Form form = Form::kText;
  // Heeds filter, from, to, stop and progress of what is asked. Throws AskError, trace::TraceError.
  void (*write)(const Session& session, const Asked& asked, ExportOutput& output) = nullptr;
};

std::span<const Export* const> all_exports();      // by place
const Export* find_export(std::string_view name);  // nullptr: there is none

// The answer has no rows: what the export leaves out, and whether it was stopped.
Result run_export(const Export& what, const Session& session, const Asked& asked, ExportOutput& output);

}  // namespace ebpftrace::analyzer
