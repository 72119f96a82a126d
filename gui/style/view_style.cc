// SPDX-License-Identifier: Apache-2.0
#include "gui/style/view_style.h"

#include <QPainter>
#include <QStyleOption>
#include <algorithm>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"

namespace ebpftrace::gui {

ViewStyle::ViewStyle() : QProxyStyle(QStringLiteral("Fusion")) {}

void ViewStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                              const QWidget* widget) const {
  if (element == PE_IndicatorCheckBox || element == PE_IndicatorRadioButton)
    return drawIndicator(element == PE_IndicatorRadioButton, *option, *painter);
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

// Fusion's are a shade of the window: in the dark one does not see what could be chosen.
void ViewStyle::drawIndicator(bool round, const QStyleOption& option, QPainter& painter) {
  const Colours& colours = colours_for(option.palette);
  const bool enabled = option.state & State_Enabled;
  const QColor ink = enabled ? colours.text : colours.tick;
  const double side = std::min(option.rect.width(), option.rect.height()) - 1;
  const QRectF box(option.rect.center().x() + 0.5 - side / 2, option.rect.center().y() + 0.5 - side / 2, side, side);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(option.state & State_MouseOver && enabled ? colours.text : colours.tick);
  painter.setBrush(enabled ? colours.base : colours.window);
  if (round)
    painter.drawEllipse(box);
  else
    painter.drawRoundedRect(box, 2, 2);
  if (option.state & State_On && round) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    painter.drawEllipse(box.center(), side * 0.24, side * 0.24);
  } else if (option.state & State_On) {
    painter.setPen(QPen(ink, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(
        QPolygonF({box.topLeft() + QPointF(side * 0.24, side * 0.52), box.topLeft() + QPointF(side * 0.44, side * 0.72),
                   box.topLeft() + QPointF(side * 0.78, side * 0.30)}));
  } else if (option.state & State_NoChange) {
    painter.fillRect(box.adjusted(side * 0.25, side * 0.42, -side * 0.25, -side * 0.42), ink);
  }
  painter.restore();
}

QRect ViewStyle::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const {
  const QRect place = QProxyStyle::subElementRect(element, option, widget);
  return element == SE_LineEditContents ? place.adjusted(3, 0, -1, 0) : place;
}

bool ViewStyle::hasIconAndText(const QStyleOptionToolButton& button) {
  return button.toolButtonStyle == Qt::ToolButtonTextBesideIcon && !button.icon.isNull() && !button.text.isEmpty();
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
  // Fusion sets bars off by lines that are lighter than the window: in the dark, the brightest thing there is.
  if (element == CE_ToolBar) return painter->fillRect(option->rect, option->palette.window());
  if (element == CE_MenuBarItem || element == CE_MenuBarEmptyArea) {
    QProxyStyle::drawControl(element, option, painter, widget);
    const QRect& place = option->rect;
    painter->fillRect(QRect(place.left(), place.bottom(), place.width(), 1), colours_for(option->palette).border);
    return;
  }
  if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option);
      button && element == CE_ToolButtonLabel && hasIconAndText(*button)) {
    QStyleOptionToolButton wider = *button;
    wider.text.prepend(u' ');
    return QProxyStyle::drawControl(element, &wider, painter, widget);
  }
  if (element != CE_HeaderLabel) return QProxyStyle::drawControl(element, option, painter, widget);
  if (const auto* header = qstyleoption_cast<const QStyleOptionHeaderV2*>(option)) return draw(*header);
  if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) return draw(*header);
  QProxyStyle::drawControl(element, option, painter, widget);
}

QSize ViewStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents,
                                  const QWidget* widget) const {
  QSize size = QProxyStyle::sizeFromContents(type, option, contents, widget);
  if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option);
      button && type == CT_ToolButton && hasIconAndText(*button))
    size.rwidth() += button->fontMetrics.horizontalAdvance(u' ');
  if (type == CT_HeaderSection) size.rwidth() += 2 * headingSide(option, widget);
  return size;
}

}  // namespace ebpftrace::gui
