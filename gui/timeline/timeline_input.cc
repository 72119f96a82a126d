// SPDX-License-Identifier: Apache-2.0
// Mouse and keyboard of the timeline.
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <QStyleHints>
#include <QTextDocument>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "gui/style/quantity_text.h"
#include "gui/style/shown_text.h"
#include "gui/style/sizes.h"
#include "gui/timeline/painters.h"
#include "gui/timeline/timeline_private.h"

namespace ebpftrace::gui {

using analyzer::LaneKind;

namespace {

constexpr int kNear = 4;  // pixels from an edge that can be dragged

bool shows_calls(LaneKind kind) { return kind == LaneKind::kProcess || kind == LaneKind::kThread; }

// The markers whose pennants, in the ruler or the minimap, are there: a line each.
QString marks_at(const Scene& scene, const QPoint& at) {
  constexpr double kBefore = 2, kPennant = 9;
  const QRect ruler = scene.layout.rulerRect(), minimap = scene.layout.minimapRect();
  const bool in_ruler = ruler.contains(at);
  if (!in_ruler && !minimap.contains(at)) return {};
  const TimeSpan all = scene.axis.extent();
  QStringList lines;
  for (const TimeMark& mark : scene.marks) {
    const double share = static_cast<double>(mark.at_ns - all.from_ns) / static_cast<double>(all.length_ns());
    const double x =
        in_ruler ? ruler.left() + scene.axis.pixelOf(mark.at_ns) : minimap.left() + share * minimap.width();
    if (at.x() < x - kBefore || at.x() > x + kPennant || lines.size() >= 8) continue;
    lines << scene.momentText(mark.at_ns, 1'000'000) + QStringLiteral("  ") + shown_text(mark.text.toStdString());
  }
  return lines.join(u'\n');
}

}  // namespace

int64_t TimelineView::Private::timeAt(int x) const { return scene.axis.timeAt(x - scene.layout.column); }

const LaneRow* TimelineView::Private::rowAt(const QPoint& at) const {
  if (at.y() < scene.layout.top()) return nullptr;
  const int row = scene.model.rowAt(at.y() - scene.layout.top() + scene.scroll);
  return row < 0 ? nullptr : &scene.model.rows()[static_cast<size_t>(row)];
}

// The listed call there: the shortest, as a long one may lie around it.
const analyzer::CallMark* TimelineView::Private::markAt(const QPoint& at) const {
  const LaneRow* row = rowAt(at);
  if (!row || row->lane == LaneRow::kNone || !scene.picture || at.x() < scene.layout.column) return nullptr;
  const LanePicture* lane = scene.picture->find(row->choice());
  if (!lane) return nullptr;
  const TimeSpan pixel = scene.axis.spanOf(at.x() - scene.layout.column, at.x() - scene.layout.column + 1);
  const analyzer::CallMark* best = nullptr;
  const auto& marks = scene.picture->density.marks;
  for (size_t i = lane->first_mark; i < lane->end_mark && marks[i].event.start_ns < pixel.to_ns; ++i) {
    if (marks[i].event.start_ns + marks[i].duration_ns < pixel.from_ns) continue;
    if (!best || marks[i].duration_ns < best->duration_ns) best = &marks[i];
  }
  return best;
}

QString TimelineView::Private::callText(const analyzer::CallMark& mark) const {
  QString text = shown_text(mark.call);
  if (!mark.about.empty()) text += u' ' + shown_text(mark.about);
  text += QStringLiteral("  ") + duration_text(static_cast<double>(mark.duration_ns));
  if (!mark.result.empty()) text += QStringLiteral("\n= ") + shown_text(mark.result);
  if (mark.unfinished) text += QStringLiteral("\ndid not return");
  if (mark.waits) text += QStringLiteral("\nwaiting");
  text += QStringLiteral("\n") + scene.momentText(mark.event.start_ns, 1'000);
  return text;
}

ValueAt TimelineView::Private::valueAt(const QPoint& at) const {
  ValueAt value;
  value.time_ns = timeAt(at.x());
  const LaneRow* row = rowAt(at);
  if (!row || row->lane == LaneRow::kNone) return value;
  value.lane = row->lane;
  const analyzer::Lane& lane = scene.model.lanes()[row->lane];
  if (const analyzer::CallMark* mark = markAt(at)) {
    value.field = QStringLiteral("syscall");
    value.value = u'"' + QString::fromStdString(mark->call) + u'"';
    value.event = mark->event;
  } else if (lane.kind == LaneKind::kThread) {
    value.field = QStringLiteral("tid");
    value.value = QString::number(lane.tid);
  } else if (lane.kind == LaneKind::kProcess) {
    value.field = QStringLiteral("pid");
    value.value = QString::number(lane.pid);
  }
  return value;
}

void TimelineView::Private::clickLane(int at, Qt::KeyboardModifiers modifiers) {
  const LaneRow row = scene.model.rows()[static_cast<size_t>(at)];
  if (row.lane == LaneRow::kNone) {
    if (row.begin_after)
      scene.model.setExpandedLater(row.parent, true);
    else
      scene.model.setExpandedEnded(row.parent, true);
    return layoutLanes();
  }
  if (!shows_calls(scene.model.lanes()[row.lane].kind)) {
    if (row.can_fold) {
      scene.model.setFolded(row.lane, !scene.model.isFolded(row.lane));
      layoutLanes();
    }
    return;
  }
  std::vector<uint32_t> lanes;
  if (modifiers & (Qt::ControlModifier | Qt::ShiftModifier)) lanes = scene.selected_lanes;
  if (modifiers & Qt::ShiftModifier && !lanes.empty()) {
    int from = scene.model.rowOf(lanes.back()), to = at;
    if (from > to) std::swap(from, to);
    for (int i = std::max(from, 0); i <= to; ++i) {
      const uint32_t lane = scene.model.rows()[static_cast<size_t>(i)].lane;
      if (lane != LaneRow::kNone && shows_calls(scene.model.lanes()[lane].kind) &&
          std::find(lanes.begin(), lanes.end(), lane) == lanes.end())
        lanes.push_back(lane);
    }
  } else if (const auto found = std::find(lanes.begin(), lanes.end(), row.lane); found != lanes.end()) {
    lanes.erase(found);
  } else if (lanes.empty() && scene.selected_lanes == std::vector<uint32_t>{row.lane}) {
    // The only one: a second click lets go of it.
  } else {
    lanes.push_back(row.lane);
  }
  view.selectLanes(lanes);
}

void TimelineView::Private::clickCall(const QPoint& at) {
  const LaneRow* row = rowAt(at);
  if (!row || row->lane == LaneRow::kNone || !shows_calls(scene.model.lanes()[row->lane].kind)) return;
  if (const analyzer::CallMark* mark = markAt(at)) return selectCall(*mark, true);
  const int x = at.x() - scene.layout.column;
  findCall(row->choice(), scene.axis.spanOf(x - 1, x + 2), [this](const std::optional<analyzer::CallMark>& mark) {
    if (mark) selectCall(*mark, true);
  });
}

void TimelineView::Private::hover() {
  if (!scene.timeline || drag != Drag::kNone) return;
  const QPoint global = view.viewport()->mapToGlobal(mouse);
  auto show = [this, global](const QString& text) {
    // Tooltips read what looks like HTML as such: a name may.
    QToolTip::showText(global,
                       Qt::mightBeRichText(text)
                           ? text.toHtmlEscaped().prepend(QStringLiteral("<pre>")).append(QStringLiteral("</pre>"))
                           : text,
                       view.viewport());
    emit view.hovered(text);
  };
  if (const QString marks = marks_at(scene, mouse); !marks.isEmpty()) return show(marks);
  const LaneRow* row = rowAt(mouse);
  if (!row || row->lane == LaneRow::kNone) return;
  const analyzer::Lane& lane = scene.model.lanes()[row->lane];
  if (mouse.x() < scene.layout.column) {
    if (!lane.command.empty()) {
      QString text = shown_text(std::string_view(lane.command).substr(0, 1000));
      text += QStringLiteral("\npid %1, parent %2, %3")
                  .arg(lane.pid)
                  .arg(lane.ppid)
                  .arg(duration_text(static_cast<double>(lane.end_ns - lane.start_ns)));
      if (lane.exit_signal) text += QStringLiteral(", killed by signal %1").arg(*lane.exit_signal);
      if (lane.exit_code) text += QStringLiteral(", exit %1").arg(*lane.exit_code);
      show(text);
    }
    return;
  }
  if (lane.kind == LaneKind::kFindings) {
    const double x = mouse.x() - scene.layout.column;
    const TimeSpan near = scene.axis.spanOf(x - 8, x + 8);
    QStringList lines;
    for (const analyzer::Finding& finding : scene.timeline->findings())
      if (finding.span.from_ns < near.to_ns && std::max(finding.span.to_ns, finding.span.from_ns + 1) > near.from_ns &&
          lines.size() < 8)
        lines << scene.momentText(finding.span.from_ns, 1'000'000) + QStringLiteral("  ") + shown_text(finding.text);
    if (!lines.isEmpty()) show(lines.join(u'\n'));
    return;
  }
  if (!shows_calls(lane.kind)) return;
  const int x = mouse.x() - scene.layout.column,
            at_row = scene.model.rowAt(mouse.y() - scene.layout.top() + scene.scroll);
  hover_job->start([this, lane = row->choice(), span = scene.axis.spanOf(x, x + 1), at = mouse, at_row, show,
                    filter = filter, timeline = scene.timeline](std::stop_token stop, const LatestJob::Reply& reply) {
    try {
      auto mark = timeline->longest_call(lane, span, filter, stop);
      if (stop.stop_requested()) return;
      reply.post([this, mark = std::move(mark), at, at_row, show] {
        if (!mark || at != mouse) return;
        scene.hovered_call = mark;
        scene.hovered_row = at_row;
        view.viewport()->update();
        show(callText(*mark));
      });
    } catch (const std::exception&) {
    }
  });
}

void TimelineView::Private::minimapTo(int x) {
  const QRect rect = scene.layout.minimapRect();
  const TimeSpan all = scene.axis.extent(), now = scene.axis.view();
  auto time = [&](int at) {
    const double share = std::clamp(static_cast<double>(at - rect.left()) / std::max(1, rect.width()), 0.0, 1.0);
    return all.from_ns + static_cast<int64_t>(share * static_cast<double>(all.length_ns()));
  };
  TimeSpan span = now;
  if (drag == Drag::kMinimapFrom) {
    span.from_ns = std::min(time(x), now.to_ns - TimeAxis::kLeastNs);
  } else if (drag == Drag::kMinimapTo) {
    span.to_ns = std::max(time(x), now.from_ns + TimeAxis::kLeastNs);
  } else {
    const int64_t middle = time(x);
    span = {middle - now.length_ns() / 2, middle - now.length_ns() / 2 + now.length_ns()};
  }
  scene.axis.setView(span);
  viewChanged(true);
}

void TimelineView::Private::press(QMouseEvent* event) {
  pressed = last = mouse = event->position().toPoint();
  pressed_ns = timeAt(pressed.x());
  if (!scene.timeline) return;
  if (event->button() == Qt::MiddleButton) {
    drag = Drag::kPan;
    view.viewport()->setCursor(Qt::ClosedHandCursor);
    return;
  }
  if (event->button() != Qt::LeftButton) return;
  if (scene.layout.minimapRect().contains(pressed)) {
    const QRect rect = scene.layout.minimapRect();
    const TimeSpan all = scene.axis.extent(), now = scene.axis.view();
    auto x = [&](int64_t ns) {
      return rect.left() + static_cast<double>(ns - all.from_ns) / static_cast<double>(all.length_ns()) * rect.width();
    };
    const double from = x(now.from_ns), to = x(now.to_ns);
    drag = std::abs(pressed.x() - from) <= kNear + 1 ? Drag::kMinimapFrom
           : std::abs(pressed.x() - to) <= kNear + 1 ? Drag::kMinimapTo
                                                     : Drag::kMinimap;
    if (drag == Drag::kMinimap && (pressed.x() < from || pressed.x() > to)) minimapTo(pressed.x());
    return;
  }
  if (pressed.x() < scene.layout.column) {
    const int row = scene.model.rowAt(pressed.y() - scene.layout.top() + scene.scroll);
    if (pressed.y() < scene.layout.top() || row < 0) return;
    const LaneRow& at = scene.model.rows()[static_cast<size_t>(row)];
    const int triangle = 11 + (at.heading ? 0 : at.level * sizes::kIndent);
    if (at.can_fold && std::abs(pressed.x() - triangle) <= 9) {
      scene.model.setFolded(at.lane, !scene.model.isFolded(at.lane));
      return layoutLanes();
    }
    return clickLane(row, event->modifiers());
  }
  if (scene.selection) {
    const double a = scene.layout.column + scene.axis.pixelOf(scene.selection->from_ns),
                 b = scene.layout.column + scene.axis.pixelOf(scene.selection->to_ns);
    const bool in_ruler = scene.layout.rulerRect().contains(pressed);
    if (std::abs(pressed.x() - a) <= kNear || (in_ruler && pressed.x() >= a && pressed.x() <= a + 14))
      drag = Drag::kEdgeA;
    if (std::abs(pressed.x() - b) <= kNear || (in_ruler && pressed.x() <= b && pressed.x() >= b - 14))
      drag = Drag::kEdgeB;
    if (drag != Drag::kNone) return;
  }
  if (scene.playhead && scene.layout.rulerRect().contains(pressed) &&
      std::abs(pressed.x() - scene.layout.column - scene.axis.pixelOf(*scene.playhead)) <= 6) {
    drag = Drag::kPlayhead;
    return;
  }
  drag = Drag::kMaybeRange;
}

void TimelineView::Private::move(QMouseEvent* event) {
  const QPoint at = event->position().toPoint();
  mouse = at;
  if (!scene.timeline) return;
  switch (drag) {
    case Drag::kMaybeRange:
      if (std::abs(at.x() - pressed.x()) < QGuiApplication::styleHints()->startDragDistance() / 2 + 1) break;
      drag = Drag::kRange;
      [[fallthrough]];
    case Drag::kRange: {
      const int64_t here = timeAt(at.x());
      setSelection(TimeSpan{std::min(here, pressed_ns), std::max({here, pressed_ns, std::min(here, pressed_ns) + 1})});
      break;
    }
    case Drag::kEdgeA:
    case Drag::kEdgeB: {
      TimeSpan span = *scene.selection;
      (drag == Drag::kEdgeA ? span.from_ns : span.to_ns) = timeAt(at.x());
      if (span.from_ns > span.to_ns) {
        std::swap(span.from_ns, span.to_ns);
        drag = drag == Drag::kEdgeA ? Drag::kEdgeB : Drag::kEdgeA;
      }
      setSelection(span);
      break;
    }
    case Drag::kPan:
      scene.axis.pan(last.x() - at.x());
      scrollTo(scene.scroll + last.y() - at.y());
      viewChanged(true);
      break;
    case Drag::kPlayhead:
      view.setPlayhead(std::clamp(timeAt(at.x()), scene.axis.extent().from_ns, scene.axis.extent().to_ns));
      break;
    case Drag::kMinimap:
    case Drag::kMinimapFrom:
    case Drag::kMinimapTo:
      minimapTo(at.x());
      break;
    default: {
      QToolTip::hideText();
      const int row = at.y() < scene.layout.top() ? -1 : scene.model.rowAt(at.y() - scene.layout.top() + scene.scroll);
      if (scene.hovered_call || row != scene.hovered_row) {
        scene.hovered_call.reset();
        scene.hovered_row = row;
        view.viewport()->update();
        emit view.hovered({});
      }
      bool edge = false;
      if (scene.selection && at.x() >= scene.layout.column && at.y() >= scene.layout.minimap)
        for (const int64_t ns : {scene.selection->from_ns, scene.selection->to_ns})
          edge |= std::abs(at.x() - scene.layout.column - scene.axis.pixelOf(ns)) <= kNear;
      view.viewport()->setCursor(edge ? Qt::SizeHorCursor : Qt::ArrowCursor);
      hover_timer.start();
    }
  }
  last = at;
}

void TimelineView::Private::release(QMouseEvent* event) {
  const Drag was = std::exchange(drag, Drag::kNone);
  view.viewport()->unsetCursor();
  if (!scene.timeline) return;
  if (was == Drag::kRange || was == Drag::kEdgeA || was == Drag::kEdgeB) emit view.selectionChanged();
  if (was != Drag::kMaybeRange) return;
  const QPoint at = event->position().toPoint();
  if (scene.layout.rulerRect().contains(at)) return view.setPlayhead(timeAt(at.x()));
  clickCall(at);
}

bool TimelineView::viewportEvent(QEvent* event) {
  // Ours come when there is something to say.
  if (event->type() == QEvent::ToolTip) return true;
  if (event->type() == QEvent::Leave) {
    d_->hover_timer.stop();
    d_->scene.hovered_row = -1;
    d_->scene.hovered_call.reset();
    viewport()->update();
    emit hovered({});
  }
  return QAbstractScrollArea::viewportEvent(event);
}

void TimelineView::mousePressEvent(QMouseEvent* event) {
  QToolTip::hideText();
  d_->hover_timer.stop();
  d_->press(event);
}
void TimelineView::mouseMoveEvent(QMouseEvent* event) { d_->move(event); }
void TimelineView::mouseReleaseEvent(QMouseEvent* event) { d_->release(event); }

void TimelineView::mouseDoubleClickEvent(QMouseEvent* event) {
  const QPoint at = event->position().toPoint();
  if (!d_->scene.timeline || event->button() != Qt::LeftButton) return;
  if (at.x() < d_->scene.layout.column) {
    const LaneRow* row = d_->rowAt(at);
    if (row && row->lane != LaneRow::kNone && row->can_fold && !row->heading) {
      d_->scene.model.setFolded(row->lane, !d_->scene.model.isFolded(row->lane));
      d_->layoutLanes();
    }
    return;
  }
  if (const analyzer::CallMark* mark = d_->markAt(at)) {
    const int64_t room = std::max<int64_t>(mark->duration_ns / 4, 100);
    showRange({mark->event.start_ns - room, mark->event.start_ns + mark->duration_ns + room});
  }
}

void TimelineView::contextMenuEvent(QContextMenuEvent* event) {
  if (!d_->scene.timeline) return;
  const bool by_key = event->reason() == QContextMenuEvent::Keyboard;
  const QPoint at = by_key ? QPoint(d_->scene.layout.column / 2, d_->scene.layout.top() + 1) : event->pos();
  ValueAt value = d_->valueAt(at);
  if (by_key && !d_->scene.selected_lanes.empty()) {
    const int row = d_->scene.model.rowOf(d_->scene.selected_lanes.front());
    if (row >= 0)
      value = d_->valueAt({d_->scene.layout.column / 2,
                           d_->scene.rowRect(d_->scene.model.rows()[static_cast<size_t>(row)]).center().y()});
  }
  emit valueMenuRequested(value, viewport()->mapToGlobal(at));
  event->accept();
}

void TimelineView::wheelEvent(QWheelEvent* event) {
  d_->mouse = event->position().toPoint();
  const QPoint angle = event->angleDelta();
  const double turns = (angle.y() ? angle.y() : angle.x()) / 120.0;
  if (!d_->scene.timeline) return;
  if (event->modifiers() & Qt::ControlModifier) {
    d_->scene.axis.zoomAt(d_->mouse.x() - d_->scene.layout.column, std::pow(1.25, turns));
    d_->viewChanged(true);
  } else if (event->modifiers() & Qt::ShiftModifier || (angle.x() && !angle.y())) {
    d_->scene.axis.pan(-turns * 60);
    d_->viewChanged(true);
  } else {
    verticalScrollBar()->setValue(verticalScrollBar()->value() -
                                  static_cast<int>(std::lround(turns * 3 * sizes::kLane)));
  }
  event->accept();
}

void TimelineView::keyPressEvent(QKeyEvent* event) {
  const bool alt = event->modifiers() & Qt::AltModifier;
  auto moveLane = [this](int by) {
    const auto& rows = d_->scene.model.rows();
    int at = d_->scene.selected_lanes.empty() ? -1 : d_->scene.model.rowOf(d_->scene.selected_lanes.back());
    for (at += by; at >= 0 && at < static_cast<int>(rows.size()); at += by) {
      const LaneRow& row = rows[static_cast<size_t>(at)];
      if (row.lane == LaneRow::kNone || !shows_calls(d_->scene.model.lanes()[row.lane].kind)) continue;
      const uint32_t lane = row.lane;
      selectLanes({lane});
      d_->scrollToRow(d_->scene.model.rowOf(lane));
      return;
    }
  };
  auto fold = [this](bool folded) {
    for (const uint32_t lane : d_->scene.selected_lanes) d_->scene.model.setFolded(lane, folded);
    d_->layoutLanes();
  };
  switch (event->key()) {
    case Qt::Key_W:
      return zoomIn();
    case Qt::Key_S:
      return zoomOut();
    case Qt::Key_A:
      return panLeft();
    case Qt::Key_D:
      return panRight();
    case Qt::Key_F:
      return fitSelection();
    case Qt::Key_0:
      return showAll();
    case Qt::Key_Comma:
      return previousEvent();
    case Qt::Key_Period:
      return nextEvent();
    case Qt::Key_Left:
      return alt ? zoomBack() : event->modifiers() & Qt::ShiftModifier ? panLeft() : fold(true);
    case Qt::Key_Right:
      return alt ? zoomForward() : event->modifiers() & Qt::ShiftModifier ? panRight() : fold(false);
    case Qt::Key_Up:
      return moveLane(-1);
    case Qt::Key_Down:
      return moveLane(1);
    case Qt::Key_Escape:
      return clearSelection();
    default:
      QAbstractScrollArea::keyPressEvent(event);
  }
}

}  // namespace ebpftrace::gui
