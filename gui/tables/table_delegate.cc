// SPDX-License-Identifier: Apache-2.0
#include "gui/tables/table_delegate.h"

#include <QApplication>
#include <QPainterPath>

#include "gui/style/shown_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/tables/result_model.h"

namespace ebpftrace::gui {
namespace {

constexpr int kMark = 4, kGap = 6, kSide = 8;

}  // namespace

void paint_severity(QPainter& painter, const QRectF& square, const QString& severity, const Colours& colours) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const QRectF box = square.adjusted(1, 1, -1, -1);
  if (severity == QLatin1String("alert")) {
    QPainterPath shield(box.topLeft());
    shield.lineTo(box.topRight());
    shield.lineTo(box.right(), box.center().y());
    shield.lineTo(box.center().x(), box.bottom());
    shield.lineTo(box.left(), box.center().y());
    shield.closeSubpath();
    painter.fillPath(shield, colours.error);
  } else if (severity == QLatin1String("warning")) {
    QPainterPath triangle(QPointF(box.center().x(), box.top()));
    triangle.lineTo(box.bottomRight());
    triangle.lineTo(box.bottomLeft());
    triangle.closeSubpath();
    painter.fillPath(triangle, colours.warning);
  } else if (!severity.isEmpty()) {
    painter.setPen(QPen(colours.muted, 1.4));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(box.adjusted(1, 1, -1, -1));
  }
  painter.restore();
}

QSize TableDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const QString text = index.data(Qt::DisplayRole).toString();
  const bool fixed = index.data(ResultModel::kFixedPitchRole).toBool();
  const QFontMetrics metrics(fixed ? fixed_font(sizes::kFixedText) : option.font);
  int width = metrics.horizontalAdvance(text) + 2 * kSide;
  if (index.data(ResultModel::kClassRole).isValid()) width += kMark + kGap;
  if (index.data(ResultModel::kSeverityRole).isValid()) width += 18;
  return {width, std::max(sizes::kRow, QFontMetrics(option.font).height() + 4)};
}

void TableDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const Colours& colours = colours_for(option.palette);
  const bool selected = option.state & QStyle::State_Selected;
  const bool hovered = option.state & QStyle::State_MouseOver;
  painter->save();
  QColor background = option.features & QStyleOptionViewItem::Alternate ? colours.alternate : colours.base;
  if (hovered) background = colours.hover;
  if (selected) background = colours.gold_tint;
  painter->fillRect(option.rect, background);
  QRect room = option.rect.adjusted(kSide, 0, -kSide, 0);
  const auto alignment = static_cast<Qt::Alignment>(index.data(Qt::TextAlignmentRole).toInt());
  if (const QVariant bar = index.data(ResultModel::kBarRole); bar.isValid()) {
    const int width = static_cast<int>(bar.toDouble() * (option.rect.width() - 4));
    painter->fillRect(QRect(option.rect.right() - 1 - width, option.rect.top() + 2, width, option.rect.height() - 4),
                      mixed(colours.classes[0], background, colours.dark ? 0.30 : 0.20));
  }
  if (const QVariant mark = index.data(ResultModel::kClassRole); mark.isValid()) {
    painter->fillRect(QRect(room.left(), room.center().y() - 5, kMark, 12),
                      colours.classes[static_cast<size_t>(mark.toInt()) % colours.classes.size()]);
    room.setLeft(room.left() + kMark + kGap);
  }
  if (const QVariant severity = index.data(ResultModel::kSeverityRole); severity.isValid()) {
    paint_severity(*painter, QRectF(room.left(), room.center().y() - 6, 12, 12), severity.toString(), colours);
    room.setLeft(room.left() + 18);
  }
  const bool absent = index.data(ResultModel::kAbsentRole).toBool();
  const bool fixed = index.data(ResultModel::kFixedPitchRole).toBool();
  painter->setFont(fixed && !absent ? fixed_font(sizes::kFixedText) : option.font);
  painter->setPen(absent ? colours.muted : colours.text);
  const QString text = index.data(Qt::DisplayRole).toString();
  const QFontMetrics metrics(painter->font());
  const bool is_number = alignment & Qt::AlignRight;
  // Numbers are never cut: the column is too narrow then, and says so.
  QString shown = text;
  if (metrics.horizontalAdvance(text) > room.width())
    shown = is_number ? QStringLiteral("…") : metrics.elidedText(text, elide_mode_of(text), room.width());
  painter->drawText(room, static_cast<int>(alignment), shown);
  painter->restore();
}

}  // namespace ebpftrace::gui
