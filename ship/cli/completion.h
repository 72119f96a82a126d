// SPDX-License-Identifier: Apache-2.0
// --completion SHELL of ebpf-ship and ebpf-load.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace ebpftrace::ship {

// The option: it prints, and ends parsing as done, whatever else would be needed; a shell other than bash,
// zsh and fish is a CLI::ParseError.
void add_completion(CLI::App& app, const std::string& program);

}  // namespace ebpftrace::ship
