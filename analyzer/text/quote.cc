// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/quote.h"

#include <algorithm>

#include "analyzer/text/plain_text.h"

namespace ebpftrace::analyzer {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

}  // namespace

void append_escaped(std::string& out, std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t start = at;
    at = plain_until<'"', '\\'>(bytes, at);
    out.append(bytes.data() + start, at - start);
    if (at == bytes.size()) break;
    const char c = bytes[at++];
    static constexpr std::string_view kNamed = "\"\\\n\t\r\v\f", kLetters = "\"\\ntrvf";
    out += '\\';
    if (const size_t named = kNamed.find(c); named != std::string_view::npos) {
      out += kLetters[named];
      continue;
    }
    const auto value = static_cast<unsigned char>(c);
    const bool whole = at < bytes.size() && is_octal(bytes[at]);  // a digit behind would be read as part
    if (whole || value >= 0100) out += static_cast<char>('0' + (value >> 6));
    if (whole || value >= 010) out += static_cast<char>('0' + (value >> 3 & 7));
    out += static_cast<char>('0' + (value & 7));
  }
}

void append_quoted(std::string& out, std::string_view bytes, bool cut) {
  out += '"';
  append_escaped(out, bytes);
  out += '"';
  if (cut) out += "...";
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c != '\\' || at == text.size()) {
      out += c;
      continue;
    }
    if (!is_octal(text[at])) {
      static constexpr std::string_view kLetters = "ntrvf", kBytes = "\n\t\r\v\f";
      const size_t letter = kLetters.find(text[at]);
      out += letter == std::string_view::npos ? text[at] : kBytes[letter];
      ++at;
      continue;
    }
    unsigned value = 0;
    for (unsigned digits = 0; digits < 3 && at < text.size() && is_octal(text[at]); ++digits)
      value = value * 8 + static_cast<unsigned>(text[at++] - '0');
    out += static_cast<char>(value);
  }
  return out;
}

}  // namespace ebpftrace::analyzer
