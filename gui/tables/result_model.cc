// SPDX-License-Identifier: Apache-2.0
#include "gui/tables/result_model.h"

#include <algorithm>
#include <cmath>

#include "gui/style/plain_text.h"

namespace ebpftrace::gui {
namespace {

using analyzer::Cell;
using analyzer::ResultColumn;
using analyzer::Show;
using analyzer::Unit;

bool has_more_to_say(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return false;
  if (const auto* text = std::get_if<std::string>(&cell)) return !text->empty();
  if (const auto* processes = std::get_if<analyzer::ProcessesCell>(&cell)) return !processes->empty();
  return number_of(cell).value_or(1) != 0;
}

bool has_bar(const ResultColumn& column) { return column.unit == Unit::kBytes || column.unit == Unit::kDuration; }

// Durations go over eight powers of ten: from 100 ns, by their digits.
double bar_length(double value, double most, Unit unit) {
  if (most <= 0 || value <= 0) return 0;
  if (unit != Unit::kDuration) return value / most;
  constexpr double kLeastNs = 100;
  if (value <= kLeastNs) return 0.02;
  return std::clamp(std::log(value / kLeastNs) / std::log(std::max(most, 10 * kLeastNs) / kLeastNs), 0.02, 1.0);
}

}  // namespace

ResultModel::ResultModel(QObject* parent) : QAbstractItemModel(parent) {}

void ResultModel::setResult(analyzer::Result result, bool events_were_lost, int grouping) {
  beginResetModel();
  result_ = std::move(result);
  lost_ = events_were_lost;
  grouping_ = grouping;
  build();
  endResetModel();
}

void ResultModel::clear() { setResult(analyzer::Result(), false); }

void ResultModel::build() {
  columns_.clear();
  for (size_t i = 0; i < result_.columns().size(); ++i) {
    const ResultColumn& column = result_.columns()[i];
    if (column.heading.empty()) continue;
    bool shown = column.show != Show::kIfAny;
    for (size_t row = 0; !shown && row < result_.rows(); ++row) shown = has_more_to_say(result_.cell(row, i));
    if (shown) columns_.push_back(i);
  }
  top_.clear();
  children_.clear();
  place_.assign(result_.rows(), 0);
  is_tree_ = false;
  for (size_t row = 0; row < result_.rows(); ++row) {
    const auto parent = result_.parent(row);
    if (parent) {
      if (children_.empty()) children_.resize(result_.rows());
      is_tree_ = true;
      place_[row] = static_cast<uint32_t>(children_[*parent].size());
      children_[*parent].push_back(static_cast<uint32_t>(row));
    } else {
      place_[row] = static_cast<uint32_t>(top_.size());
      top_.push_back(static_cast<uint32_t>(row));
    }
  }
  // What a tree branches at is what people look for: its first text.
  if (is_tree_) {
    const auto text = std::find_if(columns_.begin(), columns_.end(),
                                   [&](size_t i) { return result_.columns()[i].unit == Unit::kText; });
    if (text != columns_.end()) std::rotate(columns_.begin(), text, text + 1);
  }
  measure();
}

void ResultModel::measure() {
  most_.assign(columns_.size(), 0);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!has_bar(result_.columns()[columns_[i]])) continue;
    for (size_t row = 0; row < result_.rows(); ++row)
      most_[i] = std::max(most_[i], number_of(result_.cell(row, columns_[i])).value_or(0));
  }
}

const std::vector<uint32_t>& ResultModel::children(uint32_t row) const {
  static const std::vector<uint32_t> kNone;
  if (row == kTop) return top_;
  return row < children_.size() ? children_[row] : kNone;
}

std::optional<int> ResultModel::sectionOf(std::string_view column) const {
  for (size_t i = 0; i < columns_.size(); ++i)
    if (result_.columns()[columns_[i]].name == column) return static_cast<int>(i);
  return {};
}

Cell ResultModel::cell(const QModelIndex& index) const {
  return index.isValid() ? result_.cell(rowOf(index), columns_[static_cast<size_t>(index.column())]) : Cell();
}

std::optional<Cell> ResultModel::cellOf(const QModelIndex& index, std::string_view column) const {
  const auto found = result_.column(column);
  if (!index.isValid() || !found) return {};
  return result_.cell(rowOf(index), *found);
}

std::optional<int64_t> ResultModel::momentOf(const QModelIndex& index) const {
  for (const std::string_view name : {"time_ns", "start_ns", "first_ns"}) {
    const auto found = cellOf(index, name);
    if (!found) continue;
    if (const auto* time = std::get_if<int64_t>(&*found)) return *time;
  }
  return {};
}

QModelIndex ResultModel::index(int row, int column, const QModelIndex& parent) const {
  if (row < 0 || column < 0 || column >= columnCount() || (parent.isValid() && parent.column() != 0)) return {};
  const auto& rows = children(parent.isValid() ? static_cast<uint32_t>(rowOf(parent)) : kTop);
  if (static_cast<size_t>(row) >= rows.size()) return {};
  return createIndex(row, column, quintptr{rows[static_cast<size_t>(row)]});
}

QModelIndex ResultModel::parent(const QModelIndex& child) const {
  if (!child.isValid()) return {};
  const auto above = result_.parent(rowOf(child));
  return above ? createIndex(static_cast<int>(place_[*above]), 0, quintptr{*above}) : QModelIndex();
}

int ResultModel::rowCount(const QModelIndex& parent) const {
  if (parent.isValid() && parent.column() != 0) return 0;
  return static_cast<int>(children(parent.isValid() ? static_cast<uint32_t>(rowOf(parent)) : kTop).size());
}

int ResultModel::columnCount(const QModelIndex&) const { return static_cast<int>(columns_.size()); }

QVariant ResultModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto section = static_cast<size_t>(index.column());
  const ResultColumn& column = result_.columns()[columns_[section]];
  switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole: {
      const QString text = cell_text(cell(index), column.unit);
      return text.isEmpty() ? QStringLiteral("–") : marked(text, certainty_of(column, lost_));
    }
    case Qt::ToolTipRole: {
      const Cell value = cell(index);
      if (!std::holds_alternative<std::string>(value)) return {};
      // Plain whatever it looks like: Qt would take "<b>" for rich text.
      const QString text = cell_text(value, column.unit, 2000);
      return text.size() > 24
                 ? QVariant(text.toHtmlEscaped().prepend(QStringLiteral("<span>")).append(QStringLiteral("</span>")))
                 : QVariant();
    }
    case Qt::TextAlignmentRole:
      return static_cast<int>(Qt::AlignVCenter | (is_to_the_right(column.unit) ? Qt::AlignRight : Qt::AlignLeft));
    case kBarRole: {
      if (!has_bar(column) || most_[section] <= 0) return {};
      const auto value = number_of(cell(index));
      return value ? QVariant(bar_length(*value, most_[section], column.unit)) : QVariant();
    }
    case kAbsentRole:
      return cell_text(cell(index), column.unit, 2).isEmpty();
    case kFixedPitchRole:
      return is_fixed_pitch(column);
    case kSeverityRole:
      return column.name == "severity" ? QVariant(cell_text(cell(index), column.unit)) : QVariant();
    case kExactRole:
      return exact_text(cell(index), column.unit);
    default:
      return {};
  }
}

QVariant ResultModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
  const ResultColumn& of = column(section);
  if (role == Qt::DisplayRole) return heading_text(of);
  if (role == Qt::ToolTipRole || role == Qt::AccessibleDescriptionRole) return plain_text(of.doc);
  if (role == Qt::TextAlignmentRole)
    return static_cast<int>(Qt::AlignVCenter | (is_to_the_right(of.unit) ? Qt::AlignRight : Qt::AlignLeft));
  return {};
}

void ResultModel::sort(int section, Qt::SortOrder order) {
  emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
  const QModelIndexList before = persistentIndexList();
  auto arrange = [&](std::vector<uint32_t>& rows) {
    if (section < 0 || section >= columnCount()) {
      std::sort(rows.begin(), rows.end());  // the answer's own order
    } else {
      std::vector<std::pair<Cell, uint32_t>> keyed;
      keyed.reserve(rows.size());
      for (const uint32_t row : rows)
        keyed.emplace_back(result_.cell(row, columns_[static_cast<size_t>(section)]), row);
      std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& one, const auto& other) {
        return is_before(one.first, other.first, order == Qt::DescendingOrder);
      });
      for (size_t i = 0; i < rows.size(); ++i) rows[i] = keyed[i].second;
    }
    for (size_t i = 0; i < rows.size(); ++i) place_[rows[i]] = static_cast<uint32_t>(i);
  };
  arrange(top_);
  for (auto& rows : children_) arrange(rows);
  QModelIndexList after;
  for (const QModelIndex& index : before)
    after.push_back(createIndex(static_cast<int>(place_[rowOf(index)]), index.column(), index.internalId()));
  changePersistentIndexList(before, after);
  emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

}  // namespace ebpftrace::gui
