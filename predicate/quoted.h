// SPDX-License-Identifier: Apache-2.0
// Texts in double quotes. They are bytes: \\ \" \n \r \t and \xHH stand for what can't be written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ebpftrace::predicate {

// Of a text that begins with a double quote: how long it is with both quotes; 0 if the second is missing.
size_t quoted_length(std::string_view text);

// What stands between the quotes as bytes. Throws ExpressionError; its offsets count from `offset`, where the text
// begins.
std::string unquote(std::string_view inside, size_t offset = 0);
// The same of a pattern. A backslash belongs to the pattern; \" and \\ stand for one character, so that "\.so$" and
// "\\.so$" are the same, as in a shell's double quotes.
std::string unquote_pattern(std::string_view inside);

// As unquote and unquote_pattern read it, quotes included. Bytes that are not valid UTF-8 and control characters are
// \xHH.
std::string quote(std::string_view bytes);
std::string quote_pattern(std::string_view pattern);

}  // namespace ebpftrace::predicate
