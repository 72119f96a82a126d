// SPDX-License-Identifier: Apache-2.0
// A moment of a host, back as a trace: the parts that were recorded then are put together again from their frames, byte for byte,
// and cut as ebpf-analyze --slice cuts them. In memory: a part is as large as ebpf-record --rotate lets it become.
#pragma once

#include <functional>
#include <string>

#include "ship/load/clickhouse.h"

namespace ebpftrace::ship {

struct SliceChoice {
  std::string host;       // label, or the front of the host's id
  std::string from, to;   // moments of the filter language; empty: no limit
  std::string recording;  // its id, if the host has several then
  std::string filter;
  std::string output;
};

// Throws ClickHouseError, SettingsError (nothing was recorded then, or by several recorders), analyzer::AskError,
// trace::TraceError; there is no file then.
void write_slice_of(ClickHouse& clickhouse, const SliceChoice& choice,
                    const std::function<void(const std::string&)>& tell);

}  // namespace ebpftrace::ship
