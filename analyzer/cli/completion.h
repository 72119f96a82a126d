// SPDX-License-Identifier: Apache-2.0
// --completion SHELL: what makes a shell complete ebpf-analyze's options, made from the options themselves.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace ebpftrace::analyzer {

// Throws AskError for a shell other than bash, zsh and fish.
std::string completion_script(const std::string& shell, const CLI::App& app);

}  // namespace ebpftrace::analyzer
