// SPDX-License-Identifier: Apache-2.0
// What a TimelineView has: the scene, the jobs that fill it, and what the mouse is doing. GUI thread.
#pragma once

#include <QElapsedTimer>
#include <QPoint>
#include <QTimer>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/timeline/latest_job.h"
#include "gui/timeline/scene.h"
#include "gui/timeline/timeline_view.h"
#include "gui/timeline/view_history.h"

class QLineEdit;
class QToolButton;
class QLabel;

namespace ebpftrace::gui {

struct TimelineView::Private {
  explicit Private(TimelineView& of);

  // ---- what is shown ----
  TimelineView& view;
  Scene scene;
  std::shared_ptr<const analyzer::Session> session;
  ViewHistory history;
  QElapsedTimer clock;
  std::string filter, colour_by = "class";
  uint8_t hidden_hues = 0;
  std::vector<QString> legend;
  uint64_t asked_for = 0;  // changes with filter, colours and lanes: pictures of before are of another question
  uint64_t picture_is_of = 0;
  uint64_t kept_until_complete = 0;  // a value of asked_for: the picture is of the same question when there was less
  bool charts_are_old = false, overview_is_old = false;

  // ---- its widgets ----
  QLineEdit* find = nullptr;
  QToolButton* order = nullptr;
  QToolButton* colour = nullptr;
  QToolButton* time_base = nullptr;
  void makeWidgets();
  void placeWidgets();

  // ---- what is asked (timeline_jobs.cc) ----
  void load();
  void takeFindings();
  void grow();  // timeline_growth.cc
  void showGrown(const std::shared_ptr<const analyzer::Timeline>& timeline);
  void ask();  // soon, for what is in view now
  void askNow();
  void askDensity();
  void askCharts();
  void askOverview();
  bool pictureServes(const std::vector<analyzer::LaneChoice>& choices) const;
  std::vector<analyzer::LaneChoice> choicesInView(bool with_neighbours) const;
  TimeSpan spanAround() const;  // the view with what a pan would show
  using UseCall = std::function<void(std::optional<analyzer::CallMark>)>;
  void findCall(const analyzer::LaneChoice& lane, TimeSpan span, UseCall use);
  void step(bool forwards);

  // ---- what the user does (timeline_input.cc) ----
  enum class Drag { kNone, kMaybeRange, kRange, kEdgeA, kEdgeB, kPan, kPlayhead, kMinimap, kMinimapFrom, kMinimapTo };
  Drag drag = Drag::kNone;
  QPoint pressed, last, mouse;
  int64_t pressed_ns = 0;
  void press(QMouseEvent* event);
  void move(QMouseEvent* event);
  void release(QMouseEvent* event);
  void clickLane(int row, Qt::KeyboardModifiers modifiers);
  void clickCall(const QPoint& at);
  void hover();
  void minimapTo(int x);
  const LaneRow* rowAt(const QPoint& at) const;
  const analyzer::CallMark* markAt(const QPoint& at) const;
  int64_t timeAt(int x) const;
  ValueAt valueAt(const QPoint& at) const;
  QString callText(const analyzer::CallMark& mark) const;

  // ---- changes ----
  void viewChanged(bool remember);
  void layoutLanes();
  void applyTheme();
  void selectCall(const analyzer::CallMark& mark, bool tell);
  void setSelection(std::optional<TimeSpan> span);
  void scrollToRow(int row);
  void scrollTo(int y);
  double zoomCentre() const;

  QTimer ask_timer, hover_timer;
  // Last: they are stopped before what they work for goes.
  std::unique_ptr<LatestJob> load_job, density_job, overview_job, chart_job, call_job, hover_job;
};

}  // namespace ebpftrace::gui
