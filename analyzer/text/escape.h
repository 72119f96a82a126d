// SPDX-License-Identifier: Apache-2.0
// Names out of a trace are whatever bytes somebody chose. These make them harmless for where they go, and readable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

// A JSON string with its quotes. Bytes that are not UTF-8 become \u00XX; characters that do something to a terminal or
// reorder text (C0, C1, DEL, bidirectional controls, line separators) are \u escapes too, so that real é stays é and
// \u00e9 is always the byte.
void append_json(std::string& out, std::string_view bytes);

// The same to where there is room for json_room() bytes; returns the end.
char* write_json(char* to, std::string_view bytes);
constexpr size_t json_room(std::string_view bytes) { return 6 * bytes.size() + 16; }

// A CSV field as in RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe in front; control
// characters other than tab and line ends, and bytes that are not UTF-8, become \xNN.
void append_csv(std::string& out, std::string_view bytes);

// For a terminal: control characters and bytes that are not UTF-8 become \xNN, bidirectional controls \u{NNNN}.
// Returns the columns that the text takes.
size_t append_terminal(std::string& out, std::string_view bytes);

// Cuts text that append_terminal made to `columns`, the last of which is then "…". Returns the columns it takes.
size_t cut_to_columns(std::string& text, size_t columns);
// In its middle, nearer to the start: of a path, what tells it from its neighbours is at its end.
size_t cut_middle_to_columns(std::string& text, size_t columns);

}  // namespace ebpftrace::analyzer
