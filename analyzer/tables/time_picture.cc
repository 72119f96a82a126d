// SPDX-License-Identifier: Apache-2.0
#include "analyzer/tables/time_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "analyzer/tables/cell_text.h"
#include "analyzer/text/bars.h"
#include "analyzer/text/escape.h"
#include "analyzer/text/human.h"
#include "predicate/number.h"

namespace ebpftrace::analyzer {
TimeScale::TimeScale(size_t all, size_t width) : buckets(all) {
  in_a_column = (all + width - 1) / width;
  columns_of_a_bucket =
      in_a_column > 1 ? 1 : std::max<size_t>(1, std::min<size_t>(8, width / std::max<size_t>(all, 1)));
  columns = (all + in_a_column - 1) / in_a_column * columns_of_a_bucket;
}

std::vector<uint64_t> TimeScale::fit(const std::vector<uint64_t>& values, bool sums) const {
  std::vector<uint64_t> fitted;
  for (size_t at = 0; at < values.size(); at += in_a_column) {
    uint64_t value = 0;
    for (size_t i = at; i < std::min(at + in_a_column, values.size()); ++i)
      value = sums ? value + values[i] : std::max(value, values[i]);
    fitted.insert(fitted.end(), columns_of_a_bucket, value);
  }
  return fitted;
}

std::string above_lines(const TimeGrid& grid, const TimeScale& scale) {
  return fmt::format("a column is {}\n",
                     predicate::duration_text(grid.bucket_ns * scale.in_a_column / scale.columns_of_a_bucket));
}

std::string below_lines(const TimeGrid& grid, const TimeScale& scale, int64_t from_ns, size_t label) {
  const auto since_start = [&](uint64_t after) {
    return human_duration(static_cast<uint64_t>(std::max<int64_t>(0, from_ns)) + after);
  };
  const std::string first = since_start(0), last = since_start(grid.bucket_ns * grid.buckets);
  const size_t gap = scale.columns - std::min(scale.columns, first.size() + last.size());
  return std::string(label, ' ') + first + std::string(std::max<size_t>(1, gap), ' ') + last + '\n';
}

std::string in_columns(std::string text, size_t columns) {
  std::string ignored;
  const size_t has = append_terminal(ignored, text);
  return has > columns ? (cut_to_columns(text, columns), text) : text + std::string(columns - has, ' ');
}

std::string draw_keys(const Result& result, const TimeGrid& grid, int64_t from_ns, size_t keys, size_t measure,
                      Drawn drawn, size_t width,
                      const std::function<std::string(const std::vector<uint64_t>&)>& right) {
  struct Line {
    std::string label;
    std::vector<uint64_t> values;
  };
  std::vector<Line> lines;
  size_t label = 12;
  for (size_t row = 0; row < result.rows(); ++row) {
    std::string name;
    for (size_t key = 0; key < keys; ++key) {
      if (key) name += ' ';
      const Cell cell = result.cell(row, key);
      const auto* truth = std::get_if<bool>(&cell);
      name += truth ? (*truth ? "yes" : "no") : shown_cell(cell, result.columns()[key].unit).text;
    }
    if (lines.empty() || lines.back().label != name) {
      lines.push_back({name, std::vector<uint64_t>(grid.buckets)});
      std::string ignored;
      label = std::max(label, append_terminal(ignored, name));
    }
    const auto time = std::get<int64_t>(result.cell(row, keys));
    const Cell value = result.cell(row, measure);
    const auto* number = std::get_if<uint64_t>(&value);
    const auto at =
        lines.back().values.begin() + static_cast<ptrdiff_t>(std::min<uint64_t>(
                                          static_cast<uint64_t>(time - from_ns) / grid.bucket_ns, grid.buckets - 1));
    if (drawn == Drawn::kLast)
      std::fill(at, lines.back().values.end(), number ? *number : 0);
    else if (number)
      *at += *number;
  }
  constexpr size_t kRight = 18;
  const size_t columns = width ? width : 80;
  label = std::min(label, std::max<size_t>(12, columns / 3));
  const TimeScale scale(grid.buckets, std::max<size_t>(20, columns - std::min(columns, label + 2 + kRight)));
  std::string out = above_lines(grid, scale);
  for (const Line& line : lines)
    out += in_columns(line.label, label) + "  " + columns_of(scale.fit(line.values, drawn == Drawn::kSum), 1)[0] +
           "  " + right(line.values) + '\n';
  return out + below_lines(grid, scale, from_ns, label + 2);
}

}  // namespace ebpftrace::analyzer
