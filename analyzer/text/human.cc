// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/human.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace ebpftrace::analyzer {

void append_number(std::string& out, uint64_t number, size_t width) {
  const fmt::format_int text(number);
  if (text.size() < width) out.append(width - text.size(), ' ');
  out.append(text.data(), text.size());
}

void append_duration(std::string& out, uint64_t ns) {
  if (ns < 1000) {
    append_number(out, ns);
    out += "ns";
    return;
  }
  static constexpr std::array<std::string_view, 3> kUnits = {"µs", "ms", "s"};
  uint64_t scale = 1000;
  size_t unit = 0;
  // 999.5 of a unit are one of the next.
  for (; unit + 1 < kUnits.size() && ns >= 1999 * (scale / 2); ++unit) scale *= 1000;
  // With as many digits behind the point as make three in all, as long as rounding doesn't make a fourth.
  const uint64_t whole = ns / scale, rest = ns % scale;
  const auto rounded = [&](uint64_t per_unit) { return whole * per_unit + (rest * per_unit + scale / 2) / scale; };
  if (whole < 100 && rounded(10) < 1000) {
    const uint64_t hundredths = whole < 10 ? rounded(100) : 1000;
    const uint64_t digits = hundredths < 1000 ? hundredths : rounded(10);
    const uint64_t per_unit = hundredths < 1000 ? 100 : 10;
    append_number(out, digits / per_unit);
    out += '.';
    if (per_unit == 100) out += static_cast<char>('0' + digits / 10 % 10);
    out += static_cast<char>('0' + digits % 10);
  } else {
    append_number(out, whole + (rest >= scale - scale / 2));
  }
  out += kUnits[unit];
}

void append_time(std::string& out, int64_t ns) {
  if (ns < 0) out += '-';
  const uint64_t magnitude = ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  append_number(out, magnitude / 1'000'000'000);
  std::array<char, 10> digits;
  uint64_t rest = magnitude % 1'000'000'000;
  for (size_t i = digits.size(); --i; rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
  digits[0] = '.';
  out.append(digits.data(), digits.size());
}

std::string human_bytes(uint64_t bytes) {
  static constexpr std::array<const char*, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + "B";
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f}{}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string human_duration(uint64_t ns) {
  std::string text;
  append_duration(text, ns);
  return text;
}

std::string human_number(double value) {
  const double magnitude = value < 0 ? -value : value;
  return fmt::format("{:.{}f}", value,
                     magnitude == std::floor(magnitude) || magnitude >= 99.95 ? 0
                     : magnitude < 9.995                                      ? 2
                                                                              : 1);
}

std::string human_time(int64_t ns) {
  std::string text;
  append_time(text, ns);
  return text;
}

}  // namespace ebpftrace::analyzer
