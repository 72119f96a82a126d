// SPDX-License-Identifier: Apache-2.0
#include "gui/window/tab_bar.h"

#include <QPainter>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {

TabBar::TabBar(QWidget* parent) : QTabBar(parent) {
  setDrawBase(false);
  setExpanding(false);
  setUsesScrollButtons(true);
  setElideMode(Qt::ElideNone);
  setFocusPolicy(Qt::TabFocus);
  setMouseTracking(true);
}

QSize TabBar::tabSizeHint(int index) const {
  const QFontMetrics metrics(text_font(sizes::kMenuText, Weight::kSemiBold));
  return {metrics.horizontalAdvance(tabText(index)) + 2 * sizes::kPadding, sizes::kTabs};
}

void TabBar::paintEvent(QPaintEvent*) {
  const Colours& colours = colours_for(palette());
  QPainter painter(this);
  const QPoint mouse = mapFromGlobal(QCursor::pos());
  for (int i = 0; i < count(); ++i) {
    const QRect place = tabRect(i);
    const bool front = i == currentIndex();
    painter.setFont(text_font(sizes::kMenuText, front ? Weight::kSemiBold : Weight::kRegular));
    painter.setPen(front ? colours.text : underMouse() && place.contains(mouse) ? colours.text : colours.muted);
    painter.drawText(place, Qt::AlignCenter, tabText(i));
    if (front) painter.fillRect(QRect(place.left() + 8, place.bottom() - 2, place.width() - 16, 3), colours.gold);
    if (front && hasFocus()) {
      painter.setPen(colours.gold);
      painter.drawRect(place.adjusted(3, 3, -4, -5));
    }
  }
}

}  // namespace ebpftrace::gui
