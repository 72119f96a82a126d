// SPDX-License-Identifier: Apache-2.0
#include "ship/cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "predicate/option_completion.h"

namespace ebpftrace::ship {

void add_completion(CLI::App& app, const std::string& program) {
  auto wanted = std::make_shared<std::string>();
  predicate::add_completion_option(app, *wanted)->each([&app, program, wanted](const std::string& shell) {
    const auto options = predicate::completed_options(app, {}, {"--config", "--position", "--scratch", "-o"},
                                                      predicate::OptionalValue::kBehindEquals);
    const std::string script = predicate::shell_completion(shell, program, options, predicate::CompletedRest::kFiles);
    if (script.empty())
      throw CLI::ParseError(fmt::format("--completion: '{}' is none of bash, zsh and fish", shell),
                            CLI::ExitCodes::ValidationError);
    fmt::print("{}", script);
    throw CLI::Success();
  });
}

}  // namespace ebpftrace::ship
