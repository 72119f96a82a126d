// SPDX-License-Identifier: Apache-2.0
#include "gui/timeline/hatch.h"

#include <QPainter>
#include <QPixmap>
#include <cmath>

namespace ebpftrace::gui {
namespace {

QColor with_alpha(QColor colour, double alpha) {
  colour.setAlphaF(static_cast<float>(alpha));
  return colour;
}

// Lines at 45 degrees, so far apart across.
QBrush tile(const QColor& ground, const QColor& line, double line_width, double apart, bool rising, double ratio) {
  // A whole number of device pixels, or the tiles' edges would show.
  const int side = static_cast<int>(std::lround(apart * std::sqrt(2.0) * ratio));
  QPixmap pixmap(side, side);
  pixmap.fill(ground);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(line, line_width * ratio, Qt::SolidLine, Qt::FlatCap));
  for (int shift = -side; shift <= side; shift += side) {
    if (rising)
      painter.drawLine(QPointF(shift - side, side * 2.0), QPointF(shift + side * 2.0, -side));
    else
      painter.drawLine(QPointF(shift - side, -side), QPointF(shift + side * 2.0, side * 2.0));
  }
  painter.end();
  pixmap.setDevicePixelRatio(ratio);
  return {pixmap};
}

}  // namespace

Hatches::Hatches(const Colours& colours, double ratio) {
  for (size_t i = 0; i < waiting_.size(); ++i) {
    const QColor hue = colours.classes[i];
    tint_[i] = mixed(hue, colours.base, colours.dark ? 0.13 : 0.10);
    waiting_[i] = tile(tint_[i], with_alpha(hue, colours.dark ? 0.42 : 0.34), 1.6, 6, true, ratio);
  }
  lost_ = tile(with_alpha(colours.error, 0.14), with_alpha(colours.text, 0.82), 3, 8, false, ratio);
  not_kept_ = tile(Qt::transparent, with_alpha(colours.text, 0.16), 2.2, 8, false, ratio);
}

}  // namespace ebpftrace::gui
