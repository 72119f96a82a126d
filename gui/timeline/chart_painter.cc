// SPDX-License-Identifier: Apache-2.0
// Charts as filled steps, CPUs with what they recorded and lost, findings and their flags.
#include <algorithm>
#include <cmath>

#include "gui/style/device_grid.h"
#include "gui/style/quantity_text.h"
#include "gui/style/shown_text.h"
#include "gui/style/sizes.h"
#include "gui/timeline/painters.h"

namespace ebpftrace::gui {
namespace {

void fill_column(QImage& image, int x, int from_bottom, int to_bottom, QRgb colour) {
  for (int y = std::max(0, image.height() - to_bottom); y < image.height() - from_bottom; ++y)
    reinterpret_cast<QRgb*>(image.scanLine(y))[x] = colour;
}

QImage empty_image(size_t columns, int height, double ratio) {
  QImage image(static_cast<int>(columns), std::max(1, static_cast<int>(std::lround(height * ratio))),
               QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(ratio);
  image.fill(0);
  return image;
}

}  // namespace

QImage chart_image(const analyzer::ChartColumns& columns, const Colours& colours, int height, double ratio) {
  if (columns.first.empty() || !(columns.top > 0)) return {};
  QImage image = empty_image(columns.first.size(), height, ratio);
  for (size_t i = 0; i < columns.first.size(); ++i) {
    if (columns.first[i] < 0) continue;
    auto pixels = [&](double value) {
      return static_cast<int>(std::lround(std::min(value / columns.top, 1.0) * image.height()));
    };
    const int below = pixels(columns.first[i]), all = pixels(columns.first[i] + std::max(0.0f, columns.second[i]));
    fill_column(image, static_cast<int>(i), 0, below, colours.chart_a.rgb());
    fill_column(image, static_cast<int>(i), below, all, colours.chart_b.rgb());
  }
  return image;
}

QImage packet_image(const std::vector<analyzer::PacketColumn>& columns, const Colours& colours, int height,
                    double ratio) {
  double most = 0;
  for (const auto& column : columns) most = std::max(most, column.packets);
  if (!(most > 0)) return {};
  QImage image = empty_image(columns.size(), height, ratio);
  // Counters over many pixels are a level, and paler: no packet is known to have come just there.
  const bool level = most < 1;
  const auto wide = static_cast<size_t>(std::max(1L, std::lround(ratio)));
  const QColor network = colours.classes[static_cast<size_t>(analyzer::CallClass::kNetwork)];
  const QRgb passed = level ? mixed(network, colours.base, 0.5).rgb() : network.rgb(),
             dropped = level ? mixed(colours.error, colours.base, 0.6).rgb() : colours.error.rgb();
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& column = columns[i];
    if (!(column.packets > 0)) continue;
    // Log: one packet is seen beside ten thousand.
    const double share = level ? 0.6 * column.packets / most : std::log1p(column.packets) / std::log1p(most);
    const int all = std::max(static_cast<int>(std::lround((level ? 1 : 4) * ratio)),
                             static_cast<int>(std::lround(share * image.height())));
    const int lost =
        column.dropped > 0 ? std::max(2, static_cast<int>(std::lround(all * column.dropped / column.packets))) : 0;
    // A packet among none is as wide as a pixel that one sees.
    for (size_t k = i; k < std::min(i + wide, columns.size()) && (k == i || !(columns[k].packets > 0)); ++k) {
      fill_column(image, static_cast<int>(k), 0, lost, dropped);
      fill_column(image, static_cast<int>(k), lost, all, passed);
    }
  }
  return image;
}

void paint_cpu_lane(QPainter& painter, const Scene& scene, const analyzer::Lane& lane, const QRect& rect) {
  const Colours& colours = *scene.colours;
  const DeviceGrid grid(painter);
  painter.fillRect(grid.above(rect.left(), rect.bottom() + 1, rect.width()), colours.border);
  if (!scene.timeline) return;
  const auto& losses = scene.timeline->losses();
  const TimeSpan view = scene.axis.view();
  double most = 0;
  for (const analyzer::LossSpan& loss : losses)
    if (loss.when_known)
      most = std::max(most, static_cast<double>(loss.recorded + loss.lost) /
                                static_cast<double>(std::max<int64_t>(loss.span.length_ns(), 1)));
  const double room = rect.height() - 8;
  double last_label = -1e9;
  for (const analyzer::LossSpan& loss : losses) {
    if (loss.cpu != lane.number || loss.span.to_ns <= view.from_ns || loss.span.from_ns >= view.to_ns) continue;
    const double from =
                     std::max<double>(scene.layout.column, scene.layout.column + scene.axis.pixelOf(loss.span.from_ns)),
                 to = std::min<double>(scene.layout.size.width(),
                                       scene.layout.column + scene.axis.pixelOf(loss.span.to_ns));
    const double left = grid.pixel(from), width = std::max(grid.width(1), grid.pixel(to) - left);
    if (!loss.when_known) {
      painter.fillRect(QRectF(left, rect.top() + 4, width, rect.height() - 8), scene.hatches.lost());
    } else if (most > 0) {
      const auto length = static_cast<double>(std::max<int64_t>(loss.span.length_ns(), 1));
      const double recorded = static_cast<double>(loss.recorded) / length / most * room,
                   lost = static_cast<double>(loss.lost) / length / most * room;
      const double bottom = grid.y(rect.bottom() + 1) - grid.height(1), between = grid.y(bottom - recorded);
      painter.fillRect(QRectF(left, between, width, bottom - between), colours.classes[0]);
      if (loss.lost) {
        const double top = grid.y(between - std::max(3.0, lost));
        painter.fillRect(QRectF(left, top, width, between - top), scene.hatches.lost());
        painter.fillRect(QRectF(left, top, width, grid.height(1)), colours.error);
      }
    }
    if (!loss.lost) continue;
    const QString text = QStringLiteral("−") + count_text(loss.lost) +
                         (loss.when_known ? QString() : QStringLiteral(", when is not recorded"));
    const double text_width = scene.fonts->ruler_metrics.horizontalAdvance(text) + 8;
    if (text_width + 6 > to - from || from + 4 < last_label) continue;
    const QRectF box(from + 4, rect.bottom() - 20, text_width, 16);
    last_label = box.right();
    painter.fillRect(box, colours.base);
    painter.setFont(scene.fonts->ruler);
    painter.setPen(colours.error_text);
    painter.drawText(box, Qt::AlignCenter, text);
  }
}

void paint_severity(QPainter& painter, const Colours& colours, analyzer::FindingSeverity severity,
                    const QPointF& centre, double size) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const double half = size / 2;
  switch (severity) {
    case analyzer::FindingSeverity::kAlert: {
      painter.setPen(Qt::NoPen);
      painter.setBrush(colours.error);
      QPolygonF shield({centre + QPointF(-half, -half), centre + QPointF(half, -half),
                        centre + QPointF(half, half * 0.2), centre + QPointF(half * 0.55, half * 0.75),
                        centre + QPointF(0, half * 1.1), centre + QPointF(-half * 0.55, half * 0.75),
                        centre + QPointF(-half, half * 0.2)});
      painter.drawPolygon(shield);
      break;
    }
    case analyzer::FindingSeverity::kWarning:
      painter.setPen(Qt::NoPen);
      painter.setBrush(colours.warning);
      painter.drawPolygon(QPolygonF(
          {centre + QPointF(0, -half), centre + QPointF(half * 1.1, half), centre + QPointF(-half * 1.1, half)}));
      break;
    default:
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(colours.muted, 1.5));
      painter.drawEllipse(centre, half - 0.75, half - 0.75);
  }
  painter.restore();
}

void paint_findings_lane(QPainter& painter, const Scene& scene, const QRect& rect) {
  if (!scene.timeline) return;
  const Colours& colours = *scene.colours;
  const TimeSpan view = scene.axis.view();
  const bool labels = rect.height() >= sizes::kFindingsWithText;
  auto x_at = [&](int64_t ns) { return scene.layout.column + scene.axis.pixelOf(ns); };
  // One for ten pixels: the worst.
  struct Flag {
    const analyzer::Finding* finding;
    double x;
  };
  std::map<int, Flag> flags;
  for (const analyzer::Finding& finding : scene.timeline->findings()) {
    if (finding.span.from_ns >= view.to_ns || std::max(finding.span.to_ns, finding.span.from_ns + 1) <= view.from_ns)
      continue;
    const double x = std::max(x_at(finding.span.from_ns), scene.layout.column + 6.0);
    if (finding.span.length_ns() > 0) {
      const double to = std::min<double>(x_at(finding.span.to_ns), scene.layout.size.width());
      QColor line = colours.warning;
      line.setAlphaF(0.5f);
      painter.fillRect(DeviceGrid(painter).below(x, rect.top() + 8, std::max(2.0, to - x), 3), line);
    }
    const auto [at, is_new] = flags.try_emplace(static_cast<int>(x / 10), Flag{&finding, x});
    if (!is_new && finding.severity > at->second.finding->severity) at->second = {&finding, x};
  }
  double free_from[2] = {-1e9, -1e9};
  for (const auto& [slot, flag] : flags) {
    paint_severity(painter, colours, flag.finding->severity, QPointF(flag.x, rect.top() + 10));
    if (!labels) continue;
    // A line of two that is free there, to the right; else none: the table has it.
    const QString text = shown_text(flag.finding->text);
    const double width = scene.fonts->ruler_metrics.horizontalAdvance(text);
    for (int line = 0; line < 2; ++line) {
      const double from = line ? flag.x - 4 : flag.x + 10;
      const auto next = flags.upper_bound(slot);
      const double until = line                  ? double(scene.layout.size.width())
                           : next == flags.end() ? double(scene.layout.size.width())
                                                 : next->second.x - 10;
      if (from < free_from[line] || from + width > until) continue;
      // A loss has its line at that height.
      if (!line && flag.finding->span.length_ns() > 0) continue;
      painter.setFont(scene.fonts->ruler);
      painter.setPen(colours.text);
      painter.drawText(QRectF(from, rect.top() + 2 + line * 16, width + 2, 16),
                       Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, text);
      free_from[line] = from + width + 12;
      break;
    }
  }
}

}  // namespace ebpftrace::gui
