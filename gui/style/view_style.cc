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

int ViewStyle::headingSide(const QStyleOption* option, const QWidget* widget) const {
  return sizes::kPadding - pixelMetric(PM_HeaderMargin, option, widget);
}

void ViewStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                            const QWidget* widget) const {
  const auto draw = [&](auto header) {
    const int side = headingSide(option, widget);
    header.rect.adjust(side, 0, -side, 0);
    header.version = decltype(header)::Version;
    QProxyStyle::drawControl(element, &header, painter, widget);
  };
  if (element != CE_HeaderLabel) return QProxyStyle::drawControl(element, option, painter, widget);
  if (const auto* header = qstyleoption_cast<const QStyleOptionHeaderV2*>(option)) return draw(*header);
  if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) return draw(*header);
  QProxyStyle::drawControl(element, option, painter, widget);
}

QSize ViewStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents,
                                  const QWidget* widget) const {
  QSize size = QProxyStyle::sizeFromContents(type, option, contents, widget);
  if (type == CT_HeaderSection) size.rwidth() += 2 * headingSide(option, widget);
  return size;
}

}  // namespace ebpftrace::gui
