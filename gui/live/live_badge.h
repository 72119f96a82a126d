// SPDX-License-Identifier: Apache-2.0
// That the recording goes on, in the row of the title: following or paused, and the buttons for the other one and for ending the
// recorder, if it is ours. GUI thread.
#pragma once

#include <QToolButton>
#include <QWidget>

#include "gui/live/follower.h"

class QLabel;

namespace ebpftrace::gui {

class LiveBadge : public QWidget {
  Q_OBJECT

 public:
  explicit LiveBadge(QWidget* parent = nullptr);

  void show(Follower::State state, bool recorder_is_ours, bool recorder_ends);
  QString text() const;

 signals:
  void pauseRequested();
  void resumeRequested();
  void stopRequested();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void applyTheme();

  Follower::State state_ = Follower::State::kIdle;
  QLabel *dot_, *text_;
  QToolButton *pause_, *stop_;
};

}  // namespace ebpftrace::gui
