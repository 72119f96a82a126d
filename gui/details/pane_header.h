// SPDX-License-Identifier: Apache-2.0
// The top line of a pane: its name, then what it is about.
#pragma once

#include <QHBoxLayout>
#include <QLabel>
#include <QWidget>

#include "gui/style/elided_label.h"

namespace ebpftrace::gui {

class PaneHeader : public QWidget {
 public:
  explicit PaneHeader(const QString& name, QWidget* parent = nullptr);
  QLabel* about() { return about_; }
  void addTool(QWidget* tool) { row_->addWidget(tool); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QHBoxLayout* row_;
  QLabel* name_;
  ElidedLabel* about_;
};

}  // namespace ebpftrace::gui
