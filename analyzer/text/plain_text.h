// SPDX-License-Identifier: Apache-2.0
// How far text goes on that no format has to change: most of it, so eight bytes at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ebpftrace::analyzer {

// Where the next byte from `at` on is that is no printable ASCII character or is one of `special`; text.size(): there is
// none. At most two special characters.
template <char... special>
size_t plain_until(std::string_view text, size_t at) {
  static_assert(std::endian::native == std::endian::little);  // the first byte is the lowest
  constexpr uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    // A carry or borrow only reaches bytes behind one that is found anyway.
    uint64_t found = ((word - kOnes * 0x20) | (word + kOnes) | word) & kHigh;
    for (const uint64_t other : {word ^ (kOnes * static_cast<unsigned char>(special))..., ~uint64_t{0}})
      found |= (other - kOnes) & ~other & kHigh;
    if (found) return at + static_cast<size_t>(std::countr_zero(found)) / 8;
  }
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c < 0x20 || c == 0x7f || ((c == special) || ...)) return at;
  }
  return at;
}

}  // namespace ebpftrace::analyzer
