// SPDX-License-Identifier: Apache-2.0
#include "gui/style/icons.h"

#include <QPainter>
#include <QPainterPath>

#include "gui/style/palette.h"

namespace ebpftrace::gui {
namespace {

QPainterPath lines(std::initializer_list<std::initializer_list<QPointF>> strokes) {
  QPainterPath path;
  for (const auto& stroke : strokes) {
    bool first = true;
    for (const QPointF& point : stroke) {
      if (first)
        path.moveTo(point);
      else
        path.lineTo(point);
      first = false;
    }
  }
  return path;
}

QPainterPath shape(Icon icon) {
  QPainterPath path;
  switch (icon) {
    case Icon::kOpen:
      return lines({{{2, 13}, {2, 3.5}, {6, 3.5}, {7.5, 5.5}, {13, 5.5}, {13, 7.5}},
                    {{2, 13}, {4.5, 7.5}, {15, 7.5}, {12.5, 13}, {2, 13}}});
    case Icon::kRecord:
      path.addEllipse(QRectF(4, 4, 8, 8));
      return path;
    case Icon::kBack:
    case Icon::kPrevious:
      return lines({{{10, 3}, {5, 8}, {10, 13}}});
    case Icon::kForward:
    case Icon::kNext:
      return lines({{{6, 3}, {11, 8}, {6, 13}}});
    case Icon::kFit:
      return lines({{{2.5, 3}, {2.5, 13}},
                    {{13.5, 3}, {13.5, 13}},
                    {{5, 8}, {11, 8}},
                    {{6.8, 6}, {4.8, 8}, {6.8, 10}},
                    {{9.2, 6}, {11.2, 8}, {9.2, 10}}});
    case Icon::kWhole:
      return lines({{{2.5, 6}, {2.5, 2.5}, {6, 2.5}},
                    {{10, 2.5}, {13.5, 2.5}, {13.5, 6}},
                    {{13.5, 10}, {13.5, 13.5}, {10, 13.5}},
                    {{6, 13.5}, {2.5, 13.5}, {2.5, 10}}});
    case Icon::kSearch:
      path.addEllipse(QRectF(2.5, 2.5, 8, 8));
      path.addPath(lines({{{9.6, 9.6}, {13.5, 13.5}}}));
      return path;
    case Icon::kFilter:
      return lines({{{2.5, 3}, {13.5, 3}, {9.5, 8}, {9.5, 13}, {6.5, 11.5}, {6.5, 8}, {2.5, 3}}});
    case Icon::kUndo:
      path = lines({{{5.5, 2.5}, {2.5, 5.5}, {5.5, 8.5}}, {{2.5, 5.5}, {10, 5.5}}});
      path.arcTo(QRectF(6.5, 5.5, 7, 7), 90, -180);
      path.lineTo(6, 12.5);
      return path;
    case Icon::kTerminal:
      return lines(
          {{{2, 3}, {14, 3}, {14, 13}, {2, 13}, {2, 3}}, {{4.5, 6}, {6.5, 8}, {4.5, 10}}, {{8, 10.3}, {11, 10.3}}});
    case Icon::kCheck:
      return lines({{{3, 8.5}, {6.5, 12}, {13, 4.5}}});
    case Icon::kWarning:
      return lines({{{8, 2.5}, {14, 13.2}, {2, 13.2}, {8, 2.5}}, {{8, 6.5}, {8, 9.5}}, {{8, 11.2}, {8, 11.6}}});
    case Icon::kCopy:
      return lines({{{5.5, 5.5}, {13.5, 5.5}, {13.5, 13.5}, {5.5, 13.5}, {5.5, 5.5}},
                    {{10.5, 5.5}, {10.5, 2.5}, {2.5, 2.5}, {2.5, 10.5}, {5.5, 10.5}}});
    case Icon::kPlay:
      return lines({{{4.5, 3}, {12.5, 8}, {4.5, 13}, {4.5, 3}}});
    case Icon::kPause:
      return lines({{{5.5, 3}, {5.5, 13}}, {{10.5, 3}, {10.5, 13}}});
    case Icon::kStepBack:
      return lines({{{4, 3.5}, {4, 12.5}}, {{12, 3.5}, {6.5, 8}, {12, 12.5}, {12, 3.5}}});
    case Icon::kStepForward:
      return lines({{{12, 3.5}, {12, 12.5}}, {{4, 3.5}, {9.5, 8}, {4, 12.5}, {4, 3.5}}});
    case Icon::kLoop:
      return lines({{{12.5, 8}, {12.5, 11.5}, {3.5, 11.5}, {3.5, 5}, {12, 5}}, {{9.8, 2.6}, {12.2, 5}, {9.8, 7.4}}});
    case Icon::kSkip:
      return lines({{{2.5, 3.5}, {7, 8}, {2.5, 12.5}}, {{8, 3.5}, {12.5, 8}, {8, 12.5}}});
  }
  return path;
}

QPixmap drawn(Icon icon, const QColor& colour, int size, double ratio) {
  QPixmap pixmap(static_cast<int>(size * ratio), static_cast<int>(size * ratio));
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.scale(size / 16.0, size / 16.0);
  if (icon == Icon::kRecord || icon == Icon::kPlay)
    painter.fillPath(shape(icon), colour);
  else
    painter.strokePath(shape(icon), QPen(colour, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  return pixmap;
}

}  // namespace

QIcon drawn_icon(Icon icon, const QColor& colour, const QColor& disabled) {
  QIcon made;
  for (const double ratio : {1.0, 1.5, 2.0}) {
    made.addPixmap(drawn(icon, colour, 16, ratio), QIcon::Normal);
    made.addPixmap(drawn(icon, disabled, 16, ratio), QIcon::Disabled);
  }
  return made;
}

QIcon themed_icon(Icon icon, const QWidget& widget) {
  const Colours& colours = colours_for(widget.palette());
  const QColor colour = icon == Icon::kRecord ? colours.error : colours.text;
  return drawn_icon(icon, colour, mixed(colours.muted, colours.window, 0.5));
}

}  // namespace ebpftrace::gui
