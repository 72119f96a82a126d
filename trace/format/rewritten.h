// SPDX-License-Identifier: Apache-2.0
// How a file was made of another one: what its frame of that kind says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trace/format/identity.h"

namespace ebpftrace::trace {

inline constexpr uint16_t kRewrittenFrame = 7;  // beside those of FrameKind, which every reader knows

struct RewritingStep {
  std::string what, program, choice;
  std::optional<Id> source;
  struct LeftOut {
    uint16_t type;
    uint64_t rows;
  };
  std::vector<LeftOut> left_out;
};

}  // namespace ebpftrace::trace
