// SPDX-License-Identifier: Apache-2.0
// System calls by name: how many, how many failed, how long they took.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/query/call_query.h"
#include "analyzer/query/coverage.h"

namespace ebpftrace::analyzer {

struct SyscallRow {
  std::vector<Cell> keys;  // if it was grouped by fields; then there is no name
  std::string syscall;     // 64-bit and 32-bit calls of one name together
  uint64_t calls;          // unfinished ones included
  uint64_t errors;
  uint64_t total_ns;  // unfinished ones included, up to the moment they were given up on
  std::optional<uint64_t> min_ns, p50_ns, p99_ns, max_ns;  // of finished calls; percentiles to 1/32
};

struct Syscalls {
  Coverage coverage;
  size_t names = 0;              // also past the limit
  std::vector<SyscallRow> rows;  // longest total first
  std::vector<std::string> shortfalls;
};

Syscalls syscalls(const Session& session, const CallQuery& query, size_t limit = SIZE_MAX);
Syscalls syscalls(const trace::Trace& trace, size_t limit = SIZE_MAX, Reading reading = Reading::kSummaries);

Result result_of(const Syscalls& answer);

}  // namespace ebpftrace::analyzer
