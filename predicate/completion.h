// SPDX-License-Identifier: Apache-2.0
// What could stand at a place of a filter that is being typed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "predicate/field.h"

namespace ebpftrace::predicate {

struct Completion {
  struct Choice {
    std::string text;  // replaces the bytes [offset, offset + length) of the filter
    std::string doc;   // may be empty
  };
  size_t offset = 0, length = 0;
  std::vector<Choice> choices;  // at most kMostChoices
};

inline constexpr size_t kMostChoices = 200;

// Of any text, right or wrong, with the cursor at this byte. What is behind the cursor counts only as far as it belongs
// to the word there. No choices: nothing is known that would fit.
Completion complete(std::string_view text, size_t cursor, const FieldSet& fields);

}  // namespace ebpftrace::predicate
