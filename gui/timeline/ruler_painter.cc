// SPDX-License-Identifier: Apache-2.0
// Minimap and ruler: where in the recording the view is.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "gui/style/device_grid.h"
#include "gui/style/quantity_text.h"
#include "gui/timeline/painters.h"

namespace ebpftrace::gui {
namespace {

QColor with_alpha(QColor colour, double alpha) {
  colour.setAlphaF(static_cast<float>(alpha));
  return colour;
}

double minimap_x(const Scene& scene, int64_t ns) {
  const QRect rect = scene.layout.minimapRect();
  const TimeSpan all = scene.axis.extent();
  return rect.left() + static_cast<double>(ns - all.from_ns) / static_cast<double>(all.length_ns()) * rect.width();
}

void paint_flag(QPainter& painter, const Scene& scene, const QRectF& box, const QString& letter) {
  painter.fillRect(DeviceGrid(painter).rect(box), scene.colours->gold);
  painter.setFont(scene.fonts->bold);
  painter.setPen(text_on(scene.colours->gold));
  painter.drawText(box, Qt::AlignCenter, letter);
}

}  // namespace

QImage overview_image(const std::vector<analyzer::OverviewColumn>& columns, const Colours& colours, int height,
                      double ratio) {
  double most = 0;
  auto sum_of = [](const analyzer::OverviewColumn& column) {
    return std::accumulate(std::begin(column.calls), std::end(column.calls), 0.0);
  };
  for (const auto& column : columns) most = std::max(most, sum_of(column));
  if (!(most > 0)) return {};
  QImage image(static_cast<int>(columns.size()), std::max(1, static_cast<int>(std::lround(height * ratio))),
               QImage::Format_ARGB32_Premultiplied);
  image.fill(0);
  for (size_t i = 0; i < columns.size(); ++i) {
    const double sum = sum_of(columns[i]);
    if (sum <= 0) continue;
    const double room = std::max(ratio, std::log1p(sum) / std::log1p(most) * image.height());
    double below = 0;
    for (size_t k = 0; k < colours.classes.size(); ++k) {
      const double part = columns[i].calls[k] / sum * room;
      const auto from = static_cast<int>(std::lround(below)), to = static_cast<int>(std::lround(below + part));
      for (int y = from; y < std::min(to, image.height()); ++y)
        reinterpret_cast<QRgb*>(image.scanLine(image.height() - 1 - y))[i] = colours.classes[k].rgb();
      below += part;
    }
  }
  return image;
}

void paint_minimap(QPainter& painter, const Scene& scene) {
  const Colours& colours = *scene.colours;
  const QRect rect = scene.layout.minimapRect();
  painter.save();
  painter.setClipRect(rect);
  painter.fillRect(rect, colours.base);
  const DeviceGrid grid(painter);
  if (!scene.overview_image.isNull()) {
    painter.drawImage(QRectF(rect.left(), rect.top() + kMinimapFlags, rect.width(), rect.height() - kMinimapFlags),
                      scene.overview_image);
    const double bin = static_cast<double>(rect.width()) / static_cast<double>(scene.overview.size());
    // Runs of bins, so that a pattern shows.
    for (size_t i = 0; i < scene.overview.size();) {
      size_t end = i;
      while (end < scene.overview.size() && scene.overview[end].lost == scene.overview[i].lost) ++end;
      if (scene.overview[i].lost) {
        const auto left = static_cast<int>(std::floor(static_cast<double>(i) * bin)),
                   right = static_cast<int>(std::floor(static_cast<double>(end) * bin));
        painter.fillRect(grid.rect(QRectF(rect.left() + left, rect.top() + 13, right - left, rect.height() - 13)),
                         scene.hatches.lost());
      }
      i = end;
    }
  }
  const double from = minimap_x(scene, scene.axis.view().from_ns), to = minimap_x(scene, scene.axis.view().to_ns);
  const QColor veil = with_alpha(colours.base, 0.6);
  painter.fillRect(grid.rect(QRectF(rect.left(), rect.top(), from - rect.left(), rect.height())), veil);
  painter.fillRect(grid.rect(QRectF(to, rect.top(), rect.right() + 1 - to, rect.height())), veil);
  if (scene.selection) {
    const double a = minimap_x(scene, scene.selection->from_ns), b = minimap_x(scene, scene.selection->to_ns);
    painter.fillRect(grid.above(a, rect.bottom() + 1, std::max(2.0, b - a), 3), colours.gold);
  }
  // One flag for ten pixels, the worst.
  if (scene.timeline) {
    std::map<int, analyzer::FindingSeverity> flags;
    for (const analyzer::Finding& finding : scene.timeline->findings()) {
      const int slot = static_cast<int>((minimap_x(scene, finding.span.from_ns) - rect.left()) / 10);
      const auto [at, is_new] = flags.emplace(slot, finding.severity);
      if (!is_new) at->second = std::max(at->second, finding.severity);
    }
    for (const auto& [slot, severity] : flags)
      paint_severity(painter, colours, severity, QPointF(rect.left() + slot * 10 + 5.5, rect.top() + 7), 9);
  }
  painter.fillRect(grid.above(rect.left(), rect.bottom() + 1, rect.width()), colours.border);
  if (!scene.axis.showsAll()) {
    // The frame lies within its outline, and above the minimap's lower edge.
    const double wide = grid.width(1), high = grid.height(1), left = grid.pixel(from) + wide,
                 right = std::max(left + 2 * wide, grid.x(to) - wide), top = grid.y(rect.top()) + high,
                 bottom = grid.y(rect.bottom() + 1) - 2 * high;
    grid.outline(painter, QRectF(left, top, right - left, bottom - top), 1, colours.text);
    const double middle = rect.top() + rect.height() / 2.0;
    for (const double edge : {left - wide / 2, right + wide / 2})
      painter.fillRect(grid.rect(QRectF(edge - 2.5, middle - 8, 5, 16)), colours.text);
  }
  painter.restore();
}

void paint_ruler(QPainter& painter, const Scene& scene) {
  const Colours& colours = *scene.colours;
  const QRect rect = scene.layout.rulerRect();
  painter.save();
  painter.setClipRect(rect);
  painter.fillRect(rect, colours.window);
  const DeviceGrid grid(painter);
  std::optional<std::pair<double, double>> chosen;
  if (scene.selection) {
    // Where the edges over the lanes are.
    chosen = {grid.pixel(rect.left() + scene.axis.pixelOf(scene.selection->from_ns)),
              grid.pixel(rect.left() + scene.axis.pixelOf(scene.selection->to_ns))};
    painter.fillRect(QRectF(chosen->first, rect.top(), chosen->second - chosen->first, rect.height()),
                     colours.gold_tint);
  }
  const RulerSteps steps = ruler_steps(scene.axis.nsPerPixel(), scene.wall_clock ? 130 : 105);
  const int64_t part = std::max<int64_t>(1, steps.step_ns / steps.parts);
  const TimeSpan view = scene.axis.view();
  for (int64_t at = first_tick(view.from_ns, part); at < view.to_ns; at += part) {
    painter.fillRect(grid.upright(rect.left() + scene.axis.pixelOf(at), rect.bottom() - 3, 3), colours.tick);
  }
  painter.setFont(scene.fonts->ruler);
  QRectF delta_box;
  QString delta;
  if (chosen) {
    delta = QStringLiteral("Δ ") + duration_text(static_cast<double>(scene.selection->length_ns()));
    const double left = std::max(chosen->first, double(rect.left())),
                 right = std::min(chosen->second, double(rect.right()));
    const double width = scene.fonts->bold_metrics.horizontalAdvance(delta) + 12;
    double middle = (left + right) / 2;
    // Beside a narrow selection.
    if (right - left < width + 40)
      middle = right + 20 + width < rect.right() ? right + 6 + width / 2 : left - 6 - width / 2;
    delta_box = QRectF(middle - width / 2, rect.top(), width, rect.height() - 3);
  }
  for (int64_t at = first_tick(view.from_ns - steps.step_ns, steps.step_ns); at < view.to_ns + steps.step_ns;
       at += steps.step_ns) {
    const double x = grid.pixel(rect.left() + scene.axis.pixelOf(at));
    painter.fillRect(grid.upright(x, rect.bottom() - 6, 6), colours.tick);
    const QString text = scene.momentText(at, steps.step_ns);
    const double width = scene.fonts->ruler_metrics.horizontalAdvance(text);
    const QRectF box(x - width / 2, rect.top() + 3, width, 16);
    if (box.left() < rect.left() + 2 || box.right() > rect.right() - 2 ||
        delta_box.intersects(box.adjusted(-4, 0, 4, 0)))
      continue;
    // Where a flag stands there is no room.
    if (chosen && ((box.right() > chosen->first - 4 && box.left() < chosen->first + 20) ||
                   (box.right() > chosen->second - 20 && box.left() < chosen->second + 4)))
      continue;
    painter.setPen(colours.muted);
    painter.drawText(box, Qt::AlignCenter, text);
  }
  painter.fillRect(grid.above(rect.left(), rect.bottom() + 1, rect.width()), colours.border);
  if (chosen) {
    painter.fillRect(grid.below(chosen->first, rect.top(), chosen->second - chosen->first, 2), colours.gold);
    const double room = chosen->second - chosen->first;
    const double a = room < 30 ? chosen->first - 14 : chosen->first,
                 b = room < 30 ? chosen->second : chosen->second - 14;
    paint_flag(painter, scene, QRectF(a, rect.top() + 4, 14, 15), QStringLiteral("A"));
    paint_flag(painter, scene, QRectF(b, rect.top() + 4, 14, 15), QStringLiteral("B"));
    painter.setFont(scene.fonts->bold);
    painter.setPen(colours.text);
    painter.drawText(delta_box, Qt::AlignCenter, delta);
  }
  if (scene.playhead) {
    const double x = grid.pixel(rect.left() + scene.axis.pixelOf(*scene.playhead)) + grid.width(1) / 2;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colours.text);
    painter.drawPolygon(QPolygonF(
        {QPointF(x - 5, rect.bottom() - 6), QPointF(x + 5, rect.bottom() - 6), QPointF(x, rect.bottom() + 1)}));
  }
  painter.restore();
}

}  // namespace ebpftrace::gui
