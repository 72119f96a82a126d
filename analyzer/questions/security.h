// SPDX-License-Identifier: Apache-2.0
// What the network rules found, in order of time, each with the processes whose socket it concerns and the first one's ancestry.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/dictionaries/kept_texts.h"
#include "analyzer/dictionaries/process_name.h"
#include "analyzer/query/coverage.h"

namespace ebpftrace::analyzer {

struct SecurityRow {
  int64_t time_ns;  // since the trace's start
  int64_t real_ns;  // since 1970, by the wall clock of then
  std::string_view severity, event, rule, verdict;
  std::string source, destination;  // empty: none
  std::string protocol;
  uint64_t count, suppressed;
  std::optional<uint32_t> pid;
  std::string_view process;         // empty: not known
  std::string_view ancestry;        // "systemd(1) > sshd(612) > nginx(700)"
  std::vector<ProcessName> others;  // that it concerns besides
  std::string_view parse;           // what kept the packet from being parsed; empty: nothing
};

struct Security {
  Coverage coverage;
  size_t findings = 0;  // also past the limit
  std::vector<SecurityRow> rows;
  std::shared_ptr<const KeptTexts> texts;  // that the rows refer to
};

Security security(const trace::Trace& trace, size_t limit = SIZE_MAX);

}  // namespace ebpftrace::analyzer
