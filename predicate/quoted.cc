// SPDX-License-Identifier: Apache-2.0
#include "predicate/quoted.h"

#include <fmt/format.h>

#include <cstdint>

#include "predicate/error.h"

namespace ebpftrace::predicate {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool control(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }

}  // namespace

size_t quoted_length(std::string_view text) {
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return 0;
}

std::string unquote(std::string_view inside, size_t offset) {
  std::string out;
  out.reserve(inside.size());
  for (size_t at = 0; at < inside.size(); ++at) {
    if (inside[at] != '\\') {
      out += inside[at];
      continue;
    }
    const size_t start = at;
    const char escape = ++at < inside.size() ? inside[at] : '\0';
    switch (escape) {
      case '\\':
      case '"':
        out += escape;
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'x': {
        const int high = at + 1 < inside.size() ? hex_digit(inside[at + 1]) : -1;
        const int low = at + 2 < inside.size() ? hex_digit(inside[at + 2]) : -1;
        if (high < 0 || low < 0) throw ExpressionError(offset + start, 2, "'\\x' needs two hexadecimal digits: \\x0a");
        out += static_cast<char>(high * 16 + low);
        at += 2;
        break;
      }
      default: {
        size_t length = 2;
        while (start + length < inside.size() && (static_cast<uint8_t>(inside[start + length]) & 0xc0) == 0x80)
          ++length;
        throw ExpressionError(offset + start, length,
                              fmt::format("unknown escape '{}'; there are \\\\ \\\" \\n \\r \\t and \\xHH",
                                          shortened(inside.substr(start, length))));
      }
    }
  }
  return out;
}

std::string unquote_pattern(std::string_view inside) {
  std::string out;
  out.reserve(inside.size());
  for (size_t at = 0; at < inside.size(); ++at) {
    if (inside[at] == '\\' && at + 1 < inside.size() && (inside[at + 1] == '\\' || inside[at + 1] == '"')) ++at;
    out += inside[at];
  }
  return out;
}

std::string quote(std::string_view bytes) {
  std::string out = "\"";
  while (!bytes.empty()) {
    const size_t invalid = invalid_utf8(bytes);
    for (const char c : bytes.substr(0, invalid)) {
      if (c == '"' || c == '\\') {
        (out += '\\') += c;
      } else if (control(c)) {
        out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : fmt::format("\\x{:02x}", c);
      } else {
        out += c;
      }
    }
    if (invalid == bytes.npos) break;
    out += fmt::format("\\x{:02x}", static_cast<uint8_t>(bytes[invalid]));
    bytes.remove_prefix(invalid + 1);
  }
  return out + '"';
}

std::string quote_pattern(std::string_view pattern) {
  std::string out = "\"";
  for (const char c : pattern) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace ebpftrace::predicate
