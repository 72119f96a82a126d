// SPDX-License-Identifier: Apache-2.0
#include "predicate/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace ebpftrace::predicate {

namespace {

constexpr size_t kShownCharacters = 40;  // of a piece in a message
constexpr size_t kShownBefore = 60, kShownAfter = 40;

bool continues(char byte) { return (static_cast<uint8_t>(byte) & 0xc0) == 0x80; }

// Length of the valid character at the front; 0 if there is none.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i)
    if (!continues(text[i])) return 0;
  if (byte(0) == 0xe0 && byte(1) < 0xa0) return 0;   // longer than need be
  if (byte(0) == 0xed && byte(1) >= 0xa0) return 0;  // surrogates
  if (byte(0) == 0xf0 && byte(1) < 0x90) return 0;
  if (byte(0) == 0xf4 && byte(1) >= 0x90) return 0;
  return length;
}

// One column for each character; what can't be shown is a question mark.
std::string shown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t length = character_length(text);
    const bool control = length == 1 ? static_cast<uint8_t>(text[0]) < 0x20 || text[0] == 0x7f
                                     : length == 2 && text[0] == '\xc2' && static_cast<uint8_t>(text[1]) < 0xa0;
    if (length == 0 || control) {
      out += text[0] == '\t' || text[0] == '\n' ? ' ' : '?';
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

size_t characters(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(std::max<size_t>(character_length(text), 1));
  return count;
}

// The offset that is so many characters further, or the end.
size_t forward(std::string_view text, size_t offset, size_t count) {
  for (; count > 0 && offset < text.size(); --count)
    offset += std::max<size_t>(character_length(text.substr(offset)), 1);
  return offset;
}

size_t backward(std::string_view text, size_t offset, size_t count) {
  for (; count > 0 && offset > 0; --count) {
    --offset;
    for (unsigned i = 0; i < 3 && offset > 0 && continues(text[offset]); ++i) --offset;
  }
  return offset;
}

}  // namespace

size_t column_of(std::string_view text, size_t offset) {
  return characters(text.substr(0, std::min(offset, text.size()))) + 1;
}

std::string explain(std::string_view text, const ExpressionError& error) {
  const size_t offset = std::min(error.offset, text.size());
  const size_t from = backward(text, offset, kShownBefore);
  const size_t length = std::min(error.length, text.size() - offset);
  const size_t to = forward(text, offset + length, kShownAfter);
  const std::string_view front = from > 0 ? "..." : "";
  const size_t carets = std::clamp<size_t>(characters(text.substr(offset, length)), 1, kShownAfter);
  const size_t end = std::min(to, forward(text, offset, kShownAfter + carets));
  return fmt::format("column {}: {}\n  {}{}{}\n  {}{}", column_of(text, offset), error.what(), front,
                     shown(text.substr(from, end - from)), end < text.size() ? "..." : "",
                     std::string(front.size() + characters(text.substr(from, offset - from)), ' '),
                     std::string(carets, '^'));
}

std::string shortened(std::string_view piece) {
  const size_t end = forward(piece, 0, kShownCharacters);
  return shown(piece.substr(0, end)) + (end < piece.size() ? "..." : "");
}

size_t invalid_utf8(std::string_view text) {
  for (size_t offset = 0; offset < text.size();) {
    const size_t length = character_length(text.substr(offset));
    if (length == 0) return offset;
    offset += length;
  }
  return std::string_view::npos;
}

}  // namespace ebpftrace::predicate
