// SPDX-License-Identifier: Apache-2.0
// Fusion with fields whose frame is seen in both themes: 1 px of the border's colour, gold where the keyboard is; and with headings
// that stand over their columns' text.
#pragma once

#include <QProxyStyle>

namespace ebpftrace::gui {

class ViewStyle : public QProxyStyle {
  Q_OBJECT

 public:
  ViewStyle();
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                   const QWidget* widget) const override;
  QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents,
                         const QWidget* widget) const override;

 private:
  // What a heading has on either side beyond Fusion's own margin.
  int headingSide(const QStyleOption* option, const QWidget* widget) const;
};

}  // namespace ebpftrace::gui
