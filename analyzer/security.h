// SPDX-License-Identifier: Apache-2.0
// What the network rules found, in order of time, each with the process whose socket it concerns and that one's ancestry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/coverage.h"

namespace ebpftrace {

struct SecurityRow {
  int64_t time_ns;         // since the trace's start
  std::string wall_clock;  // UTC
  std::string severity, event, rule, verdict;
  std::string source, destination;  // empty: none
  std::string protocol;
  uint64_t count, suppressed;
  std::optional<uint32_t> pid;
  std::string process;   // empty: not known
  std::string ancestry;  // "systemd(1) > sshd(612) > nginx(700)"
};

struct Security {
  Coverage coverage;
  size_t findings = 0;  // also past the limit
  std::vector<SecurityRow> rows;
};

Security security(const Trace& trace, size_t limit = SIZE_MAX);

}  // namespace ebpftrace
