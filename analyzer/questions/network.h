// SPDX-License-Identifier: Apache-2.0
// What came in: by protocol, by headers before the transport, by how far it could be parsed, by verdict, by destination port, by source, and by flow with
// the processes whose socket it reached. One ranking after the other, each by bytes.
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

struct NetworkRow {
  std::string_view by;  // "protocol", "header", "parse", "verdict", "port", "source", "flow", "table"
  std::string what;     // "tcp over ipv4", "tcp 443", "10.0.0.1", "tcp 10.0.0.1:4000 > 10.0.0.2:80"
  uint64_t packets, bytes;
  std::optional<uint64_t> dropped;
  std::optional<int64_t> first_ns, last_ns;  // since the trace's start
  std::string interface;                     // of flows
  std::optional<uint32_t> pid;
  std::string_view process;
  std::vector<ProcessName> others = {};  // whose flow it is besides
  std::string headers;                   // of flows: between IP and the transport, "ah"
};

struct Network {
  Coverage coverage;
  size_t all_rows = 0;  // also past the limits
  std::vector<NetworkRow> rows;
  std::shared_ptr<const KeptTexts> texts;  // that the rows refer to
};

// limit: of each ranking.
Network network(const trace::Trace& trace, size_t limit = SIZE_MAX);

}  // namespace ebpftrace::analyzer
