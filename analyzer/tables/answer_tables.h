// SPDX-License-Identifier: Apache-2.0
// Answers -> tables: the columns that scripts rely on, in their order. The answer must outlive the table.
#pragma once

#include "analyzer/questions/events.h"
#include "analyzer/questions/metrics.h"
#include "analyzer/questions/network.h"
#include "analyzer/questions/open_files.h"
#include "analyzer/questions/process_tree.h"
#include "analyzer/questions/security.h"
#include "analyzer/questions/summary.h"
#include "analyzer/questions/syscalls.h"
#include "analyzer/questions/top_files.h"
#include "analyzer/questions/top_io.h"
#include "analyzer/questions/verify.h"
#include "analyzer/tables/table.h"

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
