// SPDX-License-Identifier: Apache-2.0
// Why a trace can't be opened at all. Damage inside one is not an error, see damage.h.
#pragma once

#include <stdexcept>
#include <string>

namespace ebpftrace::trace {

struct TraceError : std::runtime_error {
  enum class Kind { kUnreadable, kNotATrace, kUnknownVersion };
  TraceError(Kind what, const std::string& message, std::string of_file = {})
      : std::runtime_error(message), kind(what), file(std::move(of_file)) {}
  Kind kind;
  std::string file;  // which one it is of, if that has a name. The message names it too where it is kUnreadable
};

}  // namespace ebpftrace::trace
