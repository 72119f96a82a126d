// SPDX-License-Identifier: Apache-2.0
// Where answers and messages go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

// Whoever reads us has had enough (| head).
struct ReaderGone {};

// To standard output. Throws ReaderGone, TraceError.
void write_out(std::string_view text);
// A line on standard error, with the program's name.
void warn(const std::string& text);
// A text of a trace, or a file's name, without what would drive a terminal.
std::string shown(std::string_view text);

bool writes_to_terminal();
bool reads_from_terminal();
// 0: it is no terminal.
size_t terminal_width();
size_t terminal_height();

}  // namespace ebpftrace::analyzer
