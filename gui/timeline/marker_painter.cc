// SPDX-License-Identifier: Apache-2.0
// Markers, the user's and (muted) the recorded ones: a line over everything, a pennant in the ruler, the text at the top of the lanes where there is room for it.
#include <algorithm>
#include <cmath>

#include "gui/style/device_grid.h"
#include "gui/timeline/painters.h"

namespace ebpftrace::gui {
namespace {

QPolygonF pennant(double x, double top) { return {{QPointF(x, top), QPointF(x + 9, top + 3.5), QPointF(x, top + 7)}}; }

QColor colour_of(const TimeMark& mark, const Colours& colours) { return mark.recorded ? colours.muted : colours.text; }

}  // namespace

void paint_marks_in_minimap(QPainter& painter, const Scene& scene) {
  const QRect rect = scene.layout.minimapRect();
  const TimeSpan all = scene.axis.extent();
  painter.save();
  painter.setClipRect(rect);
  painter.setRenderHint(QPainter::Antialiasing);
  const DeviceGrid grid(painter);
  for (const TimeMark& mark : scene.marks) {
    const double share = static_cast<double>(mark.at_ns - all.from_ns) / static_cast<double>(all.length_ns());
    const double x = grid.pixel(rect.left() + share * rect.width());
    const QColor colour = colour_of(mark, *scene.colours);
    painter.fillRect(grid.upright(x, rect.top() + kMinimapFlags, rect.height() - kMinimapFlags), colour);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawPolygon(pennant(x, rect.top() + kMinimapFlags));
  }
  painter.restore();
}

void paint_marks(QPainter& painter, const Scene& scene) {
  const Colours& colours = *scene.colours;
  const QRect ruler = scene.layout.rulerRect(), lanes = scene.layout.lanesRect();
  painter.save();
  painter.setClipRect(ruler.united(lanes));
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(scene.fonts->bar);
  const DeviceGrid grid(painter);
  constexpr double kHeight = 16, kSide = 5;
  double taken = lanes.left();  // labels stand up to here
  for (size_t i = 0; i < scene.marks.size(); ++i) {
    const TimeMark& mark = scene.marks[i];
    const double x = grid.pixel(lanes.left() + scene.axis.pixelOf(mark.at_ns));
    if (x < lanes.left() - 10 || x > lanes.right()) continue;
    const QColor colour = colour_of(mark, colours);
    QColor line = colour;
    line.setAlphaF(0.45F);
    painter.fillRect(grid.upright(x, ruler.top(), ruler.height()), colour);
    painter.fillRect(grid.upright(x, lanes.top(), lanes.height()), line);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawPolygon(pennant(x, ruler.top() + 1));
    if (mark.text.isEmpty()) continue;
    // Dropped, never cut: the list of markers has it.
    const double width = scene.fonts->bar_metrics.horizontalAdvance(mark.text) + 2 * kSide;
    double next = lanes.right();
    if (i + 1 < scene.marks.size()) next = std::min(next, lanes.left() + scene.axis.pixelOf(scene.marks[i + 1].at_ns));
    const QRectF box(x + 1, lanes.top() + 2, width, kHeight);
    if (box.left() < taken || box.right() > next) continue;
    taken = box.right() + 2;
    painter.fillRect(grid.rect(box), colour);
    painter.setPen(text_on(colour));
    painter.drawText(box, Qt::AlignCenter, mark.text);
  }
  painter.restore();
}

}  // namespace ebpftrace::gui
