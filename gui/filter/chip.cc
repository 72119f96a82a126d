// SPDX-License-Identifier: Apache-2.0
#include "gui/filter/chip.h"

#include <QPainter>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {
namespace {

constexpr int kHeight = 24, kCross = 16, kWidest = 240;

}  // namespace

Chip::Chip(const QString& prefix, const QString& text, bool gold, QWidget* parent)
    : QAbstractButton(parent), prefix_(prefix), gold_(gold) {
  setFocusPolicy(Qt::TabFocus);
  setFont(text_font(sizes::kBaseText));
  setCursor(Qt::PointingHandCursor);
  setText(text);
  setToolTip(QStringLiteral("<span>") + tr("Take away: %1").arg(text).toHtmlEscaped() + QStringLiteral("</span>"));
  setAccessibleName(tr("Take away %1 %2").arg(prefix, text));
  shown_ = fontMetrics().elidedText(text, Qt::ElideMiddle, kWidest);
}

QSize Chip::sizeHint() const {
  int width = fontMetrics().horizontalAdvance(shown_) + 2 * sizes::kPadding + kCross;
  if (!prefix_.isEmpty()) width += fontMetrics().horizontalAdvance(prefix_) + 6;
  return {width, kHeight};
}

QSize Chip::minimumSizeHint() const { return sizeHint(); }

void Chip::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QColor fill = gold_ ? colours.gold_tint : mixed(colours.classes[0], colours.window, colours.dark ? 0.16 : 0.10);
  painter.setPen(gold_ ? colours.gold : mixed(colours.classes[0], colours.window, 0.3));
  if (hasFocus()) painter.setPen(QPen(colours.gold, 1.6));
  painter.setBrush(underMouse() ? mixed(colours.text, fill, 0.06) : fill);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), sizes::kRadius, sizes::kRadius);
  QRect room = rect().adjusted(sizes::kPadding, 0, -sizes::kPadding, 0);
  if (!prefix_.isEmpty()) {
    painter.setPen(gold_ ? colours.gold_text : colours.muted);
    painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft, prefix_);
    room.setLeft(room.left() + fontMetrics().horizontalAdvance(prefix_) + 6);
  }
  painter.setPen(gold_ ? colours.gold_text : colours.text);
  painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft, shown_);
  const QPointF centre(rect().right() - sizes::kPadding - 3, rect().center().y() + 0.5);
  painter.setPen(QPen(gold_ ? colours.gold_text : colours.muted, 1.2));
  painter.drawLine(centre + QPointF(-3, -3), centre + QPointF(3, 3));
  painter.drawLine(centre + QPointF(-3, 3), centre + QPointF(3, -3));
}

}  // namespace ebpftrace::gui
