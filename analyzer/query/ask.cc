// SPDX-License-Identifier: Apache-2.0
// ask(): what is the same for all questions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "analyzer/api/question.h"
#include "analyzer/query/arrange.h"
#include "analyzer/query/moments.h"
#include "analyzer/query/row_filter.h"
#include "predicate/near_names.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using Over = Takes::Over;

// Whether the answer is by stretches of time: its columns are others, and -n is not of its rows.
bool is_over_time(const Takes& takes, const Asked& asked) {
  return std::any_of(takes.options.begin(), takes.options.end(),
                     [&](const QuestionOption& option) { return option.over_time && asked.option(option.name); });
}

std::string option_of(const Question& question) {
  std::string name = "--" + std::string(question.name);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string what_it_takes(const Takes& takes) {
  std::vector<std::string> options;
  if (takes.filter != Over::kNothing) options.emplace_back("--filter");
  if (takes.time != Over::kNothing) options.emplace_back("--from, --to");
  if (!takes.by.empty()) options.push_back(fmt::format("--by {}", takes.by));
  if (takes.warn) options.emplace_back("--warn");
  for (const QuestionOption& option : takes.options) options.push_back(fmt::format("--{}", option.name));
  if (takes.sort) options.emplace_back("--sort");
  if (takes.columns) options.emplace_back("--columns");
  if (takes.limit) options.emplace_back("-n");
  if (options.empty()) return "none of the options that choose, order or cut";
  return fmt::format("{}", fmt::join(options, ", "));
}

std::vector<std::string> names_of(const std::vector<ResultColumn>& columns) {
  std::vector<std::string> names;
  for (const ResultColumn& column : columns)
    if (!column.only_people()) names.push_back(column.name);
  return names;
}

[[noreturn]] void no_column(std::string_view option, std::string_view name, const std::vector<ResultColumn>& columns) {
  const std::vector<std::string> names = names_of(columns);
  const std::string near = predicate::nearest_name(name, names);
  throw AskError(fmt::format("{}: there is no column '{}'{}; the columns are {}", option, name,
                             near.empty() ? "" : fmt::format(", did you mean '{}'?", near), fmt::join(names, ", ")));
}

// "bytes" is read_bytes' name without its unit only if the column has that unit.
std::optional<size_t> find_column(const std::vector<ResultColumn>& columns, std::string_view name) {
  for (size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].only_people() && columns[i].name == name) return i;
  for (size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].only_people() && predicate::without_unit(columns[i].name, unit_name(columns[i].unit)) == name)
      return i;
  return std::nullopt;
}

// side_by_side: they may get a column more, that of several recordings.
void check_columns(const std::vector<ResultColumn>& columns, const Asked& asked, bool side_by_side = false) {
  const auto is_there = [&](const std::string& name) {
    return (side_by_side && name == "recording") || find_column(columns, name);
  };
  if (!asked.sort.empty() && !is_there(asked.sort)) no_column("--sort", asked.sort, columns);
  for (const std::string& name : asked.columns)
    if (name != "all" && !is_there(name)) no_column("--columns", name, columns);
}

// "MAX RSS" of max_rss_bytes.
std::string heading_of(const ResultColumn& column) {
  std::string heading = predicate::without_unit(column.name, unit_name(column.unit));
  for (char& c : heading) c = c == '_' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return heading;
}

void choose_columns(Result& result, const std::vector<std::string>& names) {
  const std::vector<ResultColumn>& columns = result.columns();
  std::vector<size_t> chosen;
  auto choose = [&](size_t column) {
    if (std::find(chosen.begin(), chosen.end(), column) != chosen.end()) return;
    for (size_t i = 0; i < columns.size(); ++i)
      if (columns[i].only_people() && columns[i].name == columns[column].name) chosen.push_back(i);
    chosen.push_back(column);
  };
  for (const std::string& name : names) {
    if (name == "all")
      for (size_t i = 0; i < columns.size(); ++i) {
        if (!columns[i].only_people()) choose(i);
      }
    else
      choose(*find_column(columns, name));
  }
  result.choose(chosen);
  // Asked for by name, or as all: people get it, whatever is in it.
  for (size_t i = 0; i < result.columns().size(); ++i) {
    const ResultColumn& column = result.columns()[i];
    if (column.only_people()) continue;
    const bool has_twin = std::any_of(result.columns().begin(), result.columns().end(), [&](const ResultColumn& other) {
      return other.only_people() && other.name == column.name;
    });
    if (!has_twin) result.show(i, column.heading.empty() ? heading_of(column) : column.heading);
  }
}

// It is one of the few, if there are few.
void check_value(std::string_view option, const std::string& value, std::span<const std::string_view> values) {
  if (values.empty() || std::find(values.begin(), values.end(), value) != values.end()) return;
  throw AskError(fmt::format("{}: '{}' is none of {}", option, value, fmt::join(values, ", ")));
}

// Of a cell for comparison: exact for all that cells hold (a long double's mantissa has 64 bits or more).
struct SortKey {
  bool absent = true;
  long double number = 0;
  std::string_view text;
};
static_assert(std::numeric_limits<long double>::digits >= 64);

bool less(const SortKey& a, const SortKey& b) { return a.number != b.number ? a.number < b.number : a.text < b.text; }

constexpr size_t kNoColumn = SIZE_MAX;

class Sorter {
 public:
  // within: rows that are equal in that column stay together; kNoColumn: all are one.
  Sorter(const Result& result, size_t column, size_t within) : result_(result) {
    keys_.reserve(result.rows());
    std::map<std::optional<uint32_t>, uint32_t> groups;
    for (size_t row = 0; row < result.rows(); ++row) {
      keys_.push_back(key(row, column));
      if (within != kNoColumn)
        groups_.push_back(
            groups.try_emplace(result.text_number(row, within), static_cast<uint32_t>(groups.size())).first->second);
    }
  }
  // What has no value comes last, whichever way; ties keep their order.
  std::vector<size_t> order(bool descending) const {
    std::vector<size_t> rows(keys_.size());
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    std::stable_sort(rows.begin(), rows.end(), [&](size_t a, size_t b) {
      if (!groups_.empty() && groups_[a] != groups_[b]) return groups_[a] < groups_[b];
      if (keys_[a].absent || keys_[b].absent) return !keys_[a].absent && keys_[b].absent;
      return descending ? less(keys_[b], keys_[a]) : less(keys_[a], keys_[b]);
    });
    return rows;
  }

 private:
  SortKey key(size_t row, size_t column) const {
    if (const auto text = result_.text_number(row, column)) return {false, 0, result_.text(*text)};
    const Cell cell = result_.cell(row, column);
    if (const auto* value = std::get_if<uint64_t>(&cell)) return {false, static_cast<long double>(*value), {}};
    if (const auto* value = std::get_if<int64_t>(&cell)) return {false, static_cast<long double>(*value), {}};
    if (const auto* value = std::get_if<double>(&cell))
      return {std::isnan(*value), std::isnan(*value) ? 0.0L : static_cast<long double>(*value), {}};
    if (const auto* value = std::get_if<bool>(&cell)) return {false, *value ? 1.0L : 0.0L, {}};
    if (const auto* value = std::get_if<ProcessesCell>(&cell); value && !value->empty())
      return {false, static_cast<long double>(value->front().pid), {}};
    return {};
  }

  const Result& result_;
  std::vector<SortKey> keys_;
  std::vector<uint32_t> groups_;  // empty: all are one
};

// In an order of their own it is rows that are counted, whatever they are of.
void cut(Result& result, const Takes& takes, const Asked& asked) {
  const size_t limit = asked.limit;
  if (limit >= result.rows()) return;
  if (asked.sort.empty() && !keys_end(takes, asked).empty()) return;
  const auto within = takes.limit_within.empty() ? std::nullopt : result.column(takes.limit_within);
  if (!within) return result.cut(limit);
  std::map<std::optional<uint32_t>, size_t> counts;
  std::vector<size_t> rows;
  for (size_t row = 0; row < result.rows(); ++row)
    if (counts[result.text_number(row, *within)]++ < limit) rows.push_back(row);
  result.cut(rows);
}

// The rows that began in the range.
std::vector<size_t> rows_within(const Result& result, const Takes& takes, const TimeRange& range,
                                const trace::Trace& trace) {
  const size_t began = *result.column(takes.began);
  const auto length = takes.length.empty() ? std::nullopt : result.column(takes.length);
  std::vector<size_t> rows;
  for (size_t row = 0; row < result.rows(); ++row) {
    const Cell cell = result.cell(row, began);
    const auto* time = std::get_if<int64_t>(&cell);
    if (!time) continue;
    uint64_t boot_ns = trace.facts().start_boot_ns + static_cast<uint64_t>(*time);
    if (length)
      if (const Cell took = result.cell(row, *length); const auto* ns = std::get_if<uint64_t>(&took)) boot_ns -= *ns;
    if (range.contains(boot_ns)) rows.push_back(row);
  }
  return rows;
}

void add_what_was_met(Result& result, const trace::Trace& trace, const Takes& takes) {
  if (takes.durations && trace.facts().no_durations) {
    bool any = false;
    for (size_t column = 0; column < result.columns().size(); ++column) {
      if (result.columns()[column].unit != Unit::kDuration) continue;
      result.empty(column);
      any = true;
    }
    if (any) result.notes.emplace_back("what calls took was not measured (ebpf-record --no-latency)");
  }
  result.has_end = trace.closed();
  for (const trace::Damage& damage : trace.damage().list()) result.damage.push_back({damage.offset, damage.what});
  result.more_damage = trace.damage().more();
  for (std::string& shortfall : trace.shortfalls().list()) result.shortfalls.push_back(std::move(shortfall));
  result.coverage.complete = result.coverage.complete && trace.complete() && !result.stopped;
  result.close();
}

}  // namespace

std::string_view keys_end(const Takes& takes, const Asked& asked) {
  return is_over_time(takes, asked) ? std::string_view("time_ns") : takes.keys_before;
}

std::optional<std::string_view> Asked::option(std::string_view name) const {
  const auto at = options.find(name);
  return at == options.end() ? std::nullopt : std::optional<std::string_view>(at->second);
}

void check_asked(const Question& question, const Asked& asked) {
  const Takes& takes = question.takes;
  auto refuse = [&](std::string_view option) {
    throw AskError(fmt::format("{} goes without {}; with it go {}", option_of(question), option, what_it_takes(takes)));
  };
  if (!asked.filter.empty() && takes.filter == Over::kNothing) refuse("--filter");
  if (!asked.from.empty() && takes.time == Over::kNothing) refuse("--from");
  if (!asked.to.empty() && takes.time == Over::kNothing) refuse("--to");
  if (!asked.by.empty() && takes.by.empty()) refuse("--by");
  if (!asked.warn.empty() && !takes.warn) refuse("--warn");
  for (const auto& [name, value] : asked.options) {
    const auto option = std::find_if(takes.options.begin(), takes.options.end(),
                                     [&, &name = name](const QuestionOption& taken) { return taken.name == name; });
    if (option == takes.options.end()) refuse("--" + name);
    check_value("--" + name, value, option->values);
  }
  if (!takes.argument.type.empty() && !(takes.argument.optional && asked.argument.empty()))
    check_value(option_of(question), asked.argument, takes.argument.values);
  if (!asked.sort.empty() && !takes.sort) refuse("--sort");
  if (!asked.columns.empty() && !takes.columns) refuse("--columns");
  // Another --by is other columns.
  if (asked.by.empty() && !takes.columns_are_fields && !is_over_time(takes, asked))
    check_columns(question.columns(), asked, true);
}

// Order, limit and columns.
void arrange(Result& result, const Takes& takes, const Asked& asked) {
  check_columns(result.columns(), asked);
  if (!asked.sort.empty()) {
    const size_t column = *find_column(result.columns(), asked.sort);
    const size_t within =
        takes.limit_within.empty() ? kNoColumn : result.column(takes.limit_within).value_or(kNoColumn);
    const std::vector<size_t> order =
        Sorter(result, column, within == column ? kNoColumn : within).order(asked.descending);
    result.keep(order, std::is_sorted(order.begin(), order.end()));
  }
  cut(result, takes, asked);
  if (!asked.columns.empty()) choose_columns(result, asked.columns);
}

Result ask(const Question& question, const Source& source, const Asked& asked) {
  check_asked(question, asked);
  const Takes& takes = question.takes;
  const bool filters_rows = !asked.filter.empty() && takes.filter == Over::kRows;
  if (filters_rows) check_row_filter(question.columns(), asked.filter, source.trace());
  TimeRange range;
  if (takes.time == Over::kRows) range = Moments(source.trace()).range(asked.from, asked.to);
  Asked of_question = asked;
  if (filters_rows || !range.all() || !asked.sort.empty()) of_question.limit = SIZE_MAX;

  Result result = question.answer(source, of_question);
  add_what_was_met(result, source.trace(), question.takes);
  if (!range.all()) result.keep(rows_within(result, takes, range, source.trace()), true);
  if (filters_rows) result.keep(passing_rows(result, asked.filter, source.trace()), true);
  if (!range.all() || filters_rows) result.all_rows = result.rows();
  arrange(result, takes, asked);
  return result;
}

Result ask(const Question& question, const Source& source, const Asked& asked, Format format, const Write& write) {
  check_asked(question, asked);
  Result result = question.print(source, asked, format, write);
  add_what_was_met(result, source.trace(), question.takes);
  return result;
}

}  // namespace ebpftrace::analyzer
