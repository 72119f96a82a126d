// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/completion.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/cli/options.h"
#include "analyzer/exports/export.h"
#include "predicate/option_completion.h"

namespace ebpftrace::analyzer {
namespace {

std::vector<std::string> relations() {
  std::vector<std::string> names;
  for (const RelationFields& relation : all_fields()) names.push_back(relation.relation);
  return names;
}

std::vector<std::string> exports() {
  std::vector<std::string> names;
  for (const Export* one : all_exports()) names.emplace_back(one->name);
  return names;
}

std::vector<predicate::CompletedOption> completed_options(const CLI::App& app) {
  std::map<std::string, std::vector<std::string>> values = {{"--format", {"table", "json", "csv"}},
                                                            {"--color", {"auto", "always", "never"}},
                                                            {"--export", exports()},
                                                            {"--fields", relations()}};
  for (const Question* question : all_questions()) {
    const Takes& takes = question->takes;
    if (const auto& few = takes.argument.values; !few.empty())
      values[option_name(*question)] = {few.begin(), few.end()};
    for (const QuestionOption& option : takes.options)
      if (!option.values.empty())
        values[fmt::format("--{}", option.name)] = {option.values.begin(), option.values.end()};
  }
  return predicate::completed_options(app, values, {"-o", "--output"}, predicate::OptionalValue::kNextWord);
}

}  // namespace

std::string completion_script(const std::string& shell, const CLI::App& app) {
  const std::string script =
      predicate::shell_completion(shell, "ebpf-analyze", completed_options(app), predicate::CompletedRest::kFiles);
  if (!script.empty()) return script;
  throw AskError(fmt::format("--completion: '{}' is none of bash, zsh and fish", shell));
}

}  // namespace ebpftrace::analyzer
