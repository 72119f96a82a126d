// SPDX-License-Identifier: Apache-2.0
// Numbers as pictures of text: bars from left to right, and lines of columns. Any terminal with Unicode shows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ebpftrace::analyzer {

// A bar of at most `width` columns for value/most, to an eighth of a column; what isn't 0 has at least that much.
std::string bar(uint64_t value, uint64_t most, size_t width);

// A column for each value, `height` lines, the top one first; the largest value is as high as the lines are, what isn't 0 is
// at least an eighth of a line. All 0: blank.
std::vector<std::string> columns_of(std::span<const uint64_t> values, size_t height);

}  // namespace ebpftrace::analyzer
