// SPDX-License-Identifier: Apache-2.0
// An answer as rows and columns, and the three forms it is printed in. Nothing here writes to a file: the text goes
// to the caller a piece at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/query/coverage.h"

namespace ebpftrace::analyzer {

struct TableColumn {
  std::string name;  // as in JSON and CSV
  Unit unit;
  std::string heading;    // for people; empty: not shown to them
  bool optional = false;  // not shown where it would leave no room for the texts; the last one goes first
};

struct Table {
  std::string name;
  std::vector<TableColumn> columns;
  size_t rows = 0;
  size_t all_rows = 0;  // there would have been without a limit
  std::function<void(size_t row, std::vector<Cell>& cells)> row;
  std::function<void(size_t row, std::vector<Cell>& cells)> for_people;  // changes what row() gave; may be empty
  std::function<unsigned(size_t row)> indent;  // of the first text column when shown to people; may be empty
  Coverage coverage;
};

// One object: table, complete, lost (null: unknown), columns, rows. 64-bit integers are JSON numbers.
void write_json(const Table& table, const Write& write);
// RFC 4180 with a line of column names; plain numbers.
void write_csv(const Table& table, const Write& write);
// For people: human units, numbers to the right; at most `width` columns if the longest text column can be cut to
// that (0: as wide as it gets; no text takes more than 200). What was lost is in a line below.
void write_text(const Table& table, size_t width, const Write& write);

// One row, or the line of names, with the line end.
void append_csv_row(std::string& out, const std::vector<Cell>& cells);
void append_csv_names(std::string& out, const std::vector<TableColumn>& columns);

// "1.21MiB", "12.3µs", "0.001234567"
std::string human_bytes(uint64_t bytes);
std::string human_duration(uint64_t ns);
std::string human_time(int64_t ns);
// "0.42", "7.31", "12.3", "4711": three digits that count, or all before the point; "7" for a whole number.
std::string human_number(double value);

// "lost: 3 syscall (ring full)" or why it isn't known; empty: nothing was lost.
std::string loss_line(const Coverage& coverage);

}  // namespace ebpftrace::analyzer
