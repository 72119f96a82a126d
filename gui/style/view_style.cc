// SPDX-License-Identifier: Apache-2.0
#include "gui/style/view_style.h"

#include <QPainter>
#include <QStyleOption>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"

namespace ebpftrace::gui {

ViewStyle::ViewStyle() : QProxyStyle(QStringLiteral("Fusion")) {}

void ViewStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                              const QWidget* widget) const {
  if (element != PE_FrameLineEdit && element != PE_PanelLineEdit)
    return QProxyStyle::drawPrimitive(element, option, painter, widget);
  const Colours& colours = colours_for(option->palette);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(option->state & State_HasFocus ? colours.gold : colours.border);
  painter->setBrush(Qt::NoBrush);
  if (element == PE_PanelLineEdit) painter->setBrush(option->state & State_Enabled ? colours.base : colours.window);
  painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), sizes::kRadius, sizes::kRadius);
  painter->restore();
}

}  // namespace ebpftrace::gui
