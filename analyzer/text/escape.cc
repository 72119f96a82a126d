// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <vector>

#include "analyzer/text/plain_text.h"

namespace ebpftrace::analyzer {
namespace {

struct Character {
  uint32_t code;  // of a byte that isn't UTF-8: the byte
  uint32_t size;
  bool valid;
};

// The character that begins at `at`, by the rules of Unicode table 3-7 (no overlong forms, no surrogates).
Character character(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  const uint32_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  uint32_t size = 0, least = 0;
  if (first >= 0xc2 && first <= 0xdf) size = 2, least = 0x80;
  if (first >= 0xe0 && first <= 0xef) size = 3, least = 0x800;
  if (first >= 0xf0 && first <= 0xf4) size = 4, least = 0x10000;
  if (!size) return {first, 1, false};
  uint32_t code = first & (0x7f >> size);
  for (uint32_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {first, 1, false};
    code = code << 6 | (byte(i) & 0x3f);
  }
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {first, 1, false};
  return {code, size, true};
}

bool is_control(uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

// Characters that change the direction of text or break a line without being control characters.
bool is_tricky(uint32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
         (code >= 0xe0000 && code <= 0xe007f);
}

// Columns on a terminal; near enough to wcwidth for the names that occur.
size_t columns_of(uint32_t code) {
  if ((code >= 0x300 && code <= 0x36f) || (code >= 0x200b && code <= 0x200d) || (code >= 0xfe00 && code <= 0xfe0f))
    return 0;
  if ((code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1f64f) ||
      (code >= 0x1f900 && code <= 0x1f9ff) || (code >= 0x20000 && code <= 0x3fffd))
    return 2;
  return 1;
}

// A character of a JSON string that isn't plain: at most 12 bytes.
char* write_json_character(char* to, std::string_view bytes, size_t& at) {
  const Character c = character(bytes, at);
  if (c.code == '"' || c.code == '\\') {
    *to++ = '\\';
    *to++ = static_cast<char>(c.code);
  } else if (!c.valid || is_control(c.code) || (is_tricky(c.code) && c.code < 0x10000)) {
    to = fmt::format_to(to, "\\u{:04x}", c.code);
  } else if (is_tricky(c.code)) {
    to = fmt::format_to(to, "\\u{:04x}\\u{:04x}", 0xd800 + ((c.code - 0x10000) >> 10),
                        0xdc00 + ((c.code - 0x10000) & 0x3ff));
  } else {
    to = std::copy_n(bytes.data() + at, c.size, to);
  }
  at += c.size;
  return to;
}

}  // namespace

void append_json(std::string& out, std::string_view bytes) {
  out += '"';
  for (size_t at = 0; at < bytes.size();) {
    const size_t plain = plain_until<'"', '\\'>(bytes, at);
    out += bytes.substr(at, plain - at);
    if ((at = plain) == bytes.size()) break;
    char escaped[16];
    out.append(escaped, write_json_character(escaped, bytes, at));
  }
  out += '"';
}

char* write_json(char* to, std::string_view bytes) {
  *to++ = '"';
  for (size_t at = 0; at < bytes.size();) {
    // Eight bytes at a time are copied and looked at; those behind the first that isn't plain are written over.
    if (at + 8 <= bytes.size()) {
      std::memcpy(to, bytes.data() + at, 8);
      const size_t plain = plain_in_word<'"', '\\'>(bytes.data() + at);
      to += plain;
      at += plain;
      if (plain == 8) continue;
    } else if (is_plain<'"', '\\'>(bytes[at])) {
      *to++ = bytes[at++];
      continue;
    }
    to = write_json_character(to, bytes, at);
  }
  *to++ = '"';
  return to;
}

void append_csv(std::string& out, std::string_view bytes) {
  const bool formula = !bytes.empty() && std::string_view("=+-@\t\r").find(bytes[0]) != std::string_view::npos;
  if (!formula && plain_until<'"', ','>(bytes, 0) == bytes.size()) {
    out += bytes;
    return;
  }
  const size_t start = out.size();
  out += '"';  // most of what isn't plain needs it
  if (formula) out += '\'';
  bool quote = false;
  for (size_t at = 0; at < bytes.size();) {
    const size_t plain = plain_until<'"', ','>(bytes, at);
    out += bytes.substr(at, plain - at);
    if ((at = plain) == bytes.size()) break;
    const Character c = character(bytes, at);
    quote |= c.code == '"' || c.code == ',' || c.code == '\n' || c.code == '\r';
    if (c.code == '"')
      out += "\"\"";
    else if (!c.valid || (is_control(c.code) && c.code < 0x80 && c.code != '\t' && c.code != '\n' && c.code != '\r'))
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", c.code);
    else if (is_control(c.code) && c.code >= 0x80)
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", c.code);
    else
      out += bytes.substr(at, c.size);
    at += c.size;
  }
  if (quote)
    out += '"';
  else
    out.erase(start, 1);
}

size_t append_terminal(std::string& out, std::string_view bytes) {
  size_t columns = 0;
  for (size_t at = 0; at < bytes.size();) {
    const size_t plain = plain_until<>(bytes, at);
    out += bytes.substr(at, plain - at);
    columns += plain - at;
    if ((at = plain) == bytes.size()) break;
    const Character c = character(bytes, at);
    const size_t before = out.size();
    if (!c.valid || (is_control(c.code) && c.code < 0x80)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", c.code);
      columns += out.size() - before;
    } else if (is_control(c.code) || is_tricky(c.code)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", c.code);
      columns += out.size() - before;
    } else {
      out += bytes.substr(at, c.size);
      columns += columns_of(c.code);
    }
    at += c.size;
  }
  return columns;
}

size_t cut_to_columns(std::string& text, size_t columns) {
  size_t used = 0, keep_bytes = 0, keep_columns = 0;
  for (size_t at = 0; at < text.size();) {
    const Character c = character(text, at);
    used += columns_of(c.code);
    if (used > columns) {
      text.resize(keep_bytes);
      if (!columns) return 0;
      text += "…";
      return keep_columns + 1;
    }
    at += c.size;
    if (used + 1 <= columns) keep_bytes = at, keep_columns = used;
  }
  return used;
}

size_t cut_middle_to_columns(std::string& text, size_t columns) {
  struct Place {
    size_t at, columns;  // columns before it
  };
  std::vector<Place> places;
  size_t all = 0;
  for (size_t at = 0; at < text.size();) {
    const Character c = character(text, at);
    const size_t more = columns_of(c.code);
    if (more) places.push_back({at, all});  // what has no width belongs to what is before it
    all += more;
    at += c.size;
  }
  if (all <= columns || columns < 3) return cut_to_columns(text, columns);
  const size_t head = (columns - 1) / 3, tail = columns - 1 - head;
  // The last place with at most `head` columns before it, and the first with at most `tail` behind.
  const auto last = std::prev(std::ranges::upper_bound(places, head, {}, &Place::columns));
  const auto first = std::ranges::lower_bound(places, all - tail, {}, &Place::columns);
  const size_t kept = last->columns + 1 + (first == places.end() ? 0 : all - first->columns);
  text = text.substr(0, last->at) + "…" + (first == places.end() ? "" : text.substr(first->at));
  return kept;
}

}  // namespace ebpftrace::analyzer
