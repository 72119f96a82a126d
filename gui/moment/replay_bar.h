// SPDX-License-Identifier: Apache-2.0
// The buttons of a replay: step back, play or pause, step on, loop, skip idle, and how fast. Each button is an action of a menu.
#pragma once

#include <QAction>
#include <QComboBox>
#include <QPointer>
#include <QWidget>

#include "gui/moment/replay.h"

namespace ebpftrace::gui {

struct ReplayActions {
  QPointer<QAction> back, play, forward, loop, skip;
};

// "0.01×"
QString speed_text(double speed);

class ReplayBar : public QWidget {
  Q_OBJECT

 public:
  ReplayBar(Replay& replay, const ReplayActions& actions, QWidget* parent = nullptr);
  QComboBox& speeds() { return *speeds_; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void show();

  Replay& replay_;
  ReplayActions actions_;
  QComboBox* speeds_;
};

}  // namespace ebpftrace::gui
