// SPDX-License-Identifier: Apache-2.0
// The three forms in which an answer is printed. Nothing here writes to a file: the text goes to the caller a piece at a
// time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/api/question.h"
#include "analyzer/api/result.h"
#include "analyzer/text/human.h"  // IWYU pragma: export

namespace ebpftrace::analyzer {

void write_result(const Result& result, Format format, size_t width, const Write& write);

// One object: table, complete, lost (null: unknown), shortfalls if there are any, columns, rows. 64-bit integers are
// JSON numbers.
void write_json(const Result& result, const Write& write);
// RFC 4180 with a line of column names; plain numbers.
void write_csv(const Result& result, const Write& write);
// For people: human units, numbers to the right; at most `width` columns if the longest text column can be cut to
// that (0: as wide as it gets; no text takes more than 200). What was lost or not kept is in lines below. An answer that
// has facts is these, a line each.
void write_text(const Result& result, size_t width, const Write& write);

// One row, or the line of names, with the line end.
void append_csv_row(std::string& out, const std::vector<Cell>& cells);
void append_csv_names(std::string& out, const std::vector<ResultColumn>& columns);

// "lost: 3 syscall (ring full)" or why it isn't known; empty: nothing was lost.
std::string loss_line(const Coverage& coverage);

}  // namespace ebpftrace::analyzer
