// SPDX-License-Identifier: Apache-2.0
// Any answer as a Qt model: its columns that have a heading, its rows (a tree where the answer is one), sorted as asked.
// GUI thread; the Result is its own copy. Whatever a view needs to paint a cell is a role.
#pragma once

#include <QAbstractItemModel>
#include <optional>
#include <vector>

#include "analyzer/api/result.h"
#include "gui/tables/cell_text.h"

namespace ebpftrace::gui {

class ResultModel : public QAbstractItemModel {
  Q_OBJECT

 public:
  enum Role {
    kBarRole = Qt::UserRole,  // double, 0 to 1: the bar behind a number; none: no bar
    kAbsentRole,              // bool: there is no value
    kFixedPitchRole,          // bool
    kClassRole,               // int: an analyzer::CallClass to mark it with; none: no mark
    kSeverityRole,            // QString: "alert", "warning", "note"; of a severity column
    kExactRole,               // QString: for copying
  };

  explicit ResultModel(QObject* parent = nullptr);

  // events_were_lost: numbers get their ≥ and ±. grouping: so many columns in front are what it is grouped by.
  void setResult(analyzer::Result result, bool events_were_lost, int grouping = 0);
  void clear();
  const analyzer::Result& result() const { return result_; }
  bool isTree() const { return is_tree_; }
  int grouping() const { return grouping_; }

  // Of the answer.
  const analyzer::ResultColumn& column(int section) const {
    return result_.columns()[columns_[static_cast<size_t>(section)]];
  }
  std::optional<int> sectionOf(std::string_view column) const;
  analyzer::Cell cell(const QModelIndex& index) const;
  // Of any column of that row, shown or not; nothing: there is none.
  std::optional<analyzer::Cell> cellOf(const QModelIndex& index, std::string_view column) const;
  // When the row began, if it says so.
  std::optional<int64_t> momentOf(const QModelIndex& index) const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& child) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 private:
  static constexpr uint32_t kTop = UINT32_MAX;
  const std::vector<uint32_t>& children(uint32_t row) const;
  void build();
  void measure();
  size_t rowOf(const QModelIndex& index) const { return static_cast<size_t>(index.internalId()); }

  analyzer::Result result_;
  bool lost_ = false, is_tree_ = false;
  int grouping_ = 0;
  std::vector<size_t> columns_;                  // of the result, that are shown
  std::vector<double> most_;                     // by shown column: of its numbers
  std::vector<uint32_t> top_;                    // rows without a parent, in the order shown
  std::vector<std::vector<uint32_t>> children_;  // of a tree: by row
  std::vector<uint32_t> place_;                  // by row: among its siblings
};

}  // namespace ebpftrace::gui
