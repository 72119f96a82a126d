// SPDX-License-Identifier: Apache-2.0
// Values over stretches of time as lines of a picture, as wide as a terminal is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/result.h"
#include "analyzer/query/time_grid.h"

namespace ebpftrace::analyzer {

// A line's values, put together or drawn out to the width.
struct TimeScale {
  size_t buckets, in_a_column, columns_of_a_bucket, columns;

  TimeScale(size_t all, size_t width);
  // Those that share a column are summed up, or the largest is shown.
  std::vector<uint64_t> fit(const std::vector<uint64_t>& values, bool sums) const;
};

// Above and below the lines: how long a column is, and from when (since the recording's start) to when they go, behind
// `label` columns.
std::string above_lines(const TimeGrid& grid, const TimeScale& scale);
std::string below_lines(const TimeGrid& grid, const TimeScale& scale, int64_t from_ns, size_t label);

// So many columns of a terminal: cut, or filled with spaces.
std::string in_columns(std::string text, size_t columns);

// What a key's line shows of the rows that it has: their sum, or the last one's value, which holds until the next.
enum class Drawn : uint8_t { kSum, kLast };

// A line for each key of an answer that has the keys' columns first, then when a stretch of time begins; equal keys follow
// each other. Drawn is the column `measure`; `right` says what stands beside a line, of the sum of its values, or the largest (18
// columns at most). most: a column with the most that it was within the stretch, which it may not have ended with.
std::string draw_keys(const Result& result, const TimeGrid& grid, int64_t from_ns, size_t keys, size_t measure,
                      Drawn drawn, size_t width, const std::function<std::string(uint64_t)>& right,
                      std::optional<size_t> most = {});

}  // namespace ebpftrace::analyzer
