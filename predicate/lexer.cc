// SPDX-License-Identifier: Apache-2.0
#include "predicate/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "predicate/error.h"
#include "predicate/moment.h"
#include "predicate/quoted.h"

namespace ebpftrace::predicate {

namespace {

// Longer ones first. Some are not of the language: they are there to be named whole in a message.
constexpr auto kSigns = std::to_array<std::string_view>({"===", "!==", "==", "!=", "<=", ">=", "<>", "=~", "!~", "&&",
                                                         "||",  "..",  "=>", "=<", "<",  ">",  "~",  "&",  "|",  "!",
                                                         "(",   ")",   "{",  "}",  "[",  "]",  ",",  "="});

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool beyond_ascii(char c) { return static_cast<uint8_t>(c) >= 0x80; }
bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Of a word: letters and digits, and . : - between them (proc.name, x32:read, port-scan).
size_t word_length(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  if (at == text.size() || !(letter(text[at]) || beyond_ascii(text[at]))) return 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    const bool inner =
        (c == '.' || c == ':' || c == '-') && at + 1 < text.size() && (letter(text[at + 1]) || digit(text[at + 1]));
    if (!letter(c) && !digit(c) && !beyond_ascii(c) && !inner) break;
  }
  return at;
}

size_t number_length(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  if (at == text.size() || !digit(text[at])) return 0;
  for (; at < text.size() && !text.substr(at).starts_with(".."); ++at) {
    const char c = text[at];
    if (!letter(c) && !digit(c) && !beyond_ascii(c) && c != '.' && c != ':' && c != '+' && c != '-') break;
  }
  return at;
}

size_t character_at(std::string_view text) {
  size_t length = 1;
  while (length < text.size() && (static_cast<uint8_t>(text[length]) & 0xc0) == 0x80) ++length;
  return length;
}

}  // namespace

void check_text(std::string_view text) {
  if (text.size() > kLongestText)
    throw ExpressionError(0, 0, fmt::format("a filter of {} bytes; it may have at most {}", text.size(), kLongestText));
  if (const size_t offset = invalid_utf8(text); offset != text.npos)
    throw ExpressionError(
        offset, 1,
        fmt::format("this is not UTF-8; in a text the byte is \"\\x{:02x}\"", static_cast<uint8_t>(text[offset])));
  for (size_t offset = 0; offset < text.size(); ++offset)
    if ((static_cast<uint8_t>(text[offset]) < 0x20 && !blank(text[offset])) || text[offset] == 0x7f)
      throw ExpressionError(offset, 1, fmt::format("a control character; in a text it is \"\\x{:02x}\"", text[offset]));
}

Token next_token(std::string_view text, size_t offset, bool unclosed) {
  while (offset < text.size() && blank(text[offset])) ++offset;
  const std::string_view rest = text.substr(offset);
  const auto token = [&](Token::Type type, size_t length) { return Token{type, offset, rest.substr(0, length)}; };
  if (rest.empty()) return token(Token::Type::kEnd, 0);
  if (rest[0] == '"') {
    const size_t length = quoted_length(rest);
    if (length > 0) return token(Token::Type::kText, length);
    return unclosed ? token(Token::Type::kText, rest.size()) : token(Token::Type::kSign, 1);
  }
  if (rest[0] == '@') return token(Token::Type::kMarker, marker_length(rest));
  if (const size_t length = number_length(rest); length > 0) return token(Token::Type::kNumber, length);
  if (const size_t length = word_length(rest); length > 0) return token(Token::Type::kWord, length);
  for (const std::string_view sign : kSigns)
    if (rest.starts_with(sign)) return token(Token::Type::kSign, sign.size());
  return token(Token::Type::kSign, character_at(rest));
}

bool is_keyword(std::string_view word) {
  static constexpr auto kKeywords = std::to_array<std::string_view>({"and", "or", "not", "in", "true", "false"});
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

bool is_name(std::string_view text) { return !text.empty() && word_length(text) == text.size() && !is_keyword(text); }

}  // namespace ebpftrace::predicate
