// SPDX-License-Identifier: Apache-2.0
// A recording as a file for other programs, in any of the forms that ebpf-analyze --export knows, and answers as such. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/result.h"
#include "analyzer/api/session.h"

namespace ebpftrace::analyzer {

struct ExportForm {
  std::string name, help;  // "chrome", "trace-event JSON for ..."
  bool is_folder = false;
};
std::vector<ExportForm> export_forms();  // in the order in which they are listed

// Of what is asked: its filter, its range of time. The file, or folder, is there only once it is whole; stopped before, it is
// not there. What the result says is what was left out. Throws AskError, and std::runtime_error that names the path.
Result export_file(std::string_view form, const Session& session, const Asked& asked, const std::string& path);

// An answer as ebpf-analyze --format json or csv prints it, whether it has rows or prints them as they come. What the result
// says besides its rows holds; of one that prints it has none.
Result write_answer(const Question& question, const Source& source, const Asked& asked, Format format,
                    const Write& write);

}  // namespace ebpftrace::analyzer
