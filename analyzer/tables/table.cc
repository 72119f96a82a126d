// SPDX-License-Identifier: Apache-2.0
#include "analyzer/tables/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "analyzer/text/escape.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kPiece = 64 << 10;

void append_number(std::string& out, const Cell& cell) {
  if (const auto* value = std::get_if<bool>(&cell)) out += *value ? "true" : "false";
  if (const auto* value = std::get_if<uint64_t>(&cell)) out += fmt::format_int(*value).c_str();
  if (const auto* value = std::get_if<int64_t>(&cell)) out += fmt::format_int(*value).c_str();
  if (const auto* value = std::get_if<double>(&cell)) {  // thousandths, without zeros at the end
    std::string text = fmt::format("{:.3f}", *value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    out += text;
  }
}

void append_json_processes(std::string& out, const ProcessesCell& processes) {
  out += '[';
  for (const ProcessCell& process : processes) {
    if (&process != &processes.front()) out += ", ";
    out += fmt::format("{{\"pid\": {}, \"process\": ", process.pid);
    append_json(out, process.name);
    out += '}';
  }
  out += ']';
}

// Of the columns that programs get: all but those that only people do.
std::vector<size_t> data_columns(const Result& result) {
  std::vector<size_t> columns;
  for (size_t i = 0; i < result.columns().size(); ++i)
    if (!result.columns()[i].only_people()) columns.push_back(i);
  return columns;
}

void fill_cells(const Result& result, size_t row, const std::vector<size_t>& columns, std::vector<Cell>& cells) {
  cells.clear();
  for (const size_t column : columns) cells.push_back(result.cell(row, column));
}

std::vector<ResultColumn> described(const Result& result, const std::vector<size_t>& columns) {
  std::vector<ResultColumn> list;
  for (const size_t column : columns) list.push_back(result.columns()[column]);
  return list;
}

// The comma and name of each column's value, escaped once.
std::vector<std::string> json_keys(const std::vector<ResultColumn>& columns) {
  std::vector<std::string> keys;
  for (const ResultColumn& column : columns) {
    std::string key = keys.empty() ? "" : ", ";
    append_json(key, column.name);
    keys.push_back(key + ": ");
  }
  return keys;
}

void append_json_object(std::string& out, const std::vector<std::string>& keys, const std::vector<Cell>& cells) {
  out += '{';
  for (size_t i = 0; i < keys.size(); ++i) {
    out += keys[i];
    if (const auto* text = std::get_if<std::string>(&cells[i]))
      append_json(out, *text);
    else if (const auto* processes = std::get_if<ProcessesCell>(&cells[i]))
      append_json_processes(out, *processes);
    else if (std::holds_alternative<std::monostate>(cells[i]))
      out += "null";
    else
      append_number(out, cells[i]);
  }
  out += '}';
}

}  // namespace

void append_csv_names(std::string& out, const std::vector<ResultColumn>& columns) {
  for (const ResultColumn& column : columns) {
    if (&column != &columns.front()) out += ',';
    append_csv(out, column.name);
  }
  out += "\r\n";
}

void append_csv_row(std::string& out, const std::vector<Cell>& cells) {
  for (const Cell& cell : cells) {
    if (&cell != &cells.front()) out += ',';
    if (const auto* text = std::get_if<std::string>(&cell))
      append_csv(out, *text);
    else if (const auto* processes = std::get_if<ProcessesCell>(&cell))
      append_csv(out, processes_text(*processes));
    else
      append_number(out, cell);
  }
  out += "\r\n";
}

void write_result(const Result& result, Format format, size_t width, const Write& write) {
  if (format == Format::kJson) return write_json(result, write);
  if (format == Format::kCsv) return write_csv(result, write);
  write_text(result, width, write);
}

void write_json(const Result& result, const Write& write) {
  std::string out = "{\"table\": ";
  append_json(out, result.name);
  out += result.coverage.complete ? ", \"complete\": true" : ", \"complete\": false";
  out += ", \"lost\": " + (result.coverage.lost_known ? std::to_string(result.coverage.lost) : "null");
  for (const std::string& shortfall : result.shortfalls) {
    out += &shortfall == &result.shortfalls.front() ? ", \"shortfalls\": [" : ", ";
    append_json(out, shortfall);
  }
  if (!result.shortfalls.empty()) out += ']';
  out += ", \"columns\": [";
  const std::vector<size_t> columns = data_columns(result);
  const std::vector<ResultColumn> list = described(result, columns);
  for (const ResultColumn& column : list) {
    if (&column != &list.front()) out += ", ";
    out += "{\"name\": ";
    append_json(out, column.name);
    out += ", \"unit\": ";
    append_json(out, unit_name(column.unit));
    out += '}';
  }
  out += "], \"rows\": [";
  const auto keys = json_keys(list);
  std::vector<Cell> cells;
  for (size_t row = 0; row < result.rows(); ++row) {
    fill_cells(result, row, columns, cells);
    out += row ? ",\n  " : "\n  ";
    append_json_object(out, keys, cells);
    if (out.size() > kPiece) {
      write(out);
      out.clear();
    }
  }
  out += result.rows() ? "\n]}\n" : "]}\n";
  write(out);
}

void write_csv(const Result& result, const Write& write) {
  std::string out;
  const std::vector<size_t> columns = data_columns(result);
  append_csv_names(out, described(result, columns));
  std::vector<Cell> cells;
  for (size_t row = 0; row < result.rows(); ++row) {
    fill_cells(result, row, columns, cells);
    append_csv_row(out, cells);
    if (out.size() > kPiece) {
      write(out);
      out.clear();
    }
  }
  write(out);
}

std::string loss_line(const Coverage& coverage) {
  std::string line;
  if (!coverage.lost_known) {
    line = "lost: unknown, as the trace has no closing account";
    if (coverage.lost) line += fmt::format("; {} that are known of:", coverage.lost);
  } else if (coverage.lost) {
    line = fmt::format("lost: {}:", coverage.lost);
  }
  if (!coverage.lost) return line;
  // By type and reason; by CPU is the summary's.
  std::vector<LostEvents> sums;
  for (const LostEvents& lost : coverage.losses) {
    auto same = std::find_if(sums.begin(), sums.end(), [&](const LostEvents& other) {
      return other.type == lost.type && other.reason == lost.reason;
    });
    if (same == sums.end())
      sums.push_back(lost);
    else
      same->count += lost.count;
  }
  for (const LostEvents& sum : sums) {
    line += fmt::format("{} {} ", &sum == &sums.front() ? "" : ",", sum.count);
    append_terminal(line, sum.type);
    line += " (" + sum.reason + ")";
  }
  return line;
}

}  // namespace ebpftrace::analyzer
