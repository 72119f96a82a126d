// SPDX-License-Identifier: Apache-2.0
#include "recorder/cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <set>
#include <vector>

#include "predicate/option_completion.h"

namespace ebpftrace::recorder {

std::string completion_of(const CLI::App& app, const std::string& shell) {
  static const std::map<std::string, std::vector<std::string>> kValues = {
      {"--probe", {"auto", "tracepoint", "kprobe", "fentry"}},
      {"--xdp-mode", {"auto", "native", "generic"}},
      {"--ancestors", {"name", "full"}},
      {"--level", {"auto"}}};
  static const std::set<std::string> kFiles = {"-o", "--output", "--config", "--btf", "--rules", "--cgroup"};
  const std::string script = predicate::shell_completion(
      shell, "ebpf-record", predicate::completed_options(app, kValues, kFiles, predicate::OptionalValue::kBehindEquals),
      predicate::CompletedRest::kCommand);
  if (script.empty())
    throw CLI::ValidationError("--completion", fmt::format("'{}' is none of bash, zsh and fish", shell));
  return script;
}

}  // namespace ebpftrace::recorder
