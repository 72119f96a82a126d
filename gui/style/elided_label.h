// SPDX-License-Identifier: Apache-2.0
// A label of one line that asks for no room: what doesn't fit is cut with an ellipsis, never within a letter.
#pragma once

#include <QLabel>
#include <QPainter>

#include "gui/style/shown_text.h"

namespace ebpftrace::gui {

class ElidedLabel : public QLabel {
 public:
  explicit ElidedLabel(QWidget* parent = nullptr) : QLabel(parent) {
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    const QRect room = contentsRect();
    painter.drawText(room, static_cast<int>(alignment()) | Qt::TextSingleLine,
                     fontMetrics().elidedText(text(), elide_mode_of(text()), room.width()));
  }
};

}  // namespace ebpftrace::gui
