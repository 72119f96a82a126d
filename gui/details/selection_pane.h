// SPDX-License-Identifier: Apache-2.0
// The pane of the selection, which is the question: numbers, how durations are distributed, and a table divided by what one
// chooses. Before there is a selection it is about the whole view.
#pragma once

#include <QLabel>
#include <QToolButton>
#include <QWidget>
#include <memory>
#include <string>
#include <vector>

#include "gui/details/latency_chart.h"
#include "gui/details/selection_answer.h"
#include "gui/tables/result_view.h"
#include "gui/window/scope.h"
#include "gui/work/workers.h"

class QMenu;

namespace ebpftrace::gui {

// Captions above values, in columns.
class StatisticGrid : public QWidget {
 public:
  explicit StatisticGrid(QWidget* parent = nullptr);
  void setStatistics(std::vector<Statistic> statistics);
  const std::vector<Statistic>& statistics() const { return statistics_; }
  QSize sizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  int columnsFor(int width) const;
  std::vector<Statistic> statistics_;
};

class SelectionPane : public QWidget {
  Q_OBJECT

 public:
  explicit SelectionPane(Workers& workers, QWidget* parent = nullptr);

  void setRecording(std::shared_ptr<const Recording> recording);
  void grow(std::shared_ptr<const Recording> recording) { recording_ = std::move(recording); }  // ask() shows it
  // view: what is asked about if there is no range in the inquiry.
  void ask(const Inquiry& inquiry, const analyzer::TimeSpan& view);
  const std::vector<Statistic>& statistics() const { return grid_->statistics(); }
  ResultView& pivot() { return *pivot_; }
  const std::vector<std::string>& groupedBy() const { return by_; }
  void setGroupedBy(std::vector<std::string> fields);
  QString commandLine() const;  // of the pivot

 signals:
  void valueMenuRequested(const ebpftrace::gui::PickedValue& value, const QPoint& global);
  void conditionRequested(const QString& condition);
  void copyRequested(const QString& text);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void askAgain();
  void showHint();
  analyzer::Asked asked() const;
  void fillGroupMenu();

  PoolJob job_;
  std::shared_ptr<const Recording> recording_;
  Inquiry inquiry_;
  analyzer::TimeSpan view_;
  std::vector<std::string> by_{"process", "syscall"};
  bool shows_hint_ = false;
  QLabel *about_, *note_;
  StatisticGrid* grid_;
  LatencyChart* chart_;
  QToolButton* group_;
  QMenu* group_menu_;
  ResultView* pivot_;
};

}  // namespace ebpftrace::gui
