// SPDX-License-Identifier: Apache-2.0
// Text for people: a term and what there is to say of it, wrapped to the terminal's width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ebpftrace::recorder {

// Columns of the terminal at standard output; 80 if it is none.
size_t terminal_width();

// `mark` and `term` in columns of their own, then `text`, continued under its beginning. Ends with a newline.
std::string report_line(std::string_view mark, std::string_view term, std::string_view text, size_t width);

}  // namespace ebpftrace::recorder
