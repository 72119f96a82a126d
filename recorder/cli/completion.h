// SPDX-License-Identifier: Apache-2.0
// --completion SHELL: what makes a shell complete ebpf-record's options, made from the options themselves.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace ebpftrace::recorder {

// Throws CLI::ValidationError for a shell other than bash, zsh and fish.
std::string completion_of(const CLI::App& app, const std::string& shell);

}  // namespace ebpftrace::recorder
