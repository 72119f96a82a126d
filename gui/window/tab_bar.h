// SPDX-License-Identifier: Apache-2.0
// Tabs as words; the one in front is semi-bold over a gold line.
#pragma once

#include <QTabBar>

namespace ebpftrace::gui {

class TabBar : public QTabBar {
  Q_OBJECT

 public:
  explicit TabBar(QWidget* parent = nullptr);

 protected:
  QSize tabSizeHint(int index) const override;
  QSize minimumTabSizeHint(int index) const override { return tabSizeHint(index); }
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace ebpftrace::gui
