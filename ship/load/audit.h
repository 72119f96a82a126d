// SPDX-License-Identifier: Apache-2.0
// The account of each recording, from what its recorder says in headers and statuses (which are in the table of frames), the
// ledger, and the tables:
//   produced = recorded + lost,   recorded = Σ ledger + pending + dropped,   rows of a table = Σ ledger
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ship/load/clickhouse.h"

namespace ebpftrace::ship {

struct AuditRow {
  std::string host, recording, type;
  uint64_t produced = 0, recorded = 0, lost = 0;  // by the recorder, as far as it has said
  uint64_t loaded = 0;                            // Σ ledger of batches that are taken
  uint64_t pending = 0;                           // in a plan whose batch is not marked, or not come yet
  uint64_t dropped = 0;                           // removed before it was shipped
  uint64_t in_table = 0;                          // of types that have a table; else as loaded
  bool operator==(const AuditRow&) const = default;
};

struct Audit {
  std::vector<AuditRow> rows;
  std::vector<std::string> gaps;   // named, a line each: what is missing, or too much
  std::vector<std::string> notes;  // what is not known yet: a part that still grows, a recorder that was killed
};

std::string event_type_name(uint16_t id);
// Throws ClickHouseError.
Audit audit(ClickHouse& clickhouse);
// A table, notes and gaps. of_each_recording: a table for each below a line that names it, for a terminal of 80 columns; otherwise
// each row says whose it is, for grep.
std::string audit_text(const Audit& audit, bool of_each_recording);

}  // namespace ebpftrace::ship
