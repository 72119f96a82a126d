// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "analyzer/api/result.h"

namespace ebpftrace::analyzer {

// A cell as people see it: with units, "-" where there is nothing, and nothing in it that would drive a terminal.
struct ShownCell {
  std::string text;
  size_t columns = 0;  // that it takes on a terminal
};

ShownCell shown_cell(const Cell& cell, Unit unit);

}  // namespace ebpftrace::analyzer
