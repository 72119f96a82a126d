// SPDX-License-Identifier: Apache-2.0
#include "recorder/cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <set>
#include <vector>

#include "predicate/shell_completion.h"

namespace ebpftrace::recorder {

std::string completion_of(const CLI::App& app, const std::string& shell) {
  static const std::map<std::string, std::vector<std::string>> kValues = {
      {"--probe", {"auto", "tracepoint", "kprobe", "fentry"}},
      {"--xdp-mode", {"auto", "native", "generic"}},
      {"--ancestors", {"name", "full"}},
      {"--level", {"auto"}}};
  static const std::set<std::string> kFiles = {"-o", "--output", "--config", "--btf", "--rules", "--cgroup"};
  std::vector<predicate::CompletedOption> completed;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    std::vector<std::string> names;
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    // --packets has its value behind '=' only, which a flag may have.
    const bool takes_value = option->get_items_expected_max() > 0 && option->get_expected_min() > 0;
    for (const std::string& name : names) {
      const auto values = kValues.find(name);
      completed.push_back({name, option->get_description(), takes_value,
                           values == kValues.end() ? std::vector<std::string>() : values->second,
                           kFiles.contains(name)});
    }
  }
  const std::string script =
      predicate::shell_completion(shell, "ebpf-record", completed, predicate::CompletedRest::kCommand);
  if (script.empty())
    throw CLI::ValidationError("--completion", fmt::format("'{}' is none of bash, zsh and fish", shell));
  return script;
}

}  // namespace ebpftrace::recorder
