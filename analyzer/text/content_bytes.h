// SPDX-License-Identifier: Apache-2.0
// Reading structures of x86-64's user interface out of captured bytes, which may be fewer than the structure has: what lies
// behind their end reads as 0.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace ebpftrace::analyzer {

// Instead of a structure that is shorter than what it must have: the recorder writes no such item.
inline constexpr std::string_view kDamaged = "<damaged>";

template <typename Integer>
Integer read_at(std::string_view bytes, size_t offset) {
  Integer value{};
  if (offset <= bytes.size() && bytes.size() - offset >= sizeof value)
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <typename Integer>
void append_integer(std::string& out, Integer value) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

// "name=value", with ", " before it unless `out` ends with an opening brace.
template <typename Integer>
requires std::is_integral_v<Integer>
void append_field(std::string& out, std::string_view name, Integer value) {
  if (!out.ends_with('{')) out += ", ";
  out += name;
  out += '=';
  append_integer(out, value);
}
inline void append_field_name(std::string& out, std::string_view name) {
  if (!out.ends_with('{')) out += ", ";
  out += name;
  out += '=';
}

}  // namespace ebpftrace::analyzer
