// SPDX-License-Identifier: Apache-2.0
// A condition as a small button with an ×: gold if it stands for what the user selected.
#pragma once

#include <QAbstractButton>

namespace ebpftrace::gui {

class Chip : public QAbstractButton {
  Q_OBJECT

 public:
  Chip(const QString& prefix, const QString& text, bool gold, QWidget* parent = nullptr);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString prefix_, shown_;
  bool gold_;
};

}  // namespace ebpftrace::gui
