// SPDX-License-Identifier: Apache-2.0
#include "predicate/option_completion.h"

#include <CLI/CLI.hpp>

namespace ebpftrace::predicate {

std::vector<CompletedOption> completed_options(const CLI::App& app,
                                               const std::map<std::string, std::vector<std::string>>& values,
                                               const std::set<std::string>& files, OptionalValue optional) {
  std::vector<CompletedOption> completed;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || option->get_group().empty()) continue;
    std::vector<std::string> names;
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    const bool takes_value = option->get_items_expected_max() > 0 &&
                             (option->get_expected_min() > 0 || optional == OptionalValue::kNextWord);
    for (const std::string& name : names) {
      const auto known = values.find(name);
      completed.push_back({name, option->get_description(), takes_value,
                           known == values.end() ? std::vector<std::string>() : known->second, files.contains(name)});
    }
  }
  return completed;
}

CLI::Option* add_completion_option(CLI::App& app, std::string& wanted) {
  return app.add_option("--completion", wanted, "Print what makes bash, zsh or fish complete these options")
      ->type_name("SHELL")
      ->group("");
}

}  // namespace ebpftrace::predicate
