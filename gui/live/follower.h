// SPDX-License-Identifier: Apache-2.0
// Follows a recording that is still being written: looks for more on a thread of its own, hands it over, and looks again when that
// was digested, so that a window that takes long is not overrun. Says when the recording has ended, and when somebody cut or
// replaced its file. GUI thread; holds no widget.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <memory>

#include "gui/live/file_marks.h"
#include "gui/timeline/latest_job.h"
#include "gui/window/recording.h"

namespace ebpftrace::gui {

class Follower : public QObject {
  Q_OBJECT

 public:
  // kWatching: it is no recording that grows; only its files are looked after.
  enum class State { kIdle, kWatching, kFollowing, kPaused };

  explicit Follower(QObject* parent = nullptr);

  // Another recording was opened; nullptr: none.
  void setRecording(std::shared_ptr<const Recording> recording);
  State state() const { return state_; }
  bool isFollowing() const { return state_ == State::kFollowing; }
  // What was handed over is not digested() yet.
  bool waitsForWindow() const { return waits_for_window_; }

 public slots:
  void pause();
  void resume();
  void digested();

 signals:
  void stateChanged();
  // There is more, or it has ended: then it is not growing() any more.
  void grown(std::shared_ptr<const ebpftrace::gui::Recording> recording);
  void broken(const QString& headline, const QString& text);

 private:
  void look();
  void lookAgain();
  void setState(State state);
  void report(const QString& headline, const QString& text);

  State state_ = State::kIdle;
  std::shared_ptr<const Recording> recording_;
  FileMarks marks_;
  QTimer timer_;
  QElapsedTimer since_look_;
  bool waits_for_window_ = false, looks_ = false, reported_ = false;
  LatestJob job_;  // last: it is stopped before what it works for goes
};

}  // namespace ebpftrace::gui
