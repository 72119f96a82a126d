// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/export_file.h"

#include <fmt/format.h>

#include "analyzer/cli/terminal.h"

namespace ebpftrace::analyzer {
namespace {

class StandardOutput final : public WholeOutput {
 public:
  void write(std::string_view piece) override { write_out(piece); }
  void begin_file(std::string_view) override {}
  void finish() override {}
};

}  // namespace

std::unique_ptr<WholeOutput> open_export(const Export& what, const std::string& path) {
  if (!path.empty() && path != "-") return open_file_output(what, path);
  if (what.form == Export::Form::kFolder)
    throw AskError(fmt::format("--export {} makes a folder: name it with -o FOLDER", what.name));
  if (what.form == Export::Form::kBinary && writes_to_terminal())
    throw AskError(
        fmt::format("{} is not for terminals: name a file with -o PATH, or redirect it to a file or pipe", what.name));
  return std::make_unique<StandardOutput>();
}

Result export_to(const Export& what, const Session& session, const Asked& asked, const std::string& path) {
  const auto output = open_export(what, path);
  Result result = run_export(what, session, asked, *output);
  if (!result.stopped) output->finish();
  return result;
}

}  // namespace ebpftrace::analyzer
