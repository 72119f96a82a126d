// SPDX-License-Identifier: Apache-2.0
// The event table: as many rows as there are, of which those in view are painted. Selected row and timeline follow each other.
// GUI thread; rows that are not read yet are shown as such until EventSource has them.
#pragma once

#include <QAbstractScrollArea>
#include <array>
#include <optional>

#include "gui/tables/event_columns.h"
#include "gui/tables/event_source.h"
#include "gui/tables/scroll_map.h"

class QPushButton;

namespace ebpftrace::gui {

class EventTable : public QAbstractScrollArea {
  Q_OBJECT

 public:
  explicit EventTable(EventSource& source, QWidget* parent = nullptr);

  // There is more of the recording: rows that are in view stay there, and where the last one is, the last one.
  void grow(std::shared_ptr<const Recording> recording);

  std::optional<uint64_t> currentRow() const { return current_; }
  uint64_t topRow() const { return top_; }
  uint64_t visibleRows() const;
  QString emptyText() const;  // what stands there instead of rows; empty: there are rows
  // Why there are none, and what a button does about it.
  void setWhyEmpty(const QString& sentence, const QString& button);

 public slots:
  void setCurrentRow(uint64_t row);                              // scrolls to it; selects it as if by a key
  void selectEvent(const ebpftrace::analyzer::EventRef& event);  // selects it without telling
  void showTime(int64_t ns);
  void clearCurrent();

 signals:
  void currentChanged(const ebpftrace::analyzer::EventRow& row);
  void eventChosen(const ebpftrace::analyzer::EventRow& row);  // double click, Return
  void valueMenuRequested(const ebpftrace::gui::PickedValue& value, const QPoint& global);
  void showMoreRequested();  // the button below the sentence

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void leaveEvent(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  void updateScrollBars();
  void setTop(uint64_t row);
  void makeVisible(uint64_t row);
  void tellCurrent();
  void paintHeader(QPainter& painter);
  void paintRow(QPainter& painter, const analyzer::EventRow* row, const QRect& place, bool odd, bool current,
                bool hovered);
  void layOut();
  void placeMore();
  int totalWidth() const;
  std::optional<uint64_t> rowAt(const QPoint& point) const;
  size_t columnAt(int x) const;
  void dragHeading();
  std::optional<size_t> edgeAt(const QPoint& point) const;  // of the header

  EventSource& source_;
  QString why_empty_;
  QPushButton* more_;
  std::array<int, kEventColumns> widths_{};
  bool widths_by_hand_ = false;
  uint64_t top_ = 0;
  ScrollMap map_;
  std::optional<uint64_t> current_, hovered_;
  std::optional<analyzer::EventRef> wanted_;  // to be selected when it is known where it is
  size_t current_column_ = 3;
  bool tell_when_read_ = false, scrolling_ = false;
  std::optional<size_t> dragged_edge_, pressed_heading_;
  int drag_from_ = 0, drag_width_ = 0, wheel_rest_ = 0;
  uint64_t most_duration_ns_ = 0;
};

}  // namespace ebpftrace::gui
