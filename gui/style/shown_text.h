// SPDX-License-Identifier: Apache-2.0
// Bytes of a trace as text on the screen: names and paths are what a recorded program chose. What would act on the text around it
// (controls, line ends, marks of direction) is shown as a box.
#pragma once

#include <QString>
#include <string_view>

namespace ebpftrace::gui {

inline QString shown_text(std::string_view bytes) {
  QString text = QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size()));
  for (QChar& c : text) {
    const char16_t code = c.unicode();
    const bool direction = (code >= 0x200e && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
                           (code >= 0x2066 && code <= 0x2069) || code == 0x061c;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 || direction)
      c = QChar(0xfffd);
  }
  return text;
}

// Where a text that has no room is cut: of a path, a connection and an address, what tells it from its neighbours is at its end.
inline Qt::TextElideMode elide_mode_of(const QString& text) {
  if (text.isEmpty() || text.contains(u' ')) return Qt::ElideRight;
  const QChar first = text.front();
  const bool is_address = (first.isDigit() || first == u'[') && text.contains(u':');
  const bool is_connection = text.startsWith(QStringLiteral("TCP")) || text.startsWith(QStringLiteral("UDP"));
  return first == u'/' || is_address || (is_connection && text.contains(QStringLiteral(":["))) ? Qt::ElideMiddle
                                                                                               : Qt::ElideRight;
}

}  // namespace ebpftrace::gui
