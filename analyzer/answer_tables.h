// SPDX-License-Identifier: Apache-2.0
// Answers -> tables: the columns that scripts rely on, in their order. The answer must outlive the table.
#pragma once

#include "analyzer/events.h"
#include "analyzer/metrics.h"
#include "analyzer/network.h"
#include "analyzer/open_files.h"
#include "analyzer/process_tree.h"
#include "analyzer/security.h"
#include "analyzer/summary.h"
#include "analyzer/syscalls.h"
#include "analyzer/table.h"
#include "analyzer/top_files.h"
#include "analyzer/top_io.h"
#include "analyzer/verify.h"

namespace ebpftrace::analyzer {

Table table_of(const Summary& summary);
Table table_of(const TopIo& answer);
Table table_of(const TopFiles& answer);
Table table_of(const Syscalls& answer);
Table table_of(const ProcessTree& answer);
Table table_of(const OpenFiles& answer);
Table table_of(const Metrics& answer);
Table table_of(const Security& answer);
Table table_of(const Network& answer);
Table table_of(const Verification& answer);

// Events are too many for a table: their columns, and one row.
std::vector<TableColumn> event_columns();
void event_cells(const Event& event, std::vector<Cell>& cells);
// The same as a line of JSON, without the copies.
class EventJson {
 public:
  EventJson();
  void append(std::string& out, const Event& event) const;

 private:
  std::vector<std::string> keys_;
};
// "   0.001234567  1    4242 cat             openat(AT_FDCWD, "x", O_RDONLY) = 3</home/x> <12.3µs>", with the line end.
void append_event_line(std::string& out, const Event& event);

// The summary for people: one fact a line.
void write_summary(const Summary& summary, const Write& write);

}  // namespace ebpftrace::analyzer
