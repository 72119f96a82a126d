// SPDX-License-Identifier: Apache-2.0
// Help and lists for people, wrapped at their terminal's width.
#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace ebpftrace::predicate {

// Of the terminal that standard output goes to; 0: it is none.
inline size_t output_width() {
  winsize size{};
  return ::isatty(STDOUT_FILENO) && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// Lines of more than `width` characters go on below their last column of text, which begins behind two spaces or more; those
// without columns below their own beginning. Breaks are at spaces. Narrower than 40, or 0: as it is.
inline std::string wrapped(std::string_view text, size_t width) {
  constexpr size_t kLeast = 20;  // characters that a column must leave room for
  if (width < 2 * kLeast) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    const bool has_end = end < text.size();
    text.remove_prefix(has_end ? end + 1 : end);
    const size_t first = std::min(line.find_first_not_of(' '), line.size());
    size_t column = first;
    for (size_t at = line.find("  ", first); at < width; at = line.find("  ", at)) {
      at = line.find_first_not_of(' ', at);
      if (at == line.npos || at + kLeast > width) break;
      column = at;
    }
    // The first piece goes from the line's beginning, the others from the column on.
    for (size_t room = width, least = column; line.size() > room;
         room = width - std::min(column, width - kLeast), least = 0) {
      size_t cut = line.rfind(' ', room);
      if (cut == line.npos || cut <= least) cut = line.find(' ', room);
      if (cut == line.npos) break;
      out += line.substr(0, cut);
      out += '\n';
      out.append(column, ' ');
      line.remove_prefix(std::min(line.find_first_not_of(' ', cut), line.size()));
    }
    out += line;
    if (has_end) out += '\n';
  }
  return out;
}

}  // namespace ebpftrace::predicate
