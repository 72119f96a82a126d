// SPDX-License-Identifier: Apache-2.0
// Whole device pixels under a painter. At a scale of 1.25 or 1.5 a line of one pixel is drawn over one or over two of the
// screen's, by where it happens to lie; here it is as wide everywhere, and no edge is a blur.
#pragma once

#include <QPainter>
#include <QRectF>
#include <algorithm>
#include <cmath>

namespace ebpftrace::gui {

class DeviceGrid {
 public:
  explicit DeviceGrid(const QPainter& painter) {
    const QTransform to = painter.deviceTransform();
    scale_x_ = to.m11() > 0 ? to.m11() : 1;
    scale_y_ = to.m22() > 0 ? to.m22() : 1;
    shift_x_ = to.dx();
    shift_y_ = to.dy();
  }

  // The nearest edge between two device pixels.
  double x(double at) const { return (std::round(at * scale_x_ + shift_x_) - shift_x_) / scale_x_; }
  double y(double at) const { return (std::round(at * scale_y_ + shift_y_) - shift_y_) / scale_y_; }
  // The left edge of the device pixel that holds it: where a time is shown.
  double pixel(double at) const {
    constexpr double kRounding = 1e-6;
    return (std::floor(at * scale_x_ + shift_x_ + kRounding) - shift_x_) / scale_x_;
  }
  // Of a line or a bar: whole device pixels, at least one. Halves go down, so hairlines stay one pixel up to a scale of 1.5.
  double width(double logical) const { return device(logical, scale_x_) / scale_x_; }
  double height(double logical) const { return device(logical, scale_y_) / scale_y_; }

  QRectF rect(const QRectF& of) const {
    const QPointF from(x(of.left()), y(of.top()));
    return {from, QPointF(x(of.right()), y(of.bottom()))};
  }
  // Lines: that which begins at an edge, that which ends there, and that in which a time lies.
  QRectF below(double left, double at, double wide, double thick = 1) const {
    return {x(left), y(at), x(left + wide) - x(left), height(thick)};
  }
  QRectF above(double left, double at, double wide, double thick = 1) const {
    return {x(left), y(at) - height(thick), x(left + wide) - x(left), height(thick)};
  }
  QRectF before(double at, double top, double high, double thick = 1) const {
    return {x(at) - width(thick), y(top), width(thick), y(top + high) - y(top)};
  }
  QRectF upright(double at, double top, double high, double thick = 1) const {
    return {pixel(at), y(top), width(thick), y(top + high) - y(top)};
  }

  // Around a rectangle of whole pixels, outside of it.
  void outline(QPainter& painter, const QRectF& around, double thick, const QColor& colour) const {
    const double wide = width(thick), high = height(thick);
    const QRectF out = around.adjusted(-wide, -high, wide, high);
    painter.fillRect(QRectF(out.left(), out.top(), out.width(), high), colour);
    painter.fillRect(QRectF(out.left(), out.bottom() - high, out.width(), high), colour);
    painter.fillRect(QRectF(out.left(), out.top(), wide, out.height()), colour);
    painter.fillRect(QRectF(out.right() - wide, out.top(), wide, out.height()), colour);
  }

  // An image of device pixels where it belongs: pixel for pixel if it is as wide as its place, else stretched.
  void draw(QPainter& painter, const QRectF& where, const QImage& image) const {
    if (std::abs(where.width() * scale_x_ - image.width()) < 1)
      painter.drawImage(QRectF(x(where.left()), y(where.top()), image.width() / scale_x_, image.height() / scale_y_),
                        image, QRectF(0, 0, image.width(), image.height()));
    else
      painter.drawImage(QRectF(where.left(), y(where.top()), where.width(), image.height() / scale_y_), image,
                        QRectF(0, 0, image.width(), image.height()));
  }

 private:
  static double device(double logical, double scale) { return std::max(1.0, std::ceil(logical * scale - 0.5 - 1e-6)); }

  double scale_x_, scale_y_, shift_x_, shift_y_;
};

}  // namespace ebpftrace::gui
