// SPDX-License-Identifier: Apache-2.0
// Bytes out of a trace as text that does nothing to the window: names are whatever somebody chose. Bytes that are not UTF-8 and
// control characters become \xNN, what reorders or hides text \u{NNNN}. Labels that show it are Qt::PlainText all the same.
#pragma once

#include <QString>
#include <string_view>

namespace ebpftrace::gui {

QString plain_text(std::string_view bytes);
// At most so many characters, the last of which is "…" then: of what only a part can be seen of.
QString plain_text(std::string_view bytes, qsizetype most);

}  // namespace ebpftrace::gui
