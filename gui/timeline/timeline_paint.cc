// SPDX-License-Identifier: Apache-2.0
// What the timeline looks like: on the screen, in a file, at another size and in another theme.
#include <QEvent>
#include <QFileInfo>
#include <QFocusEvent>
#include <QImageWriter>
#include <QLineEdit>
#include <QPaintEvent>
#include <QPainter>
#include <QResizeEvent>
#include <QSaveFile>
#include <QScrollBar>
#include <QSvgGenerator>
#include <QToolButton>

#include "gui/style/device_grid.h"
#include "gui/timeline/painters.h"
#include "gui/timeline/timeline_private.h"
#include "gui/timeline/timeline_view.h"

namespace ebpftrace::gui {

QString TimelineView::exportImage(const QString& file) {
  QSaveFile to(file);
  if (!to.open(QIODevice::WriteOnly)) return QStringLiteral("cannot write '%1': %2").arg(file, to.errorString());
  if (file.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive)) {
    QSvgGenerator generator;
    generator.setOutputDevice(&to);
    generator.setSize(viewport()->size());
    generator.setViewBox(viewport()->rect());
    generator.setTitle(QStringLiteral("Timeline"));
    QPainter painter(&generator);
    viewport()->render(&painter);
  } else {
    QImageWriter writer(&to, QFileInfo(file).suffix().toLatin1());
    if (!writer.write(viewport()->grab().toImage())) {
      const QString why = writer.errorString();
      to.cancelWriting();
      return QStringLiteral("cannot write '%1': %2; the name's ending says the format, such as .png").arg(file, why);
    }
  }
  return to.commit() ? QString() : QStringLiteral("cannot write '%1': %2").arg(file, to.errorString());
}

void TimelineView::paintEvent(QPaintEvent* event) {
  const Scene& scene = d_->scene;
  const Colours& colours = *scene.colours;
  QPainter painter(viewport());
  const QRect part = event->rect();
  if (!scene.timeline) {
    painter.fillRect(viewport()->rect(), colours.base);
    painter.setFont(scene.fonts->base);
    painter.setPen(colours.muted);
    painter.drawText(
        viewport()->rect(), Qt::AlignCenter,
        scene.loading ? QStringLiteral("Reading who there was…") : QStringLiteral("Open a trace, or record one."));
    return;
  }
  if (part.intersects(scene.layout.minimapRect())) {
    paint_minimap(painter, scene);
    paint_marks_in_minimap(painter, scene);
  }
  if (part.intersects(scene.layout.rulerRect())) paint_ruler(painter, scene);
  if (part.intersects(scene.layout.lanesRect())) {
    paint_lanes(painter, scene, part);
    paint_selection(painter, scene);
    paint_playhead(painter, scene);
  }
  if (part.intersects(scene.layout.rulerRect().united(scene.layout.lanesRect()))) paint_marks(painter, scene);
  if (part.intersects(scene.layout.columnRect())) paint_lane_column(painter, scene, part);
  const QRect corner(0, 0, scene.layout.column, scene.layout.top());
  if (part.intersects(corner)) {
    const DeviceGrid grid(painter);
    painter.fillRect(corner, colours.window);
    painter.fillRect(grid.above(corner.left(), corner.bottom() + 1, corner.width()), colours.border);
    painter.fillRect(grid.before(corner.right() + 1, corner.top(), corner.height()), colours.border);
  }
  if (scene.focused) {
    const DeviceGrid grid(painter);
    const double wide = grid.width(1), high = grid.height(1);
    grid.outline(painter, grid.rect(viewport()->rect()).adjusted(wide, high, -wide, -high), 1, colours.gold);
  }
}

void TimelineView::resizeEvent(QResizeEvent*) {
  if (d_->scene.ratio != devicePixelRatioF()) d_->applyTheme();  // on another screen
  d_->scene.layout.size = viewport()->size();
  d_->scene.axis.setWidth(d_->scene.layout.lanesRect().width());
  d_->placeWidgets();
  for (QWidget* widget : {static_cast<QWidget*>(d_->find), static_cast<QWidget*>(d_->order),
                          static_cast<QWidget*>(d_->colour), static_cast<QWidget*>(d_->time_base)})
    widget->setVisible(d_->scene.timeline != nullptr || d_->session != nullptr);
  d_->layoutLanes();
  d_->askOverview();
}

void TimelineView::scrollContentsBy(int, int) {
  d_->scene.scroll = verticalScrollBar()->value();
  d_->scene.hovered_row = -1;
  viewport()->update();
  d_->ask();
}

void TimelineView::changeEvent(QEvent* event) {
  QAbstractScrollArea::changeEvent(event);
  if (!d_->find) return;  // not yet
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange ||
      event->type() == QEvent::StyleChange)
    d_->applyTheme();
}

void TimelineView::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  d_->scene.focused = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
  viewport()->update();
}

void TimelineView::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  d_->scene.focused = false;
  viewport()->update();
}

}  // namespace ebpftrace::gui
