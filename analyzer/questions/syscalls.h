// SPDX-License-Identifier: Apache-2.0
// System calls by name: how many, how many failed, how long they took.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/query/coverage.h"
#include "analyzer/query/scan_blocks.h"

namespace ebpftrace::analyzer {

struct SyscallRow {
  std::string syscall;  // 64-bit and 32-bit calls of one name together
  uint64_t calls;       // unfinished ones included
  uint64_t errors;
  uint64_t total_ns;  // unfinished ones included, up to the moment they were given up on
  std::optional<uint64_t> min_ns, p50_ns, p99_ns, max_ns;  // of finished calls; percentiles to 1/32
};

struct Syscalls {
  Coverage coverage;
  size_t names = 0;              // also past the limit
  std::vector<SyscallRow> rows;  // longest total first
};

Syscalls syscalls(const trace::Trace& trace, size_t limit = SIZE_MAX, Reading reading = Reading::kSummaries);

}  // namespace ebpftrace::analyzer
