// SPDX-License-Identifier: Apache-2.0
// Fusion with fields whose frame is seen in both themes: 1 px of the border's colour, gold where the keyboard is.
#pragma once

#include <QProxyStyle>

namespace ebpftrace::gui {

class ViewStyle : public QProxyStyle {
  Q_OBJECT

 public:
  ViewStyle();
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
};

}  // namespace ebpftrace::gui
