// SPDX-License-Identifier: Apache-2.0
// Replay of a recording: moves a playhead as the clock says, finds the next event to step to and the stretches without one
// ahead, on worker threads. Events are those that pass what the window asks for. GUI thread; holds no widget.
#pragma once

#include <QObject>
#include <QTimer>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "analyzer/api/event_rows.h"
#include "gui/moment/replay_clock.h"
#include "gui/work/workers.h"

namespace ebpftrace::gui {

class Replay : public QObject {
  Q_OBJECT

 public:
  // now: ns of a steady clock.
  Replay(Workers& workers, std::function<int64_t()> now, QObject* parent);

  void setExtent(analyzer::TimeSpan extent);
  void growExtent(int64_t to_ns) { clock_.growExtent(to_ns); }
  // Counted; nullptr: there is nothing to step to.
  void setEvents(std::shared_ptr<analyzer::EventRows> events);
  void setRange(std::optional<analyzer::TimeSpan> range);  // that is looped, if it is; nothing: all of it
  void setPosition(int64_t ns);                            // somebody moved the playhead
  const ReplayClock& clock() const { return clock_; }
  bool loops() const { return loops_; }

 public slots:
  void toggle();
  void pause();
  void stepForward();
  void stepBack();
  void setLoops(bool loops);
  void setSkipsIdle(bool skips);
  void setSpeed(double speed);
  void faster();
  void slower();
  // What the timer does while it plays.
  void tick();

 signals:
  void moved(int64_t ns);
  void changed();  // whether it plays, how fast, whether it loops or skips
  // It is at this event, which was stepped to.
  void stepped(const ebpftrace::analyzer::EventRef& event, int64_t ns);
  void nothingThere(bool forward);

 private:
  void step(bool forward);
  void lookAhead();
  void applyLoop();

  std::function<int64_t()> now_;
  ReplayClock clock_;
  QTimer timer_;
  PoolJob step_job_, ahead_job_;
  std::shared_ptr<analyzer::EventRows> events_;
  std::optional<analyzer::TimeSpan> range_;
  bool loops_ = false;
  analyzer::TimeSpan known_{0, 0};  // ahead: in this it is known what is quiet
};

}  // namespace ebpftrace::gui
