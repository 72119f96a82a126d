// SPDX-License-Identifier: Apache-2.0
// write_text(): an answer for people.
#include <fmt/format.h>

#include <algorithm>

#include "analyzer/tables/cell_text.h"
#include "analyzer/tables/table.h"
#include "analyzer/text/escape.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kLeastText = 12;  // a text column isn't cut to less than this
constexpr size_t kMostText = 200;  // and is to more even where there is no terminal: one command line can be pages long
constexpr size_t kEnoughText = 28;  // optional columns make room for so much

void pad(std::string& out, size_t columns) { out.append(columns, ' '); }

// To the left, and may be cut.
bool is_text(const ResultColumn& column) {
  return column.unit == Unit::kText || column.unit == Unit::kTruth || column.unit == Unit::kProcesses;
}

// Of one file, not a command.
bool is_path(std::string_view text) { return text.starts_with('/') && text.find(' ') == text.npos; }

bool says_something(const Cell& cell) {
  if (const auto* value = std::get_if<uint64_t>(&cell)) return *value != 0;
  if (const auto* value = std::get_if<int64_t>(&cell)) return *value != 0;
  if (const auto* value = std::get_if<double>(&cell)) return *value != 0;
  if (const auto* value = std::get_if<bool>(&cell)) return *value;
  return !std::holds_alternative<std::monostate>(cell);
}

bool is_shown(const Result& result, size_t column) {
  if (result.columns()[column].heading.empty()) return false;
  if (result.columns()[column].show != Show::kIfAny) return true;
  for (size_t row = 0; row < result.rows(); ++row)
    if (says_something(result.cell(row, column))) return true;
  return false;
}

void write_facts(const Result& result, const Write& write) {
  std::string out;
  for (const Fact& fact : result.facts) {
    out += fmt::format("{:<16} ", fact.label);
    append_terminal(out, fact.text);
    out += '\n';
  }
  write(out);
}

// What stands below.
void append_remarks(std::string& out, const Result& result) {
  if (result.rows() < result.all_rows)
    out += "(" + std::to_string(result.all_rows - result.rows()) + " more; -n 0 shows all)\n";
  if (result.more_keys)
    out += fmt::format("({} more key{}; -n 0 shows all)\n", result.more_keys, result.more_keys == 1 ? "" : "s");
  const std::string lost = loss_line(result.coverage);
  if (!lost.empty()) out += lost + "\n";
}

void write_table(const Result& result, size_t width, const Write& write) {
  const std::vector<ResultColumn>& columns = result.columns();
  std::vector<size_t> shown_columns;
  for (size_t i = 0; i < columns.size(); ++i)
    if (is_shown(result, i)) shown_columns.push_back(i);

  std::vector<std::vector<ShownCell>> rows;
  std::vector<size_t> widths;
  std::vector<ShownCell> headings;
  for (size_t i : shown_columns) {
    headings.push_back(shown_cell(Cell(columns[i].heading), Unit::kText));
    widths.push_back(headings.back().columns);
  }
  for (size_t row = 0; row < result.rows(); ++row) {
    auto& shown = rows.emplace_back();
    const unsigned depth = result.depth(row);
    bool indented = depth == 0;
    for (size_t k = 0; k < shown_columns.size(); ++k) {
      const ResultColumn& column = columns[shown_columns[k]];
      shown.push_back(shown_cell(result.cell(row, shown_columns[k]), column.unit));
      if (!indented && is_text(column) && column.name != "recording") {
        const size_t by = std::min(40u, 2 * depth);
        shown.back().text.insert(0, by, ' ');
        shown.back().columns += by;
        indented = true;
      }
      widths[k] = std::max(widths[k], shown.back().columns);
    }
  }

  for (size_t k = 0; k < widths.size(); ++k)
    if (is_text(columns[shown_columns[k]])) widths[k] = std::min(widths[k], kMostText);

  // To fit: first optional columns go, then the columns come closer, then the widest text column is cut.
  auto least = [&] {
    size_t sum = widths.size() - 1;
    for (size_t k = 0; k < widths.size(); ++k)
      sum += is_text(columns[shown_columns[k]]) ? std::min(widths[k], kEnoughText) : widths[k];
    return sum;
  };
  for (size_t k = shown_columns.size(); width && k-- > 0 && least() > width;) {
    if (columns[shown_columns[k]].show != Show::kIfRoom) continue;
    const auto at = static_cast<std::ptrdiff_t>(k);
    shown_columns.erase(shown_columns.begin() + at);
    widths.erase(widths.begin() + at);
    headings.erase(headings.begin() + at);
    for (auto& row : rows) row.erase(row.begin() + at);
  }
  size_t gap = 2, total = 0;
  for (size_t w : widths) total += w;
  const auto needed = [&] { return total + gap * (widths.empty() ? 0 : widths.size() - 1); };
  if (width && needed() > width) gap = 1;
  while (width && needed() > width) {
    size_t widest = SIZE_MAX;
    for (size_t k = 0; k < widths.size(); ++k)
      if (is_text(columns[shown_columns[k]]) && (widest == SIZE_MAX || widths[k] > widths[widest])) widest = k;
    if (widest == SIZE_MAX || widths[widest] <= kLeastText) break;
    const size_t less = std::min(needed() - width, widths[widest] - kLeastText);
    size_t second = kLeastText;
    for (size_t k = 0; k < widths.size(); ++k)
      if (k != widest && is_text(columns[shown_columns[k]]) && widths[k] <= widths[widest])
        second = std::max(second, widths[k]);
    const size_t step = std::min(less, std::max<size_t>(1, widths[widest] - second));
    widths[widest] -= step;
    total -= step;
  }

  std::string out;
  auto line = [&](std::vector<ShownCell>& shown) {
    for (size_t k = 0; k < shown.size(); ++k) {
      const bool text = is_text(columns[shown_columns[k]]);
      if (shown[k].columns > widths[k])
        shown[k].columns = is_path(shown[k].text) ? cut_middle_to_columns(shown[k].text, widths[k])
                                                  : cut_to_columns(shown[k].text, widths[k]);
      const size_t space = widths[k] - shown[k].columns;
      if (k) pad(out, gap);
      if (!text) pad(out, space);
      out += shown[k].text;
      if (text && k + 1 < shown.size()) pad(out, space);
    }
    out += '\n';
    if (out.size() > 64 << 10) {
      write(out);
      out.clear();
    }
  };
  line(headings);
  for (auto& row : rows) line(row);
  append_remarks(out, result);
  write(out);
}

void write_picture(const Result& result, size_t width, const Write& write) {
  std::string out = result.draw(result, width);
  append_remarks(out, result);
  write(out);
}

}  // namespace

void write_text(const Result& result, size_t width, const Write& write) {
  if (result.draw && result.rows())
    write_picture(result, width, write);
  else if (result.facts.empty())
    write_table(result, width, write);
  else
    write_facts(result, write);
  std::string out;
  for (const std::string& shortfall : result.shortfalls) out += "shortfall: " + shortfall + "\n";
  if (result.stopped)
    out += "incomplete: stopped before the end\n";
  else if (!result.coverage.complete && result.facts.empty())
    out += "incomplete: the trace is damaged or has no end\n";
  for (const std::string& note : result.notes) out += note + "\n";
  if (!out.empty()) write(out);
}

}  // namespace ebpftrace::analyzer
