// SPDX-License-Identifier: Apache-2.0
// The file of --config: one `key = value` per line, the keys of Filter::add. Blank lines, and lines whose first character
// that is not blank is '#', are skipped. A key may have several lines: their values add up, as repeated options do.
#pragma once

#include <stdexcept>
#include <string>

#include "recorder/choice/filter.h"

namespace ebpftrace::recorder {

// "FILE:LINE:COLUMN: what is wrong", both counted from 1; or "FILE: it cannot be read".
struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws ConfigError.
Filter read_config(const std::string& path);
// The same of a text; `name` is for messages.
Filter parse_config(std::string_view text, std::string_view name);

}  // namespace ebpftrace::recorder
