// SPDX-License-Identifier: Apache-2.0
#include "gui/style/icons.h"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <optional>

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

class DrawnIcon : public QIconEngine {
 public:
  explicit DrawnIcon(Icon icon, std::optional<QColor> colour = {}) : icon_(icon), colour_(std::move(colour)) {}

  void paint(QPainter* painter, const QRect& place, QIcon::Mode mode, QIcon::State) override {
    const QColor colour = colourNow(mode);
    const double side = std::min(place.width(), place.height());
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(place.x() + (place.width() - side) / 2, place.y() + (place.height() - side) / 2);
    painter->scale(side / kGrid, side / kGrid);
    if (icon_ == Icon::kRecord || icon_ == Icon::kPlay)
      painter->fillPath(shape(icon_), colour);
    else
      painter->strokePath(shape(icon_), QPen(colour, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->restore();
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect(QPoint(), size), mode, state);
    return pixmap;
  }
  QSize actualSize(const QSize& size, QIcon::Mode, QIcon::State) override { return size; }
  QIconEngine* clone() const override { return new DrawnIcon(*this); }

 private:
  static constexpr double kGrid = 16;

  QColor colourNow(QIcon::Mode mode) const {
    if (colour_) return *colour_;
    const Colours& colours = colours_for(QApplication::palette());
    if (mode == QIcon::Disabled) return mixed(colours.muted, colours.window, 0.5);
    return icon_ == Icon::kRecord ? colours.error : icon_ == Icon::kWarning ? colours.warning : colours.text;
  }

  Icon icon_;
  std::optional<QColor> colour_;
};

}  // namespace

QIcon drawn_icon(Icon icon, const QColor& colour) { return QIcon(new DrawnIcon(icon, colour)); }

QIcon themed_icon(Icon icon) { return QIcon(new DrawnIcon(icon)); }

IconLabel::IconLabel(Icon icon, QWidget* parent) : QWidget(parent), icon_(icon) { setFixedSize(16, 16); }

void IconLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  DrawnIcon(icon_).paint(&painter, rect(), QIcon::Normal, QIcon::Off);
}

}  // namespace ebpftrace::gui
