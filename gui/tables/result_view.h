// SPDX-License-Identifier: Apache-2.0
// A table or tree of an answer: sorted by a click on a heading, a value's menu by the right button or the menu key, and a double
// click or Return for the moment that a row is about.
#pragma once

#include <QTreeView>
#include <vector>

#include "gui/filter/picked_value.h"
#include "gui/tables/result_model.h"

namespace ebpftrace::gui {

class ResultView : public QTreeView {
  Q_OBJECT

 public:
  explicit ResultView(QWidget* parent = nullptr);

  ResultModel& answer() { return model_; }
  // Keeps the way it was sorted, if it is the same question; sizes the columns.
  void setResult(analyzer::Result result, bool events_were_lost, int grouping = 0);
  // For answers that follow each other quickly: no column gets narrower from one to the next, and those that are only for
  // where there is room go where there is none.
  void setSteady(bool steady) { steady_ = steady; }
  // Columns that it is grouped by can be put in another order, and dragged behind the bar to be rid of them.
  void setGroupingMovable(bool movable);
  int groupingAt(int x) const;  // before which of them an x of the viewport is; their number: behind the last one
  PickedValue valueAt(const QModelIndex& index) const;
  QString currentRowText() const;

 signals:
  void valueMenuRequested(const ebpftrace::gui::PickedValue& value, const QPoint& global);
  void momentChosen(int64_t ns);
  void rowChosen(const QModelIndex& index);
  void groupingMoved(const std::vector<int>& sections);  // in the order that is wanted, those that are left

 protected:
  void drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  void drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const override;
  void paintEvent(QPaintEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void choose(const QModelIndex& index);
  void fitColumns();
  void takeMove(int section, int from, int to);

  ResultModel model_;
  std::string name_;
  bool fitted_by_hand_ = false, fitting_ = false, steady_ = false, moving_ = false;
  std::vector<int> widest_;  // by column, of a steady one
};

}  // namespace ebpftrace::gui
