// SPDX-License-Identifier: Apache-2.0
// The parts of the timeline, painted. Each costs as much as it has pixels, and reads only the scene. GUI thread.
#pragma once

#include <QPainter>
#include <QRect>

#include "gui/timeline/scene.h"

namespace ebpftrace::gui {

void paint_minimap(QPainter& painter, const Scene& scene);
void paint_ruler(QPainter& painter, const Scene& scene);
void paint_lanes(QPainter& painter, const Scene& scene, const QRect& part);
void paint_lane_column(QPainter& painter, const Scene& scene, const QRect& part);
// Over all of it: selection, playhead.
void paint_selection(QPainter& painter, const Scene& scene);
void paint_playhead(QPainter& painter, const Scene& scene);
void paint_marks_in_minimap(QPainter& painter, const Scene& scene);
void paint_marks(QPainter& painter, const Scene& scene);  // over ruler and lanes

// Of one lane.
void paint_process_lane(QPainter& painter, const Scene& scene, const LaneRow& row, const QRect& rect);
void paint_cpu_lane(QPainter& painter, const Scene& scene, const analyzer::Lane& lane, const QRect& rect);
void paint_findings_lane(QPainter& painter, const Scene& scene, const QRect& rect);

// alert: shield, warning: triangle, note: ring; 10 pixels high, around a point.
void paint_severity(QPainter& painter, const Colours& colours, analyzer::FindingSeverity severity,
                    const QPointF& centre, double size = 10);

// Of the worker: counters and packets over pixels.
QImage chart_image(const analyzer::ChartColumns& columns, const Colours& colours, int height, double ratio);
QImage packet_image(const std::vector<analyzer::PacketColumn>& columns, const Colours& colours, int height,
                    double ratio);

// Calls by class, log height, a column a bin.
QImage overview_image(const std::vector<analyzer::OverviewColumn>& columns, const Colours& colours, int height,
                      double ratio);
inline constexpr int kMinimapFlags = 14;  // room for flags at the top of the minimap

// How high the bar of a lane of that height is.
int bar_height(int row_height);
// Where an image over `span` of `columns` columns lies now.
QRectF picture_rect(const Scene& scene, TimeSpan span, int columns, int first, int count, double top, double height);

}  // namespace ebpftrace::gui
