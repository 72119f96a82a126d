// SPDX-License-Identifier: Apache-2.0
// --completion SHELL: what makes a shell complete a program's options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ebpftrace::predicate {

struct CompletedOption {
  std::string name, help;  // the name with its dashes
  bool takes_value = false;
  std::vector<std::string> values;  // all that it can take, if they are few
  bool takes_file = false;          // its value is the name of a file
};

// What stands behind the options.
enum class CompletedRest {
  kFiles,
  kCommand,  // a command with arguments of its own, whose options are not ours
};

// The script, to be sourced by that shell; empty for one that is none of bash, zsh and fish.
std::string shell_completion(std::string_view shell, std::string_view program,
                             const std::vector<CompletedOption>& options, CompletedRest rest);

}  // namespace ebpftrace::predicate
