// SPDX-License-Identifier: Apache-2.0
#include "gui/window/legend.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/timeline/hatch.h"

namespace ebpftrace::gui {
namespace {

constexpr int kSwatch = 12, kGap = 6, kBetween = 16;
constexpr unsigned kWaitingHue = 1;  // any will do

}  // namespace

Legend::Legend(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::TabFocus);
  setFont(text_font(sizes::kBaseText));
  setAccessibleName(tr("Legend"));
  setToolTip(tr("Click on a colour to hide or show its calls"));
  setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  setHues({});
}

void Legend::setHues(const std::vector<QString>& names) {
  entries_.clear();
  for (size_t i = 0; i < names.size() && i < 6; ++i) entries_.push_back({names[i], 0, 0, static_cast<int>(i)});
  if (!names.empty()) {
    entries_.push_back({tr("waiting"), 0, 0, -1});
    entries_.push_back({tr("error"), 0, 0, -2});
    entries_.push_back({tr("events lost"), 0, 0, -3});
  }
  layOut();
}

void Legend::setHidden(uint8_t hues) {
  if (hues == hidden_) return;
  hidden_ = hues;
  update();
  emit hiddenChanged(hues);
}

void Legend::layOut() {
  int x = 0;
  QString text;
  for (Entry& entry : entries_) {
    entry.left = x;
    entry.width = (entry.hue == -2                      ? 3
                   : entry.hue == -1 || entry.hue == -3 ? 20
                                                        : kSwatch) +
                  kGap + fontMetrics().horizontalAdvance(entry.name);
    x += entry.width + kBetween;
    text += entry.name + QStringLiteral(", ");
  }
  setAccessibleDescription(text);
  updateGeometry();
  update();
}

QSize Legend::sizeHint() const {
  return {entries_.empty() ? 0 : entries_.back().left + entries_.back().width + 4, sizes::kStatusBar};
}

void Legend::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(this);
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const bool hidden = entry.hue >= 0 && (hidden_ >> entry.hue & 1) != 0;
    const int top = (height() - kSwatch) / 2;
    int width = kSwatch;
    if (entry.hue >= 0) {
      const QColor colour = colours.classes[static_cast<size_t>(entry.hue)];
      if (hidden) {
        painter.setPen(colour);
        painter.drawRect(QRect(entry.left, top, kSwatch - 1, kSwatch - 1));
      } else {
        painter.fillRect(QRect(entry.left, top, kSwatch, kSwatch), colour);
      }
    } else if (entry.hue == -2) {
      width = 3;
      painter.fillRect(QRect(entry.left, top, width, kSwatch), colours.error);
    } else {
      width = 20;
      const QRect swatch(entry.left, top, width, kSwatch);
      const Hatches hatches(colours, devicePixelRatioF());
      painter.setBrushOrigin(swatch.topLeft());
      if (entry.hue == -1) painter.fillRect(swatch, hatches.waitingTint(kWaitingHue));
      painter.fillRect(swatch, entry.hue == -1 ? hatches.waiting(kWaitingHue) : hatches.lost());
    }
    painter.setPen(hidden ? colours.muted : colours.text);
    QFont of_text = font();
    of_text.setStrikeOut(hidden);
    painter.setFont(of_text);
    painter.drawText(QRect(entry.left + width + kGap, 0, entry.width, height()), Qt::AlignVCenter | Qt::AlignLeft,
                     entry.name);
    if (hasFocus() && static_cast<int>(i) == current_) {
      painter.setPen(colours.gold);
      painter.drawRect(QRect(entry.left - 3, 2, entry.width + 6, height() - 5));
    }
  }
}

void Legend::mouseReleaseEvent(QMouseEvent* event) {
  const int x = event->position().toPoint().x();
  for (const Entry& entry : entries_)
    if (entry.hue >= 0 && x >= entry.left && x < entry.left + entry.width)
      setHidden(static_cast<uint8_t>(hidden_ ^ (1u << entry.hue)));
}

void Legend::keyPressEvent(QKeyEvent* event) {
  int hues = 0;
  for (const Entry& entry : entries_) hues += entry.hue >= 0;
  if (!hues) return;
  if (event->key() == Qt::Key_Left)
    current_ = (current_ + hues - 1) % hues;
  else if (event->key() == Qt::Key_Right)
    current_ = (current_ + 1) % hues;
  else if (event->key() == Qt::Key_Space)
    setHidden(static_cast<uint8_t>(hidden_ ^ (1u << current_)));
  else
    return QWidget::keyPressEvent(event);
  update();
}

}  // namespace ebpftrace::gui
