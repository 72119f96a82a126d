// SPDX-License-Identifier: Apache-2.0
// What went through a stream, transfer by transfer in order of time: who, when, how much, then the bytes as text or hex, with
// gaps that say why. Paints the lines in view only. Bytes are whatever somebody sent: they are drawn, never interpreted.
#pragma once

#include <QAbstractScrollArea>
#include <QString>
#include <memory>
#include <optional>
#include <vector>

#include "gui/stream/stream_story.h"
#include "gui/timeline/hatch.h"

namespace ebpftrace::gui {

class Conversation : public QAbstractScrollArea {
  Q_OBJECT

 public:
  explicit Conversation(QWidget* parent = nullptr);

  void setStory(std::shared_ptr<const StreamStory> story);
  // Of that story, for so many columns.
  void setLines(std::vector<StoryLine> lines);
  unsigned columns() const;  // characters that a line has room for
  const std::vector<StoryLine>& lines() const { return lines_; }
  std::optional<size_t> current() const { return current_; }
  void setCurrent(std::optional<size_t> transfer);  // scrolls to it; without telling
  QString currentText() const;                      // its bytes as text, for copying
  QString lineText(size_t line) const;

 signals:
  void columnsChanged();
  void currentChanged(size_t transfer);
  void chosen(size_t transfer);         // Return, double click: its event
  void openRequested(size_t transfer);  // all of it
  void menuRequested(size_t transfer, const QPoint& global);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  std::optional<size_t> lineAt(int y) const;
  void makeCurrent(size_t transfer);
  void showLine(size_t first, size_t end);
  void updateScrollBar();
  const QColor& colourOf(const Transfer& transfer, const Colours& colours) const;

  std::shared_ptr<const StreamStory> story_;
  std::vector<StoryLine> lines_;
  std::optional<size_t> current_;
  unsigned told_columns_ = 0;
  Hatches hatches_;
};

// The colour of what goes that way.
const QColor& way_colour(StreamWay way, const Colours& colours);
// "→", "←"; of what has one way, of reads "↤"
QString way_arrow(StreamWay way, bool written);

}  // namespace ebpftrace::gui
