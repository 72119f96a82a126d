// SPDX-License-Identifier: Apache-2.0
// Where an export of the command line goes: standard output, or a file or folder.
#pragma once

#include <memory>
#include <string>

#include "analyzer/api/result.h"
#include "analyzer/cli/options.h"
#include "analyzer/exports/file_output.h"

namespace ebpftrace::analyzer {

// path: empty or "-" is standard output. Throws TraceError (kUnreadable), which names the path and the reason, and AskError: a
// folder needs a path, something binary is not for a terminal.
std::unique_ptr<WholeOutput> open_export(const Export& what, const std::string& path);

// Of one recording. Stopped before its end, a file is not there.
Result export_to(const Export& what, const Session& session, const Asked& asked, const std::string& path);

}  // namespace ebpftrace::analyzer
