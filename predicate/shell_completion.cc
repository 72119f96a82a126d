// SPDX-License-Identifier: Apache-2.0
#include "predicate/shell_completion.h"

#include <fmt/format.h>

#include <algorithm>

namespace ebpftrace::predicate {
namespace {

// In single quotes for the shell.
std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Where a command begins: the first word that is neither an option nor an option's value; its own completion is the one that
// bash-completion has, if that is there, else names of programs, then of files.
constexpr char kBashCommand[] = R"(  local at=1
  while ((at < COMP_CWORD)); do
    case ${COMP_WORDS[at]} in
      --) ((at++)); break ;;
VALUED      -*) ((at++)) ;;
      *) break ;;
    esac
  done
  if ((at < COMP_CWORD)) || { ((at == COMP_CWORD)) && [[ $word != -* ]]; } || [[ ${COMP_WORDS[at-1]} == -- ]]; then
    if declare -F _command_offset >/dev/null; then
      _command_offset "$at"
    elif ((at == COMP_CWORD)); then
      COMPREPLY=($(compgen -c -- "$word"))
    else
      COMPREPLY=($(compgen -f -- "$word"))
    fi
    return
  fi
)";

std::string bash(std::string_view program, const std::vector<CompletedOption>& options, CompletedRest rest) {
  std::string names, cases, valued;
  for (const CompletedOption& option : options) {
    names += (names.empty() ? "" : " ") + option.name;
    if (option.takes_value) valued += (valued.empty() ? "" : "|") + option.name;
    if (!option.values.empty())
      cases += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n", option.name,
                           fmt::join(option.values, " "));
    else if (option.takes_file)
      cases += fmt::format("    {}) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", option.name);
    else if (option.takes_value)
      cases += fmt::format("    {}) return ;;\n", option.name);
  }
  std::string function = fmt::format("_{}", program), command;
  std::replace(function.begin(), function.end(), '-', '_');
  if (rest == CompletedRest::kCommand) {
    command = kBashCommand;
    command.replace(command.find("VALUED"), 6, valued.empty() ? "" : fmt::format("      {}) ((at += 2)) ;;\n", valued));
  }
  return fmt::format(
      R"(# bash completion for {0}, by {0} --completion bash
{1}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  COMPREPLY=()
{2}  case $before in
{3}  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '{4}' -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}}
complete -o filenames -F {1} {0}
)",
      program, function, command, cases, names);
}

// A description within _arguments' brackets.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '[' || c == ']' || c == ':' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out;
}

std::string zsh(std::string_view program, const std::vector<CompletedOption>& options, CompletedRest rest) {
  std::string list;
  for (const CompletedOption& option : options) {
    std::string spec = fmt::format("{}[{}]", option.name, zsh_text(option.help));
    if (!option.values.empty())
      spec += fmt::format(":value:({})", fmt::join(option.values, " "));
    else if (option.takes_file)
      spec += ":file:_files";
    else if (option.takes_value)
      spec += ":value: ";
    list += "  " + shell_word(spec) + " \\\n";
  }
  const bool command = rest == CompletedRest::kCommand;
  return fmt::format(R"(#compdef {0}
# zsh completion for {0}, by {0} --completion zsh
_arguments {1}\
{2}  {3}
)",
                     program, command ? "-S -A '-*' " : "", list,
                     command ? "'*::command:_normal'" : "'*:trace:_files'");
}

std::string fish(std::string_view program, const std::vector<CompletedOption>& options, CompletedRest rest) {
  std::string out = fmt::format("# fish completion for {0}, by {0} --completion fish\n", program);
  if (rest == CompletedRest::kCommand)
    out += fmt::format("complete -c {} -x -a '(__fish_complete_subcommand)'\n", program);
  for (const CompletedOption& option : options) {
    const bool is_long = option.name.starts_with("--");
    std::string help;
    for (const char c : option.help) help += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    out += fmt::format("complete -c {} {} {}", program, is_long ? "-l" : "-s", option.name.substr(is_long ? 2 : 1));
    if (option.takes_file)
      out += " -r -F";
    else if (option.takes_value)
      out += " -x";
    if (!option.values.empty()) out += fmt::format(" -a '{}'", fmt::join(option.values, " "));
    out += fmt::format(" -d '{}'\n", help);
  }
  return out;
}

}  // namespace

std::string shell_completion(std::string_view shell, std::string_view program,
                             const std::vector<CompletedOption>& options, CompletedRest rest) {
  if (shell == "bash") return bash(program, options, rest);
  if (shell == "zsh") return zsh(program, options, rest);
  if (shell == "fish") return fish(program, options, rest);
  return {};
}

}  // namespace ebpftrace::predicate
