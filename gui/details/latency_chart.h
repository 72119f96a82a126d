// SPDX-License-Identifier: Apache-2.0
// Two charts over one axis of durations, a bar for each factor of two: how many calls (log height) above how much time (linear),
// stacked by class. Many short calls against few long ones is the commonest answer, so both must be seen.
#pragma once

#include <QWidget>
#include <vector>

#include "analyzer/api/call_statistics.h"

namespace ebpftrace::gui {

class LatencyChart : public QWidget {
  Q_OBJECT

 public:
  explicit LatencyChart(QWidget* parent = nullptr);
  void setStatistics(const analyzer::CallStatistics& statistics);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  QString accessibleText() const;

 signals:
  // [from, to): "duration >= 64µs && duration < 128µs"
  void conditionRequested(const QString& condition);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int barAt(int x) const;  // -1: none
  double left() const;
  double barWidth() const;

  std::vector<analyzer::CallStatistics::Octave> octaves_;
};

}  // namespace ebpftrace::gui
