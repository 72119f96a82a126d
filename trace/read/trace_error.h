// SPDX-License-Identifier: Apache-2.0
// Why a trace can't be opened at all. Damage inside one is not an error, see damage.h.
#pragma once

#include <stdexcept>
#include <string>

namespace ebpftrace::trace {

struct TraceError : std::runtime_error {
  enum class Kind { kUnreadable, kNotATrace, kUnknownVersion };
  TraceError(Kind what, const std::string& message) : std::runtime_error(message), kind(what) {}
  Kind kind;
};

}  // namespace ebpftrace::trace
