// SPDX-License-Identifier: Apache-2.0
#include "gui/style/plain_text.h"

#include <cstdint>

namespace ebpftrace::gui {
namespace {

struct Character {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

Character character_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + bytes > text.size()) return {};
  uint32_t code = first & (0xffu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(at + i) & 0x3f);
  }
  const bool too_long = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  if (too_long || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) return {};
  return {code, bytes};
}

// Controls; marks that reorder, join or separate text without showing; variation selectors and tags.
bool shows_nothing(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || code == 0x180e ||
         (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
         (code >= 0xe0000 && code <= 0xe0fff);
}

void append(QString& to, uint32_t code, size_t bytes) {
  if (bytes > 1 && shows_nothing(code)) {
    to += QStringLiteral("\\u{%1}").arg(code, 4, 16, QChar(u'0'));
  } else if (shows_nothing(code)) {
    to += QStringLiteral("\\x%1").arg(code, 2, 16, QChar(u'0'));
  } else if (code >= 0x10000) {
    to += QChar(QChar::highSurrogate(code));
    to += QChar(QChar::lowSurrogate(code));
  } else {
    to += QChar(static_cast<char16_t>(code));
  }
}

}  // namespace

QString plain_text(std::string_view bytes) { return plain_text(bytes, INT32_MAX); }

QString plain_text(std::string_view bytes, qsizetype most) {
  QString text;
  text.reserve(static_cast<qsizetype>(std::min<size_t>(bytes.size(), static_cast<size_t>(most))));
  for (size_t at = 0; at < bytes.size();) {
    if (text.size() >= most) {
      text.truncate(most - 1);
      if (!text.isEmpty() && text.back().isHighSurrogate()) text.chop(1);
      return text + QChar(u'…');
    }
    const Character next = character_at(bytes, at);
    append(text, next.bytes ? next.code : static_cast<unsigned char>(bytes[at]), next.bytes ? next.bytes : 1);
    if (!next.bytes) {
      // A byte above 0x9f stands for a character of its own here: it must not.
      const auto byte = static_cast<unsigned char>(bytes[at]);
      if (!shows_nothing(byte)) {
        text.chop(1);
        text += QStringLiteral("\\x%1").arg(byte, 2, 16, QChar(u'0'));
      }
    }
    at += next.bytes ? next.bytes : 1;
  }
  return text;
}

}  // namespace ebpftrace::gui
