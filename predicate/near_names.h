// SPDX-License-Identifier: Apache-2.0
// What a mistyped name was probably meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ebpftrace::predicate {

// The nearest of the names: at most one mistake (a letter too many, too few, another, or two swapped) in three letters,
// upper and lower case alike. Empty if none is near. Of equals the first.
std::string nearest_name(std::string_view written, std::span<const std::string> names);

// "a, b, c", or the first few and how many there are.
std::string list_names(std::span<const std::string> names);

}  // namespace ebpftrace::predicate
