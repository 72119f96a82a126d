// SPDX-License-Identifier: Apache-2.0
// One way of a stream by offset: what was written beside what was read, 16 bytes a line, where they differ marked, and stretches
// that neither end kept as one line. Above it, which calls it went by. Paints the lines in view only.
#pragma once

#include <QAbstractScrollArea>
#include <QScrollBar>
#include <memory>
#include <optional>

#include "gui/stream/stream_story.h"
#include "gui/timeline/hatch.h"

namespace ebpftrace::gui {

class BytesView : public QAbstractScrollArea {
  Q_OBJECT

 public:
  explicit BytesView(QWidget* parent = nullptr);

  void setStory(std::shared_ptr<const StreamStory> story, StreamWay way);
  StreamWay way() const { return way_; }
  // Bytes that are the user's choice, of this way: scrolled to.
  void mark(uint64_t offset, uint64_t bytes);
  uint64_t topLine() const { return static_cast<uint64_t>(verticalScrollBar()->value()); }
  QString lineText(uint64_t line) const;  // "00d0  d2 8d …  d2 8d …  ···"; a gap: what it is

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  struct Columns {
    int offset, written, read, text, end;
    bool both;
  };
  Columns layOut() const;
  const WayStory* story() const;
  void updateScrollBar();
  void paintStrip(QPainter& painter, const QRect& place) const;
  QString offsetText(uint64_t offset) const;

  std::shared_ptr<const StreamStory> whole_;
  StreamWay way_ = StreamWay::kThrough;
  uint64_t marked_ = 0, marked_bytes_ = 0;
  Hatches hatches_;
};

}  // namespace ebpftrace::gui
