// SPDX-License-Identifier: Apache-2.0
// A filter as words, numbers, texts and signs. Nothing is decoded here; every byte of the text is in a token or a
// blank.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ebpftrace::predicate {

struct Token {
  enum class Type : uint8_t {
    kEnd,
    kWord,    // a name; -NAME, too
    kNumber,  // begins with a digit, or a minus and a digit: numbers with units, times of day, dates
    kText,    // in double quotes, with them
    kMarker,  // begins with @
    kSign,    // an operator, a bracket, or any character that has no place in the language
  };
  Type type = Type::kEnd;
  size_t offset = 0;
  std::string_view text;

  size_t end() const { return offset + text.size(); }
  bool is(std::string_view sign_or_word) const {
    return (type == Type::kSign || type == Type::kWord) && text == sign_or_word;
  }
};

// Throws ExpressionError if the text is too long, not UTF-8 or has control characters.
void check_text(std::string_view text);

// The token at or behind `offset` of a text that check_text found good. A text that is never closed is a sign '"', or
// with `unclosed` (the front of a filter that is being typed) a text to the end.
Token next_token(std::string_view text, size_t offset, bool unclosed = false);

// The language's own words: they name nothing.
bool is_keyword(std::string_view word);
// The whole text is one name token and no keyword.
bool is_name(std::string_view text);

inline constexpr size_t kLongestText = 64 * 1024;

}  // namespace ebpftrace::predicate
