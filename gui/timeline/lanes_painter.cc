// SPDX-License-Identifier: Apache-2.0
// Lanes of processes and threads, in the order in which the worst wins: lifetime, waiting, density, bars, errors, loss, labels,
// selection.
#include <algorithm>
#include <cmath>

#include "gui/style/device_grid.h"
#include "gui/style/quantity_text.h"
#include "gui/style/shown_text.h"
#include "gui/style/sizes.h"
#include "gui/timeline/painters.h"

namespace ebpftrace::gui {
namespace {

using analyzer::CallMark;
using analyzer::Lane;
using analyzer::LaneKind;

constexpr double kLeastCallLabel = 38, kLeastWaitLabel = 46, kLeastSeparated = 3, kLabelPadding = 4,
                 kSelectionEdge = 1.4;

QColor with_alpha(QColor colour, double alpha) {
  colour.setAlphaF(static_cast<float>(alpha));
  return colour;
}

double x_of(const Scene& scene, int64_t ns) { return scene.layout.column + scene.axis.pixelOf(ns); }

// Where a picture's columns are in the view now.
struct Placement {
  double left, column_width;
  double x(int column) const { return left + column * column_width; }
};
Placement placement(const Scene& scene, TimeSpan span, uint32_t columns) {
  const double left = x_of(scene, span.from_ns);
  const double width = static_cast<double>(span.length_ns()) / scene.axis.nsPerPixel();
  return {left, width / std::max(columns, 1u)};
}

void fill_run(QPainter& painter, const Scene& scene, double from, double to, double top, double height,
              const QBrush& brush) {
  const double left = std::max<double>(from, scene.layout.column),
               right = std::min<double>(to, scene.layout.size.width());
  if (right <= left) return;
  // Whole device pixels: a hatch with soft ends is a blur.
  const DeviceGrid grid(painter);
  const double a = grid.pixel(left), b = std::max(a + grid.width(1 / scene.ratio), grid.x(right));
  painter.fillRect(QRectF(a, top, b - a, height), brush);
}

struct Label {
  QString first, second;  // second: a line below, of a tall bar
  double width = 0;       // of the wider one
  bool none() const { return first.isEmpty(); }
};

// What has room, whole or not at all.
Label label_of(const Scene& scene, const CallMark& mark, double room, bool tall) {
  const Fonts& fonts = *scene.fonts;
  const QString call = shown_text(mark.call), duration = duration_text(static_cast<double>(mark.duration_ns));
  const bool many = scene.axis.nsPerPixel() > 15'000;
  QString with_more = call;
  if (!many && !mark.about.empty()) with_more += u' ' + shown_text(mark.about);
  if (many && mark.waits) with_more += u' ' + duration;
  if (tall) {
    const double below = fonts.tall_metrics.horizontalAdvance(duration);
    for (const QString& text : {with_more, call}) {
      const double width = std::max(fonts.tall_bold_metrics.horizontalAdvance(text), below);
      if (width <= room) return {text, duration, width};
    }
    return {};
  }
  for (const QString& text : {with_more, call}) {
    const double width = fonts.bar_metrics.horizontalAdvance(text);
    if (width <= room) return {text, {}, width};
  }
  return {};
}

void draw_label(QPainter& painter, const Scene& scene, const Label& label, double x, double top, double height,
                const QColor& colour) {
  painter.setPen(colour);
  if (label.second.isEmpty()) {
    painter.setFont(scene.fonts->bar);
    painter.drawText(QRectF(x, top, label.width + 2, height), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
                     label.first);
    return;
  }
  painter.setFont(scene.fonts->tall_bar_bold);
  painter.drawText(QRectF(x, top + 5, label.width + 2, 17), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
                   label.first);
  painter.setFont(scene.fonts->tall_bar);
  painter.drawText(QRectF(x, top + 22, label.width + 2, 17), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
                   label.second);
}

// Where one call ends and the next begins, in what looks like one bar.
void paint_separators(QPainter& painter, const Scene& scene, const LanePicture& lane, double top, double height) {
  if (lane.choice.with_children) return;
  const DeviceGrid grid(painter);
  const auto& marks = scene.picture->density.marks;
  double last_right = -1e9;
  for (size_t i = lane.first_mark; i < lane.end_mark; ++i) {
    const CallMark& mark = marks[i];
    const double from = x_of(scene, mark.event.start_ns), to = x_of(scene, mark.event.start_ns + mark.duration_ns);
    if (to <= scene.layout.column || from >= scene.layout.size.width()) continue;
    if (to - from >= kLeastSeparated && from > scene.layout.column) {
      if (mark.waits)
        painter.fillRect(grid.upright(from, top, height),
                         with_alpha(scene.colours->classes[mark.hue], mark.passes ? 0.8 : 0.8 * kFilteredOpacity));
      else if (from - last_right < 1.5)
        painter.fillRect(grid.upright(from, top, height), scene.colours->base);
    }
    last_right = to;
  }
}

// On a plain ground of their own, over whatever is hatched.
void paint_labels(QPainter& painter, const Scene& scene, const LanePicture& lane, double top, double height) {
  const Colours& colours = *scene.colours;
  const bool tall = height >= sizes::kFocusedBar, strip = lane.choice.with_children;
  const auto& marks = scene.picture->density.marks;
  const DeviceGrid grid(painter);
  const double left_edge = scene.layout.column, right_edge = scene.layout.size.width();
  // In a strip of several threads a label would stand on what others did.
  int64_t ends_before = INT64_MIN;
  for (size_t i = lane.first_mark; i < lane.end_mark; ++i) {
    const CallMark& mark = marks[i];
    const int64_t mark_end = mark.event.start_ns + mark.duration_ns;
    const bool overlaps =
        ends_before > mark.event.start_ns || (i + 1 < lane.end_mark && marks[i + 1].event.start_ns < mark_end);
    ends_before = std::max(ends_before, mark_end);
    if ((strip && overlaps) || (!mark.waits && !mark.passes)) continue;
    const double from = std::max(x_of(scene, mark.event.start_ns), left_edge),
                 to = std::min(x_of(scene, mark_end), right_edge);
    if (to - from < (mark.waits ? kLeastWaitLabel : kLeastCallLabel)) continue;
    const Label label = label_of(scene, mark, to - from - 2 * kLabelPadding - (mark.waits ? 4 : 0), tall);
    if (label.none()) continue;
    const QColor ground = mark.waits ? scene.hatches.waitingTint(mark.hue) : colours.classes[mark.hue];
    const bool begins_here = from > left_edge;
    const double left = grid.pixel(from) + (begins_here ? grid.width(1) : 0);
    painter.fillRect(QRectF(left, top, grid.x(left + label.width + 2 * kLabelPadding) - left, height), ground);
    draw_label(painter, scene, label, from + kLabelPadding, top, height,
               !mark.waits   ? text_on(ground)
               : mark.passes ? colours.text
                             : colours.muted);
  }
}

}  // namespace

int bar_height(int row_height) {
  if (row_height >= sizes::kFocusedLane) return sizes::kFocusedBar;
  return row_height >= sizes::kOtherLane ? sizes::kOtherBar : sizes::kLaneBar;
}

QRectF picture_rect(const Scene& scene, TimeSpan span, int columns, int first, int count, double top, double height) {
  const Placement place = placement(scene, span, static_cast<uint32_t>(columns));
  return {place.x(first), top, count * place.column_width, height};
}

void paint_process_lane(QPainter& painter, const Scene& scene, const LaneRow& row, const QRect& rect) {
  const Colours& colours = *scene.colours;
  const Lane& lane = scene.model.lanes()[row.lane];
  const DeviceGrid grid(painter);
  const double height = grid.height(bar_height(row.height)),
               top = grid.y(rect.top() + (row.height - bar_height(row.height)) / 2);
  fill_run(painter, scene, x_of(scene, lane.start_ns),
           std::max(x_of(scene, lane.end_ns), x_of(scene, lane.start_ns) + 1), top, height, colours.lifetime);
  const LanePicture* picture = scene.picture ? scene.picture->find(row.choice()) : nullptr;
  if (!picture) return;
  const analyzer::Density& density = scene.picture->density;
  const Placement place = placement(scene, density.span, density.pixels);
  for (const ColumnRun& run : picture->strip.waits) {
    if (place.x(run.to) <= scene.layout.column || place.x(run.from) >= scene.layout.size.width()) continue;
    if (run.faint) painter.setOpacity(kFilteredOpacity);
    fill_run(painter, scene, place.x(run.from), place.x(run.to), top, height, scene.hatches.waiting(run.hue));
    if (run.faint) painter.setOpacity(1);
  }
  if (!picture->strip.image.isNull()) {
    const QImage& image = picture->strip.image;
    grid.draw(painter,
              picture_rect(scene, density.span, static_cast<int>(density.pixels), picture->strip.first, image.width(),
                           top, height),
              image);
  }
  paint_separators(painter, scene, *picture, top, height);
  for (const ColumnRun& run : picture->strip.lost)
    fill_run(painter, scene, place.x(run.from), place.x(run.to), top, height, scene.hatches.lost());
  paint_labels(painter, scene, *picture, top, height);

  auto outline = [&](const CallMark& mark, const QColor& colour, double width) {
    if (mark.thread_lane != row.lane && mark.lane != row.lane) return;
    const double from = x_of(scene, mark.event.start_ns),
                 to = std::max(from + 3, x_of(scene, mark.event.start_ns + mark.duration_ns));
    if (to < scene.layout.column || from > scene.layout.size.width()) return;
    const double left = grid.pixel(from);
    grid.outline(painter, QRectF(left, top, std::max(grid.width(3), grid.x(to) - left), height), width, colour);
  };
  if (scene.hovered_call && scene.hovered_row >= 0 &&
      scene.model.rows()[static_cast<size_t>(scene.hovered_row)].lane == row.lane)
    outline(*scene.hovered_call, colours.text, 1);
  if (scene.selected_call) outline(*scene.selected_call, colours.gold, 2);
}

void paint_lanes(QPainter& painter, const Scene& scene, const QRect& part) {
  const Colours& colours = *scene.colours;
  const QRect area = scene.layout.lanesRect();
  painter.save();
  painter.setClipRect(area & part);
  painter.fillRect(area, colours.base);
  const DeviceGrid grid(painter);
  const RulerSteps steps = ruler_steps(scene.axis.nsPerPixel(), scene.wall_clock ? 130 : 105);
  const TimeSpan view = scene.axis.view();
  for (int64_t at = first_tick(view.from_ns, steps.step_ns); at < view.to_ns; at += steps.step_ns)
    painter.fillRect(grid.upright(x_of(scene, at), area.top(), area.height()), colours.grid);
  const auto [first, end] = scene.model.rowsIn(scene.scroll, scene.scroll + area.height());
  for (int i = first; i < end; ++i) {
    const LaneRow& row = scene.model.rows()[static_cast<size_t>(i)];
    QRect rect = scene.rowRect(row);
    rect.setLeft(area.left());
    if (row.lane == LaneRow::kNone) continue;
    const Lane& lane = scene.model.lanes()[row.lane];
    if (scene.isSelected(row.lane)) painter.fillRect(rect, with_alpha(colours.gold, 0.05));
    switch (lane.kind) {
      case LaneKind::kProcess:
      case LaneKind::kThread:
        paint_process_lane(painter, scene, row, rect);
        break;
      case LaneKind::kChart:
      case LaneKind::kInterface: {
        painter.fillRect(grid.above(rect.left(), rect.bottom() + 1, rect.width()), colours.grid);
        const auto found = scene.charts.find(row.lane);
        if (found == scene.charts.end() || found->second.image.isNull()) break;
        const QImage& image = found->second.image;
        // On the line.
        const double height = image.height() / scene.ratio, top = grid.y(rect.bottom() + 1) - grid.height(1) - height;
        grid.draw(painter, picture_rect(scene, found->second.span, image.width(), 0, image.width(), top, height),
                  image);
        break;
      }
      case LaneKind::kCpu:
        paint_cpu_lane(painter, scene, lane, rect);
        break;
      case LaneKind::kFindings:
        painter.fillRect(grid.below(rect.left(), rect.top(), rect.width()), colours.border);
        paint_findings_lane(painter, scene, rect);
        break;
      default:
        painter.fillRect(rect, colours.window);
        if (rect.top() > scene.layout.top())
          painter.fillRect(grid.below(rect.left(), rect.top(), rect.width()), colours.border);
        painter.fillRect(grid.above(rect.left(), rect.bottom() + 1, rect.width()), colours.border);
    }
  }
  painter.restore();
}

void paint_selection(QPainter& painter, const Scene& scene) {
  if (!scene.selection) return;
  const Colours& colours = *scene.colours;
  const QRect area = scene.layout.lanesRect();
  painter.save();
  painter.setClipRect(area);
  const double from = x_of(scene, scene.selection->from_ns), to = x_of(scene, scene.selection->to_ns);
  painter.fillRect(QRectF(from, area.top(), to - from, area.height()), with_alpha(colours.gold, 0.06));
  const DeviceGrid grid(painter);
  for (const double x : {from, to})
    painter.fillRect(grid.upright(x, area.top(), area.height(), kSelectionEdge), colours.gold);
  painter.restore();
}

void paint_playhead(QPainter& painter, const Scene& scene) {
  if (!scene.playhead) return;
  const Colours& colours = *scene.colours;
  const QRect area = scene.layout.lanesRect();
  painter.save();
  painter.setClipRect(area);
  const DeviceGrid grid(painter);
  const double x = grid.pixel(x_of(scene, *scene.playhead));
  painter.fillRect(grid.upright(x, area.top(), area.height()), colours.text);
  const QString text = scene.momentText(*scene.playhead, static_cast<int64_t>(scene.axis.nsPerPixel()));
  const double width = scene.fonts->bold_metrics.horizontalAdvance(text) + 12;
  double left = x;
  if (left + width > area.right()) left = x - width;
  painter.fillRect(QRectF(left, area.bottom() - 17, width, 18), colours.text);
  painter.setFont(scene.fonts->bold);
  painter.setPen(colours.base);
  painter.drawText(QRectF(left, area.bottom() - 17, width, 18), Qt::AlignCenter, text);
  painter.restore();
}

}  // namespace ebpftrace::gui
