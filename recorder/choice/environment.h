// SPDX-License-Identifier: Apache-2.0
// The few environment variables of a program that a trace may keep (--env).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ebpftrace::recorder {

// Of an environment ("NAME=value" texts, each ended by a zero byte) the variables with these names, in the environment's
// order and form. A last text that was cut counts only if its name is whole; it then ends where it was cut.
std::string chosen_variables(std::string_view environment, std::span<const std::string> names);

// Can be the name of a variable: not empty, no '=' and no zero byte.
bool is_variable_name(std::string_view name);

}  // namespace ebpftrace::recorder
