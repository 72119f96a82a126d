// SPDX-License-Identifier: Apache-2.0
// Bytes as strace prints them: "a\33b\0" in double quotes, printable ASCII as it is, everything else as an escape.
#pragma once

#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

// The inside of the quotes. Octal escapes are as short as what follows allows.
void append_escaped(std::string& out, std::string_view bytes);
// With the quotes, and three dots behind them if the text goes on.
void append_quoted(std::string& out, std::string_view bytes, bool cut = false);
// The bytes of a text that append_escaped wrote.
std::string unescaped(std::string_view text);

}  // namespace ebpftrace::analyzer
