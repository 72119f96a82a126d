// SPDX-License-Identifier: Apache-2.0
// Paints the cells of a ResultModel: a bar behind a number, muted dashes for what isn't known, severity marks, a gold edge and
// tint on the selected row.
#pragma once

#include <QPainter>
#include <QStyledItemDelegate>

#include "gui/style/palette.h"

namespace ebpftrace::gui {

class TableDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

// Shield, triangle or ring of a severity, in a square; anything else: nothing.
void paint_severity(QPainter& painter, const QRectF& square, const QString& severity, const Colours& colours);

}  // namespace ebpftrace::gui
