// SPDX-License-Identifier: Apache-2.0
// A process in an answer, with the name that it had at the time.
#pragma once

#include <cstdint>
#include <string_view>

namespace ebpftrace::analyzer {

struct ProcessName {
  uint32_t pid;
  std::string_view name;  // kept by the answer
};

}  // namespace ebpftrace::analyzer
