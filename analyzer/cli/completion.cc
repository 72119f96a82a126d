// SPDX-License-Identifier: Apache-2.0
#include "analyzer/cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/cli/options.h"
#include "analyzer/exports/export.h"

namespace ebpftrace::analyzer {
namespace {

struct Word {
  std::string name, help;
  bool takes_value = false;
  std::vector<std::string> values;  // all that it can take, if they are few
};

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

std::vector<Word> words_of(const CLI::App& app) {
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
  std::vector<Word> words;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || (option->get_group().empty())) continue;
    std::vector<std::string> names;
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : names) {
      const auto known = values.find(name);
      words.push_back({name, option->get_description(), option->get_items_expected_max() > 0,
                       known == values.end() ? std::vector<std::string>() : known->second});
    }
  }
  return words;
}

// In single quotes for the shell.
std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string bash(const std::vector<Word>& words) {
  std::string names, cases;
  for (const Word& word : words) {
    names += (names.empty() ? "" : " ") + word.name;
    if (!word.values.empty())
      cases += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n", word.name,
                           fmt::join(word.values, " "));
    else if (word.takes_value)
      cases += fmt::format("    {}) return ;;\n", word.name);
  }
  return fmt::format(
      R"(# bash completion for ebpf-analyze, by ebpf-analyze --completion bash
_ebpf_analyze() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  COMPREPLY=()
  case $before in
{}  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '{}' -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}}
complete -o filenames -F _ebpf_analyze ebpf-analyze
)",
      cases, names);
}

// A description within _arguments' brackets.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '[' || c == ']' || c == ':' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out;
}

std::string zsh(const std::vector<Word>& words) {
  std::string list;
  for (const Word& word : words) {
    std::string spec = fmt::format("{}[{}]", word.name, zsh_text(word.help));
    if (!word.values.empty())
      spec += fmt::format(":value:({})", fmt::join(word.values, " "));
    else if (word.takes_value)
      spec += ":value: ";
    list += "  " + shell_word(spec) + " \\\n";
  }
  return fmt::format(R"(#compdef ebpf-analyze
# zsh completion for ebpf-analyze, by ebpf-analyze --completion zsh
_arguments \
{}  '*:trace:_files'
)",
                     list);
}

std::string fish(const std::vector<Word>& words) {
  std::string out = "# fish completion for ebpf-analyze, by ebpf-analyze --completion fish\n";
  for (const Word& word : words) {
    const bool is_long = word.name.starts_with("--");
    std::string help;
    for (const char c : word.help) help += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    out += fmt::format("complete -c ebpf-analyze {} {}", is_long ? "-l" : "-s", word.name.substr(is_long ? 2 : 1));
    if (word.takes_value) out += " -x";
    if (!word.values.empty()) out += fmt::format(" -a '{}'", fmt::join(word.values, " "));
    out += fmt::format(" -d '{}'\n", help);
  }
  return out;
}

}  // namespace

std::string completion_script(const std::string& shell, const CLI::App& app) {
  const std::vector<Word> words = words_of(app);
  if (shell == "bash") return bash(words);
  if (shell == "zsh") return zsh(words);
  if (shell == "fish") return fish(words);
  throw AskError(fmt::format("--completion: '{}' is none of bash, zsh and fish", shell));
}

}  // namespace ebpftrace::analyzer
