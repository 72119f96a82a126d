// SPDX-License-Identifier: Apache-2.0
// --completion SHELL of a program, made from its options themselves.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "predicate/shell_completion.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace ebpftrace::predicate {

// How a value that may be left out is given.
enum class OptionalValue { kBehindEquals, kNextWord };

// All that --help shows. values: of options with few; files: options whose value is the name of a file. Both by the name with its
// dashes.
std::vector<CompletedOption> completed_options(const CLI::App& app,
                                               const std::map<std::string, std::vector<std::string>>& values,
                                               const std::set<std::string>& files, OptionalValue optional);

// Puts `wanted`, which gets the shell's name, among the options. Not in --help: it is for packages.
CLI::Option* add_completion_option(CLI::App& app, std::string& wanted);

}  // namespace ebpftrace::predicate
