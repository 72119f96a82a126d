// SPDX-License-Identifier: Apache-2.0
// The lane column: who a lane is of. Program, what tells it from others, severity, pid.
#include <algorithm>

#include "gui/style/device_grid.h"
#include "gui/style/quantity_text.h"
#include "gui/style/shown_text.h"
#include "gui/style/sizes.h"
#include "gui/timeline/painters.h"

namespace ebpftrace::gui {
namespace {

using analyzer::Lane;
using analyzer::LaneKind;

constexpr int kTriangle = 11, kText = 26, kRight = 10;

void paint_triangle(QPainter& painter, const QColor& colour, const QPointF& centre, bool open) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  if (open)
    painter.drawPolygon(QPolygonF({centre + QPointF(-4, -2), centre + QPointF(4, -2), centre + QPointF(0, 3)}));
  else
    painter.drawPolygon(QPolygonF({centre + QPointF(-2, -4), centre + QPointF(-2, 4), centre + QPointF(3, 0)}));
  painter.restore();
}

QString plural(size_t count, const char* one, const char* many) {
  return count_text(count) + u' ' + QLatin1String(count == 1 ? one : many);
}

QString second_of_heading(const Scene& scene, const Lane& lane) {
  switch (lane.kind) {
    case LaneKind::kProcesses:
      if (const size_t here = scene.model.processesInView(); here < scene.model.processes())
        return QStringLiteral("%1 of %2 alive here").arg(count_text(here), count_text(scene.model.processes()));
      return count_text(scene.model.processes()) + QStringLiteral(" · ") +
             plural(scene.model.threads(), "thread", "threads");
    case LaneKind::kFindings: {
      if (!scene.timeline) return {};
      size_t alerts = 0, warnings = 0, notes = 0;
      for (const analyzer::Finding& finding : scene.timeline->findings()) {
        alerts += finding.severity == analyzer::FindingSeverity::kAlert;
        warnings += finding.severity == analyzer::FindingSeverity::kWarning;
        notes += finding.severity == analyzer::FindingSeverity::kNote;
      }
      QStringList parts;
      if (alerts) parts << plural(alerts, "alert", "alerts");
      if (warnings) parts << plural(warnings, "warning", "warnings");
      if (notes) parts << plural(notes, "note", "notes");
      return parts.isEmpty() ? QStringLiteral("none") : parts.join(QStringLiteral(" · "));
    }
    default:
      return shown_text(lane.argument);
  }
}

void paint_row(QPainter& painter, const Scene& scene, const LaneRow& row, const QRect& rect) {
  const Colours& colours = *scene.colours;
  const Fonts& fonts = *scene.fonts;
  const DeviceGrid grid(painter);
  const double middle = rect.center().y() + 0.5;
  if (row.lane == LaneRow::kNone) {
    painter.setFont(fonts.italic);
    painter.setPen(colours.muted);
    painter.drawText(
        rect.adjusted(kText + row.level * sizes::kIndent, 0, -kRight, 0), Qt::AlignVCenter | Qt::AlignLeft,
        row.begin_after
            ? plural(row.begin_after, "process begins", "processes begin") + QStringLiteral(" after this view")
            : plural(row.ended_before, "process", "processes") + QStringLiteral(" ended before this view"));
    return;
  }
  const Lane& lane = scene.model.lanes()[row.lane];
  const bool heading = row.heading || lane.kind == LaneKind::kFindings;
  if (heading) {
    painter.fillRect(rect, colours.window);
    // The ruler's edge is the first one's.
    if (rect.top() > scene.layout.top())
      painter.fillRect(grid.below(rect.left(), rect.top(), rect.width()), colours.border);
    if (row.heading) painter.fillRect(grid.above(rect.left(), rect.bottom() + 1, rect.width()), colours.border);
  } else if (scene.isSelected(row.lane)) {
    painter.fillRect(rect, colours.gold_tint);
    painter.fillRect(grid.rect(QRectF(rect.left(), rect.top(), 3, rect.height())), colours.gold);
  } else if (scene.hovered_row >= 0 && &scene.model.rows()[static_cast<size_t>(scene.hovered_row)] == &row) {
    painter.fillRect(rect, colours.hover);
  }
  const int indent = heading ? 0 : row.level * sizes::kIndent;
  QRect line = rect;
  if (lane.kind == LaneKind::kFindings) line.setHeight(sizes::kFindings);
  if (row.can_fold || lane.kind == LaneKind::kFindings)
    if (row.can_fold)
      paint_triangle(painter, colours.muted, QPointF(kTriangle + indent, line.center().y() + 0.5), !row.folded);

  QString right;
  if (lane.kind == LaneKind::kProcess) right = QString::number(lane.pid);
  if (lane.kind == LaneKind::kThread) right = QString::number(lane.tid);
  if (const auto chart = scene.charts.find(row.lane); chart != scene.charts.end()) right = chart->second.scale;
  double until = rect.right() - kRight;
  painter.setFont(fonts.second);
  if (!right.isEmpty()) {
    painter.setPen(colours.muted);
    painter.drawText(line.adjusted(0, 0, -kRight, 0), Qt::AlignVCenter | Qt::AlignRight, right);
    until -= fonts.second_metrics.horizontalAdvance(right) + 8;
  }
  if (const auto mark = scene.severity_of_lane.find(row.lane); mark != scene.severity_of_lane.end()) {
    paint_severity(painter, colours, mark->second, QPointF(until - 4, middle));
    until -= 16;
  }
  if (row.pinned) {
    painter.fillRect(QRectF(until - 6, middle - 3, 6, 6), colours.muted);
    until -= 12;
  }
  const double left = kText + indent;
  const QFontMetricsF& metrics = heading ? fonts.bold_metrics : fonts.base_metrics;
  painter.setFont(heading ? fonts.bold : fonts.base);
  painter.setPen(lane.kind == LaneKind::kThread ? colours.muted : colours.text);
  const QString name = metrics.elidedText(shown_text(lane.name), Qt::ElideRight, std::max(0.0, until - left));
  painter.drawText(QRectF(left, line.top(), std::max(0.0, until - left) + 1, line.height()),
                   Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, name);
  QString second = heading ? second_of_heading(scene, lane) : shown_text(lane.argument);
  if (const auto chart = scene.charts.find(row.lane); chart != scene.charts.end() && !chart->second.about.isEmpty())
    second = chart->second.about;
  QString count;
  if (row.folded && lane.kind == LaneKind::kProcess && lane.threads > 1)
    count = (second.isEmpty() ? QString() : QStringLiteral(" · ")) + plural(lane.threads, "thread", "threads");
  const double second_left = left + metrics.horizontalAdvance(name) + 8;
  if ((second.isEmpty() && count.isEmpty()) || until - second_left < 16) return;
  // The number is never cut; it goes if there is no room for it and something of the text.
  double count_width = fonts.second_metrics.horizontalAdvance(count);
  if (!second.isEmpty() && until - second_left - count_width < 40) {
    count.clear();
    count_width = 0;
  }
  second = fonts.second_metrics.elidedText(second, Qt::ElideMiddle, until - second_left - count_width) + count;
  painter.setFont(fonts.second);
  painter.setPen(colours.muted);
  painter.drawText(QRectF(second_left, line.top(), until - second_left + 1, line.height()),
                   Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, second);
}

}  // namespace

void paint_lane_column(QPainter& painter, const Scene& scene, const QRect& part) {
  const Colours& colours = *scene.colours;
  const QRect area = scene.layout.columnRect();
  painter.save();
  painter.setClipRect(area & part);
  painter.fillRect(area, colours.base);
  const DeviceGrid grid(painter);
  const auto [first, end] = scene.model.rowsIn(scene.scroll, scene.scroll + area.height());
  for (int i = first; i < end; ++i) {
    const LaneRow& row = scene.model.rows()[static_cast<size_t>(i)];
    QRect rect = scene.rowRect(row);
    rect.setWidth(scene.layout.column);
    paint_row(painter, scene, row, rect);
    if (row.lane == LaneRow::kNone) continue;
    const LaneKind kind = scene.model.lanes()[row.lane].kind;
    if (kind == LaneKind::kChart || kind == LaneKind::kCpu || kind == LaneKind::kInterface)
      painter.fillRect(grid.above(rect.left(), rect.bottom() + 1, rect.width()), colours.grid);
  }
  painter.fillRect(grid.before(area.right() + 1, area.top(), area.height()), colours.border);
  painter.restore();
}

}  // namespace ebpftrace::gui
