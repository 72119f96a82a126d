// SPDX-License-Identifier: Apache-2.0
// One line below the filter where something is wrong with the recording: what, where, what it means, and what to do.
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QWidget>

#include "gui/style/elided_label.h"
#include "gui/style/icons.h"
#include "gui/window/recording.h"

namespace ebpftrace::gui {

class Banner : public QWidget {
  Q_OBJECT

 public:
  explicit Banner(QWidget* parent = nullptr);
  void setWarning(const Warning& warning);
  QString text() const;

 signals:
  void actionRequested(ebpftrace::gui::Warning::Does does);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  IconLabel* icon_;
  QLabel* headline_;
  ElidedLabel* text_;
  QPushButton* action_;
  QToolButton* close_;
  Warning warning_;
};

// At the right of the toolbar, always there: what was lost.
class LossBadge : public QToolButton {
  Q_OBJECT

 public:
  explicit LossBadge(QWidget* parent = nullptr);
  void setRecording(const Recording* recording);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  enum class State : uint8_t { kNothingOpen, kNone, kLost, kUnknown } state_ = State::kNothingOpen;
};

}  // namespace ebpftrace::gui
