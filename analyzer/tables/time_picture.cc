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

namespace {

// The keys of a row, one behind the other.
std::string keys_text(const Result& result, size_t row, size_t keys) {
  std::string text;
  for (size_t key = 0; key < keys; ++key) {
    if (key) text += ' ';
    const Cell cell = result.cell(row, key);
    const auto* truth = std::get_if<bool>(&cell);
    text += truth ? (*truth ? "yes" : "no") : shown_cell(cell, result.columns()[key].unit).text;
  }
  return text;
}

uint64_t number_in(const Result& result, size_t row, size_t column) {
  const Cell cell = result.cell(row, column);
  const auto* number = std::get_if<uint64_t>(&cell);
  return number ? *number : 0;
}

// A line's columns, filled from left to right: of 65,536 stretches and as many keys not more than a line at a time is there.
class LineOfColumns {
 public:
  LineOfColumns(const TimeScale& scale, Drawn drawn)
      : scale_(scale), drawn_(drawn), columns_((scale.buckets + scale.in_a_column - 1) / scale.in_a_column) {}

  // most: in the stretch, of which the value is what it ended with.
  void add(size_t bucket, uint64_t value, uint64_t most) {
    const size_t at = bucket / scale_.in_a_column;
    if (drawn_ == Drawn::kSum) {
      columns_[at] += value;
      all_ += value;
      return;
    }
    hold_until(at + (bucket % scale_.in_a_column != 0 && at != column_));
    column_ = at;
    last_ = value;
    columns_[at] = std::max({columns_[at], value, most});
    all_ = std::max({all_, value, most});
  }
  // Of all values: the sum, or the most.
  uint64_t all() const { return all_; }
  std::string picture() {
    if (drawn_ == Drawn::kLast) hold_until(columns_.size());
    std::vector<uint64_t> drawn_out;
    for (const uint64_t value : columns_) drawn_out.insert(drawn_out.end(), scale_.columns_of_a_bucket, value);
    return columns_of(drawn_out, 1)[0];
  }

 private:
  // The last value holds in the columns behind its own, before that one.
  void hold_until(size_t end) {
    for (size_t at = column_ + 1; at < end; ++at) columns_[at] = std::max(columns_[at], last_);
  }

  const TimeScale& scale_;
  const Drawn drawn_;
  std::vector<uint64_t> columns_;
  size_t column_ = 0;
  uint64_t last_ = 0, all_ = 0;
};

}  // namespace

std::string draw_keys(const Result& result, const TimeGrid& grid, int64_t from_ns, size_t keys, size_t measure,
                      Drawn drawn, size_t width, const std::function<std::string(uint64_t)>& right,
                      std::optional<size_t> most) {
  constexpr size_t kRight = 18;
  const size_t columns = width ? width : 80;
  size_t label = 12;
  for (size_t row = 0; row < result.rows(); ++row) {
    std::string ignored;
    label = std::max(label, append_terminal(ignored, keys_text(result, row, keys)));
  }
  label = std::min(label, std::max<size_t>(12, columns / 3));
  const TimeScale scale(grid.buckets, std::max<size_t>(20, columns - std::min(columns, label + 2 + kRight)));
  std::string out = above_lines(grid, scale);
  for (size_t row = 0; row < result.rows();) {
    const std::string name = keys_text(result, row, keys);
    LineOfColumns line(scale, drawn);
    for (bool same = true; same; same = ++row < result.rows() && keys_text(result, row, keys) == name) {
      const auto time = static_cast<uint64_t>(std::get<int64_t>(result.cell(row, keys)) - from_ns);
      line.add(std::min<uint64_t>(time / grid.bucket_ns, grid.buckets - 1), number_in(result, row, measure),
               most ? number_in(result, row, *most) : 0);
    }
    out += in_columns(name, label) + "  " + line.picture() + "  " + right(line.all()) + '\n';
  }
  return out + below_lines(grid, scale, from_ns, label + 2);
}

}  // namespace ebpftrace::analyzer
