// SPDX-License-Identifier: Apache-2.0
// Cells of answers as people read them, and how a column of them is set out.
#pragma once

#include <QString>
#include <Qt>
#include <optional>

#include "analyzer/api/result.h"

namespace ebpftrace::gui {

// Nothing of an absent cell: a table shows "–" there. At most so many characters.
QString cell_text(const analyzer::Cell& cell, analyzer::Unit unit, qsizetype most = 400);
// With thousands separators, units, all digits: for copying as text, no thin spaces.
QString exact_text(const analyzer::Cell& cell, analyzer::Unit unit);

// What a loss makes of a number: counts, bytes and sums are at least what they are, percentiles could be either way.
enum class Certainty : uint8_t { kExact, kAtLeast, kAbout };
Certainty certainty_of(const analyzer::ResultColumn& column, bool events_were_lost);
QString marked(const QString& number, Certainty certainty);  // "≥ 5", "± 5"

bool is_to_the_right(analyzer::Unit unit);
bool is_fixed_pitch(const analyzer::ResultColumn& column);  // paths, commands, addresses
// As a number to compare and to draw; nothing: it is none.
std::optional<double> number_of(const analyzer::Cell& cell);
// Smaller first; absent cells after all others whichever way.
bool is_before(const analyzer::Cell& one, const analyzer::Cell& other, bool descending);

// "READ P99" -> "Read p99": headings of the command line as those of a window.
QString heading_text(const analyzer::ResultColumn& column);

}  // namespace ebpftrace::gui
