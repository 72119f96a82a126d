// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "analyzer/api/export_file.h"
#include "analyzer/exports/file_output.h"
#include "analyzer/tables/table.h"

namespace ebpftrace::analyzer {

std::vector<ExportForm> export_forms() {
  std::vector<ExportForm> forms;
  for (const Export* one : all_exports())
    forms.push_back({std::string(one->name), std::string(one->help), one->form == Export::Form::kFolder});
  return forms;
}

Result export_file(std::string_view form, const Session& session, const Asked& asked, const std::string& path) {
  const Export* what = find_export(form);
  if (!what) throw AskError(fmt::format("there is no export '{}'", form));
  const auto output = open_file_output(*what, path);
  Result result = run_export(*what, session, asked, *output);
  if (!result.stopped) output->finish();
  return result;
}

Result write_answer(const Question& question, const Source& source, const Asked& asked, Format format,
                    const Write& write) {
  if (question.print) return ask(question, source, asked, format, write);
  Result result = ask(question, source, asked);
  write_result(result, format, 0, write);
  return result;
}

}  // namespace ebpftrace::analyzer
