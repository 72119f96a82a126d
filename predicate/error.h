// SPDX-License-Identifier: Apache-2.0
// The one error of this room: what is wrong with a text in the filter language, where, and what would do.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ebpftrace::predicate {

// offset and length are bytes of the text that was parsed, never inside a UTF-8 character; the length is 0 if something
// is missing there. The message is one line of valid UTF-8 and at most a few hundred bytes.
struct ExpressionError : std::runtime_error {
  ExpressionError(size_t offset, size_t length, const std::string& message)
      : std::runtime_error(message), offset(offset), length(length) {}
  size_t offset, length;
};

// In characters, from 1.
size_t column_of(std::string_view text, size_t offset);

// Three lines: "column 7: MESSAGE", the text (or what is near the place), carets below the place.
std::string explain(std::string_view text, const ExpressionError& error);

// A piece of the text for a message: at most 40 characters.
std::string shortened(std::string_view piece);

// The offset of the first byte that is not valid UTF-8; npos if there is none.
size_t invalid_utf8(std::string_view text);

}  // namespace ebpftrace::predicate
