// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "analyzer/text/call_args.h"

namespace ebpftrace::analyzer {

// Where a row's line lies in the string that was handed to whoever writes it.
struct Line {
  TextPiece line;
  uint32_t text = 0;  // which of the caller's strings
  bool present = false;
};

inline constexpr size_t kMostLineBytes = UINT32_MAX / 2;  // in one string

}  // namespace ebpftrace::analyzer
