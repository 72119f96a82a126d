// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/report_lines.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace ebpftrace::recorder {

constexpr size_t kTermWidth = 22;

size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 80;
}

std::string report_line(std::string_view mark, std::string_view term, std::string_view text, size_t width) {
  std::string out = fmt::format("{:<4}{:<{}}", mark, term, kTermWidth);
  const size_t indent = std::max(out.size(), 4 + kTermWidth);
  size_t column = out.size();
  bool first = true;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
    if (!first && column + 1 + word.size() > width) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    first = false;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out + '\n';
}

}  // namespace ebpftrace::recorder
