// SPDX-License-Identifier: Apache-2.0
// An argument vector as one would type it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

// Arguments each ended by a zero byte -> words separated by spaces, in single quotes where a shell would need them.
inline std::string quote_argv(std::string_view argv) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%^";
  std::string line;
  while (!argv.empty()) {
    const size_t end = std::min(argv.find('\0'), argv.size());
    const std::string_view word = argv.substr(0, end);
    argv.remove_prefix(std::min(end + 1, argv.size()));
    if (!line.empty()) line += ' ';
    const bool plain = !word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos;
    if (plain) {
      line += word;
      continue;
    }
    line += '\'';
    for (char c : word) {
      if (c == '\'')
        line += "'\\''";
      else
        line += c;
    }
    line += '\'';
  }
  return line;
}

}  // namespace ebpftrace::analyzer
