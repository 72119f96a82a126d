// SPDX-License-Identifier: Apache-2.0
// The timeline: minimap, ruler and lanes over one axis, with the lane column at the left. It holds pixels, not events: what it
// shows comes from analyzer::Timeline by worker threads, and until that is there it shows what it had, moved and stretched.
// GUI thread; nothing here blocks it. Every key it takes also is a slot, for menus.
#pragma once

#include <QAbstractScrollArea>
#include <QString>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/api/timeline.h"

namespace ebpftrace::gui {

// What a click was on, for "only this", "exclude", "colour by": a field of the filter language and its value as one would
// write it there. Nothing to filter by: field is empty.
struct ValueAt {
  QString field, value;
  std::optional<analyzer::EventRef> event;
  uint32_t lane = analyzer::kNoLane;
  int64_t time_ns = 0;
  QString filter() const { return field.isEmpty() ? QString() : field + " == " + value; }
};

struct TimeMark;

class TimelineView : public QAbstractScrollArea {
  Q_OBJECT

 public:
  explicit TimelineView(QWidget* parent = nullptr);
  ~TimelineView() override;

  // nullptr: nothing is open. Who there was is read behind; loaded() says when.
  void setSession(std::shared_ptr<const analyzer::Session> session);
  // Of the same recording, when there is more of it: view, selection, lanes and playhead keep their place; where the end is in
  // view, it stays there. grown() says when it is shown.
  void growSession(std::shared_ptr<const analyzer::Session> session);
  std::shared_ptr<const analyzer::Timeline> timeline() const;  // nullptr until loaded()

  analyzer::TimeSpan extent() const;
  analyzer::TimeSpan range() const;                         // in view
  std::optional<analyzer::TimeSpan> selectedRange() const;  // A to B
  const std::vector<uint32_t>& selectedLanes() const;       // none: all
  QRect laneRect(uint32_t lane) const;                      // in the viewport; empty: it has no row
  QString selectedLanesFilter() const;                      // "pid in {4711, 4712}"; empty: all
  std::optional<analyzer::EventRef> selectedEvent() const;
  std::optional<int64_t> playhead() const;
  double nsPerPixel() const;
  bool canZoomBack() const;
  bool canZoomForward() const;
  std::vector<QString> legend() const;  // what the hues are: of class, the classes
  // Lanes by their keys (gui/timeline/lane_keys.h).
  std::vector<std::string> hiddenLanes() const;
  std::vector<std::string> pinnedLanes() const;
  void setHiddenAndPinned(const std::vector<std::string>& hidden, const std::vector<std::string>& pinned);
  QString colourBy() const;
  void setMarks(std::vector<TimeMark> marks);  // by time
  // Where a marker is meant: the playhead, else under the mouse, else the selected event, else the middle of the view.
  int64_t pointedTime() const;
  // What is in view as .svg or as an image of the kind that the name's ending says. Why it can't be written; empty: it is.
  QString exportImage(const QString& file);
  bool singleCalls() const;  // zoomed in so far that calls have labels

 public slots:
  void setFilter(const QString& expression);
  void setColourBy(const QString& field);  // "class", "errno", "duration", or a field of system calls
  void setHiddenHues(uint8_t hues);        // bit i: of legend()
  void setWallClock(bool on);
  void showRange(const analyzer::TimeSpan& span);  // remembered in the zoom history
  void selectRange(const analyzer::TimeSpan& span);
  void clearSelection();  // range, lanes and event
  void selectLanes(const std::vector<uint32_t>& lanes);
  void setPlayhead(std::optional<int64_t> ns);
  void goTo(const analyzer::EventRef& event);  // selects it, unfolds to its lane, brings it into view
  void goToTime(int64_t ns);
  void followTime(int64_t ns);  // the view goes on with it, page by page; not remembered
  void zoomIn();
  void zoomOut();
  void panLeft();
  void panRight();
  void zoomBack();
  void zoomForward();
  void fitSelection();
  void showAll();
  void nextEvent();
  void previousEvent();
  void foldAll();
  void unfoldAll();
  void hideSelectedLanes();
  void showOnlySelectedLanes();
  void showHiddenLanes();
  void pinSelectedLanes();
  void findLane();  // focuses the search field of the lane column

 signals:
  void loaded();                       // the lanes are there
  void failed(const QString& what);    // a line: a filter that makes no sense, a session that can't be read
  void grown();                        // as growSession() has it, or that failed
  void refined();                      // all that is in view was read from rows
  void progressChanged(double share);  // 1: idle
  void rangeChanged(const analyzer::TimeSpan& span);
  void selectionChanged();  // range or lanes
  void eventSelected(const analyzer::EventRef& event);
  void playheadChanged(std::optional<int64_t> ns);
  void zoomHistoryChanged(bool back, bool forward);
  void legendChanged();
  void valueMenuRequested(const ValueAt& value, const QPoint& global);
  void hovered(const QString& text);  // of what is under the mouse, plain; empty: nothing

 public:
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  bool viewportEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  struct Private;
  friend struct Private;
  std::unique_ptr<Private> d_;
};

}  // namespace ebpftrace::gui
