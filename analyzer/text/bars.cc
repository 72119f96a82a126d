// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/bars.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ebpftrace::analyzer {
namespace {

constexpr std::array<std::string_view, 9> kFromLeft = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr std::array<std::string_view, 9> kFromBelow = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

// Of `all` eighths.
size_t eighths(uint64_t value, uint64_t most, size_t all) {
  if (!value || !most) return 0;
  const double share = static_cast<double>(std::min(value, most)) / static_cast<double>(most);
  return std::max<size_t>(1, static_cast<size_t>(share * static_cast<double>(all) + 0.5));
}

}  // namespace

std::string bar(uint64_t value, uint64_t most, size_t width) {
  const size_t length = eighths(value, most, 8 * width);
  std::string text;
  for (size_t i = 0; i < length / 8; ++i) text += kFromLeft[8];
  text += kFromLeft[length % 8];
  return text;
}

std::vector<std::string> columns_of(std::span<const uint64_t> values, size_t height) {
  const uint64_t most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  std::vector<std::string> lines(height);
  for (const uint64_t value : values) {
    const size_t length = eighths(value, most, 8 * height);
    for (size_t line = 0; line < height; ++line) {
      const size_t below = 8 * (height - 1 - line);
      lines[line] += kFromBelow[std::min<size_t>(8, length - std::min(length, below))];
    }
  }
  return lines;
}

}  // namespace ebpftrace::analyzer
