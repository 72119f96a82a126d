// SPDX-License-Identifier: Apache-2.0
// How far text goes on that no format has to change: most of it, so eight bytes at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ebpftrace::analyzer {

// A printable ASCII character, and none of `special`.
template <char... special>
bool is_plain(char c) {
  return c >= 0x20 && c != 0x7f && ((c != special) && ...);
}

// Of the eight bytes there, how many come before the first that isn't plain. At most two special characters.
template <char... special>
size_t plain_in_word(const char* bytes) {
  static_assert(std::endian::native == std::endian::little);  // the first byte is the lowest
  constexpr uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  // A carry or borrow only reaches bytes behind one that is found anyway.
  uint64_t found = ((word - kOnes * 0x20) | (word + kOnes) | word) & kHigh;
  for (const uint64_t other : {word ^ (kOnes * static_cast<unsigned char>(special))..., ~uint64_t{0}})
    found |= (other - kOnes) & ~other & kHigh;
  return found ? static_cast<size_t>(std::countr_zero(found)) / 8 : 8;
}

// Where the next byte from `at` on is that isn't plain; text.size(): there is none.
template <char... special>
size_t plain_until(std::string_view text, size_t at) {
  for (; at + 8 <= text.size(); at += 8)
    if (const size_t plain = plain_in_word<special...>(text.data() + at); plain < 8) return at + plain;
  while (at < text.size() && is_plain<special...>(text[at])) ++at;
  return at;
}

}  // namespace ebpftrace::analyzer
