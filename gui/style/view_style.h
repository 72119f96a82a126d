// SPDX-License-Identifier: Apache-2.0
// Fusion with fields and boxes whose frame is seen in both themes: 1 px of the border's colour, gold where the keyboard is; with headings that
// stand over their columns' text, icons a space away from theirs, and bars without lines that are brighter than what they part.
#pragma once

#include <QProxyStyle>
#include <QStyleOptionToolButton>

namespace ebpftrace::gui {

class ViewStyle : public QProxyStyle {
  Q_OBJECT

 public:
  ViewStyle();
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                   const QWidget* widget) const override;
  QRect subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const override;
  QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents,
                         const QWidget* widget) const override;

 private:
  static void drawIndicator(bool round, const QStyleOption& option, QPainter& painter);
  static bool hasIconAndText(const QStyleOptionToolButton& button);
  // What a heading has on either side beyond Fusion's own margin.
  int headingSide(const QStyleOption* option, const QWidget* widget) const;
};

}  // namespace ebpftrace::gui
