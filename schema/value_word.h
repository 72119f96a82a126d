// SPDX-License-Identifier: Apache-2.0
// Looking up the words of schema/value_words.h, which the build makes of values.capnp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ebpftrace {

struct ValueWord {
  uint64_t value;
  std::string_view word;
};

// The number itself if the set has no word for it.
inline std::string word_of(std::span<const ValueWord> set, uint64_t value) {
  for (const ValueWord& one : set)
    if (one.value == value) return std::string(one.word);
  return std::to_string(value);
}

inline std::optional<uint64_t> value_of(std::span<const ValueWord> set, std::string_view word) {
  for (const ValueWord& one : set)
    if (one.word == word) return one.value;
  return std::nullopt;
}

}  // namespace ebpftrace
