// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/row_filter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "predicate/error.h"
#include "predicate/evaluator.h"
#include "predicate/expression.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::FieldKind;
using predicate::Selection;

struct Alias {
  std::string_view column, name;
};
constexpr Alias kAliases[] = {{"process", "proc.name"},
                              {"pid", "proc.pid"},
                              {"ppid", "proc.ppid"},
                              {"command", "proc.cmdline"},
                              {"exe", "proc.exepath"},
                              {"cwd", "proc.cwd"},
                              {"path", "fd.name"},
                              {"fd", "fd.num"},
                              {"uid", "user.uid"},
                              {"container", "container.name"},
                              {"container_id", "container.id"}};

bool is_text(Unit unit) { return unit == Unit::kText || unit == Unit::kProcesses; }

// Texts of a result, and behind them those that are made of lists of processes.
class ResultTexts : public predicate::Texts {
 public:
  explicit ResultTexts(const Result& result) : result_(result) {}
  uint64_t count() const override { return result_.text_count() + made_.size(); }
  std::optional<std::string_view> text(uint64_t id) const override {
    return id < result_.text_count() ? result_.text(static_cast<uint32_t>(id)) : made_[id - result_.text_count()];
  }
  uint64_t make(std::string text) {
    made_.push_back(std::move(text));
    return count() - 1;
  }
  void forget_made() {
    if (made_.empty()) return;
    made_.clear();
    renew();
  }

 private:
  const Result& result_;
  std::vector<std::string> made_;
};

// 1,024 rows of a result.
class RowTile : public predicate::TileSource {
 public:
  RowTile(const Result& result, const RowFields& fields, const predicate::Expression& expression, uint64_t start_ns)
      : result_(result), start_ns_(start_ns), texts_(result), columns_(expression.fields.size()) {
    for (size_t i = 0; i < columns_.size(); ++i) columns_[i].position = fields.column(expression.fields[i].name);
  }

  void go_to(size_t first_row) {
    first_row_ = first_row;
    texts_.forget_made();
    for (Column& column : columns_) column.filled = Selection();
  }

  predicate::NumberColumn numbers(size_t field, const Selection& wanted) override {
    Column& column = columns_[field];
    fill(column, wanted, [&](size_t row) { add_number(column, row); });
    return {column.values.data(), &column.present, nullptr};
  }
  predicate::TextColumn texts(size_t field, const Selection& wanted) override {
    Column& column = columns_[field];
    fill(column, wanted, [&](size_t row) { column.values[row] = text_id(column.position, first_row_ + row); });
    return {column.values.data(), &texts_};
  }
  const uint64_t* variants(size_t, const Selection&) override { return nullptr; }  // no column's names differ

 private:
  struct Column {
    size_t position = 0;
    std::array<uint64_t, predicate::kTileRows> values{};
    Selection present, filled;
  };

  template <typename Fill>
  static void fill(Column& column, const Selection& wanted, Fill&& fill) {
    Selection missing = wanted;
    missing -= column.filled;
    missing.for_each(fill);
    column.filled |= missing;
  }

  void add_number(Column& column, size_t row) {
    const Cell cell = result_.cell(first_row_ + row, column.position);
    uint64_t value = 0;
    bool present = true;
    if (const auto* number = std::get_if<uint64_t>(&cell))
      value = *number;
    else if (const auto* signed_number = std::get_if<int64_t>(&cell))
      value = static_cast<uint64_t>(*signed_number);
    else if (const auto* truth = std::get_if<bool>(&cell))
      value = *truth;
    else if (const auto* decimal = std::get_if<double>(&cell))
      value = thousandths(*decimal);
    else
      present = false;
    if (result_.columns()[column.position].unit == Unit::kTime) value += start_ns_;
    column.values[row] = value;
    if (present)
      column.present.set(row);
    else
      column.present.reset(row);
  }

  uint64_t text_id(size_t column, size_t row) {
    if (const auto number = result_.text_number(row, column)) return *number;
    const Cell cell = result_.cell(row, column);
    const auto* processes = std::get_if<ProcessesCell>(&cell);
    return processes ? texts_.make(processes_text(*processes)) : UINT64_MAX;
  }

  static uint64_t thousandths(double value) {
    const double rounded = std::nearbyint(value * 1000);
    return rounded <= 0 ? 0 : rounded >= 18446744073709551615.0 ? UINT64_MAX : static_cast<uint64_t>(rounded);
  }

  const Result& result_;
  uint64_t start_ns_;
  ResultTexts texts_;
  size_t first_row_ = 0;
  std::vector<Column> columns_;
};

predicate::Expression parsed(std::string_view filter, const RowFields& fields) {
  try {
    return predicate::parse(filter, fields);
  } catch (const predicate::ExpressionError& error) {
    throw AskError("--filter: " + predicate::explain(filter, error));
  }
}

}  // namespace

FieldKind kind_of(Unit unit) {
  switch (unit) {
    case Unit::kText:
    case Unit::kProcesses:
      return FieldKind::kText;
    case Unit::kNumber:
      return FieldKind::kUnsigned;
    case Unit::kBytes:
      return FieldKind::kBytes;
    case Unit::kDuration:
      return FieldKind::kDuration;
    case Unit::kTime:
      return FieldKind::kTime;
    case Unit::kSigned:
      return FieldKind::kSigned;
    case Unit::kIdentity:
      return FieldKind::kIdentity;
    case Unit::kDecimal:
      return FieldKind::kDecimal;
    case Unit::kTruth:
      break;
  }
  return FieldKind::kBool;
}

RowFields::RowFields(const std::vector<ResultColumn>& columns, const trace::Trace* trace) : trace_(trace) {
  std::set<std::string, std::less<>> taken;
  for (const ResultColumn& column : columns)
    if (!unit_name(column.unit).empty()) taken.insert(predicate::without_unit(column.name, unit_name(column.unit)));
  for (size_t i = 0; i < columns.size(); ++i) {
    const ResultColumn& column = columns[i];
    // A moment as text gives way to the moment.
    if (column.only_people() || (unit_name(column.unit).empty() && taken.contains(column.name))) continue;
    predicate::Field field;
    field.name = column.name;
    field.doc = column.doc;
    field.unit = unit_name(column.unit);
    field.kind = kind_of(column.unit);
    field.cost = is_text(column.unit) ? 1 : 0;
    for (const std::string& value : column.values) field.names.push_back({value});
    if (const size_t dot = column.values_of.find('.'); trace && dot != std::string::npos)
      for (const auto& named : trace->catalogue()
                                   .values_of(std::string_view(column.values_of).substr(0, dot),
                                              std::string_view(column.values_of).substr(dot + 1))
                                   .values())
        field.names.push_back({named.name});
    std::vector<std::string> aliases;
    for (const Alias& alias : kAliases)
      if (alias.column == column.name) aliases.emplace_back(alias.name);
    add(std::move(field), aliases);
    columns_.push_back(i);
  }
}

predicate::OrRefusal<uint64_t> RowFields::moment(const predicate::Moment& moment) const {
  if (!trace_) return FieldSet::moment(moment);
  return Moments(*trace_).resolve(moment);
}

size_t RowFields::column(std::string_view field) const {
  for (size_t i = 0; i < fields().size(); ++i)
    if (fields()[i].name == field) return columns_[i];
  return 0;
}

std::vector<size_t> passing_rows(const Result& result, std::string_view filter, const trace::Trace& trace) {
  const RowFields fields(result.columns(), &trace);
  predicate::Evaluator evaluator(parsed(filter, fields));
  RowTile tile(result, fields, evaluator.expression(), trace.facts().start_boot_ns);
  evaluator.start_block();
  std::vector<size_t> passing;
  for (size_t first = 0; first < result.rows(); first += predicate::kTileRows) {
    tile.go_to(first);
    Selection rows = Selection::first(std::min(result.rows() - first, predicate::kTileRows));
    evaluator.select(tile, rows);
    rows.for_each([&](size_t row) { passing.push_back(first + row); });
  }
  return passing;
}

void check_row_filter(const std::vector<ResultColumn>& columns, std::string_view filter, const trace::Trace& trace) {
  parsed(filter, RowFields(columns, &trace));
}

}  // namespace ebpftrace::analyzer
