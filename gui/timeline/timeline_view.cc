// SPDX-License-Identifier: Apache-2.0
#include "gui/timeline/timeline_view.h"

#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QToolButton>
#include <algorithm>

#include "gui/style/icons.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/timeline/timeline_private.h"

namespace ebpftrace::gui {

TimelineView::Private::Private(TimelineView& of)
    : view(of),
      load_job(new LatestJob),
      density_job(new LatestJob),
      overview_job(new LatestJob),
      chart_job(new LatestJob),
      call_job(new LatestJob),
      hover_job(new LatestJob) {
  clock.start();
  ask_timer.setSingleShot(true);
  hover_timer.setSingleShot(true);
  hover_timer.setInterval(300);
  QObject::connect(&ask_timer, &QTimer::timeout, &view, [this] { askNow(); });
  QObject::connect(&hover_timer, &QTimer::timeout, &view, [this] { hover(); });
  scene.layout.column = sizes::kLaneColumn;
  scene.layout.minimap = sizes::kMinimap;
  scene.layout.ruler = sizes::kRuler;
  for (unsigned i = 0; i < analyzer::kCallClasses; ++i) {
    const std::string_view name = analyzer::class_name(static_cast<analyzer::CallClass>(i));
    legend.push_back(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())));
  }
}

void TimelineView::Private::makeWidgets() {
  QWidget* parent = view.viewport();
  find = new QLineEdit(parent);
  find->setPlaceholderText(QStringLiteral("Find lane"));
  find->setAccessibleName(QStringLiteral("Find lane"));
  find->addAction(themed_icon(Icon::kSearch), QLineEdit::LeadingPosition);
  find->setClearButtonEnabled(true);
  find->setFocusPolicy(Qt::ClickFocus);  // findLane() gives it the keyboard: letters are the timeline's else
  QObject::connect(find, &QLineEdit::textChanged, &view, [this](const QString& text) {
    scene.model.setSearch(text.toStdString());
    layoutLanes();
  });
  auto button = [&](const QString& text, const QString& name) {
    auto* made = new QToolButton(parent);
    made->setText(text);
    made->setAccessibleName(name);
    made->setToolButtonStyle(Qt::ToolButtonTextOnly);
    made->setPopupMode(QToolButton::InstantPopup);
    made->setAutoRaise(true);
    // The style's own arrow stands in a corner of the text.
    made->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    made->setMenu(new QMenu(made));
    made->setFocusPolicy(Qt::TabFocus);
    return made;
  };
  order = button(QStringLiteral("Order: start ▾"), QStringLiteral("Order of lanes"));
  struct Order {
    LaneOrder order;
    const char* name;
  };
  for (const Order& one : {Order{LaneOrder::kStart, "start"}, Order{LaneOrder::kName, "name"},
                           Order{LaneOrder::kPid, "pid"}, Order{LaneOrder::kLength, "longest"}})
    order->menu()->addAction(QString::fromLatin1(one.name), &view, [this, one] {
      scene.model.setOrder(one.order);
      order->setText(QStringLiteral("Order: %1 ▾").arg(QLatin1String(one.name)));
      layoutLanes();
    });
  colour = button(QStringLiteral("Colour by class ▾"), QStringLiteral("Colour by"));
  for (const char* field : {"class", "errno", "duration", "syscall", "process", "path", "user", "cgroup", "cpu"})
    colour->menu()->addAction(QString::fromLatin1(field), &view,
                              [this, field] { view.setColourBy(QString::fromLatin1(field)); });
  time_base = button(QStringLiteral("since start ▾"), QStringLiteral("What the ruler shows"));
  time_base->menu()->addAction(QStringLiteral("since start"), &view, [this] { view.setWallClock(false); });
  time_base->menu()->addAction(QStringLiteral("wall clock"), &view, [this] { view.setWallClock(true); });
}

void TimelineView::Private::placeWidgets() {
  const int column = scene.layout.column;
  const int right = std::max(order->sizeHint().width(), 96);
  find->setGeometry(sizes::kPadding, 9, column - right - 3 * sizes::kPadding, 26);
  order->setGeometry(column - right - sizes::kPadding, 9, right, 26);
  const int base = time_base->sizeHint().width();
  colour->setGeometry(2, scene.layout.minimap + 1, colour->sizeHint().width(), scene.layout.ruler - 3);
  time_base->setGeometry(column - base - 2, scene.layout.minimap + 1, base, scene.layout.ruler - 3);
}

void TimelineView::Private::applyTheme() {
  scene.colours = &colours_for(view.palette());
  scene.ratio = view.devicePixelRatioF();
  scene.hatches = Hatches(*scene.colours, scene.ratio);
  scene.fonts.emplace();
  for (QToolButton* button : {order, colour, time_base}) button->setFont(text_font(sizes::kSecondText));
  find->setFont(text_font(sizes::kBaseText));
  placeWidgets();
  // Images are of the old colours.
  ++asked_for;
  scene.charts.clear();
  scene.overview.clear();
  scene.overview_image = {};
  askOverview();
  view.viewport()->update();
  ask();
}

void TimelineView::Private::layoutLanes() {
  scene.model.setView(scene.axis.view());
  if (scene.singleCalls()) {
    std::set<uint32_t> tall(scene.selected_lanes.begin(), scene.selected_lanes.end());
    if (tall.empty() && scene.selected_call) tall.insert(scene.selected_call->thread_lane);
    if (tall.empty()) tall.insert(analyzer::kNoLane);
    scene.model.setFocused(tall);
  } else {
    scene.model.setFocused({});
  }
  const int height = scene.layout.lanesRect().height();
  QScrollBar* bar = view.verticalScrollBar();
  bar->setRange(0, std::max(0, scene.model.height() - height));
  bar->setPageStep(height);
  bar->setSingleStep(sizes::kLane);
  scene.scroll = bar->value();
  scene.hovered_row = -1;
  view.viewport()->update();
  ask();
}

void TimelineView::Private::viewChanged(bool remember) {
  if (remember) history.note(scene.axis.view(), clock.elapsed());
  layoutLanes();
  emit view.rangeChanged(scene.axis.view());
  emit view.zoomHistoryChanged(history.canGoBack(), history.canGoForward());
}

void TimelineView::Private::setSelection(std::optional<TimeSpan> span) {
  if (span) {
    const TimeSpan all = scene.axis.extent();
    span->from_ns = std::clamp(span->from_ns, all.from_ns, all.to_ns - 1);
    span->to_ns = std::clamp(span->to_ns, span->from_ns + 1, all.to_ns);
  }
  if (scene.selection == span) return;
  scene.selection = span;
  view.viewport()->update();
}

void TimelineView::Private::selectCall(const analyzer::CallMark& mark, bool tell) {
  scene.selected_call = mark;
  view.viewport()->update();
  if (tell) emit view.eventSelected(mark.event);
}

void TimelineView::Private::scrollTo(int y) { view.verticalScrollBar()->setValue(y); }

void TimelineView::Private::scrollToRow(int row) {
  if (row < 0) return;
  const LaneRow& at = scene.model.rows()[static_cast<size_t>(row)];
  const int height = scene.layout.lanesRect().height();
  if (at.top < scene.scroll || at.top + at.height > scene.scroll + height) scrollTo(at.top - height / 3);
}

double TimelineView::Private::zoomCentre() const {
  const int x = mouse.x() - scene.layout.column;
  return view.underMouse() && x >= 0 && x < scene.axis.width() ? x : scene.axis.width() / 2.0;
}

// ---- what others call -----------------------------------------------------------------------------------------------

TimelineView::TimelineView(QWidget* parent) : QAbstractScrollArea(parent), d_(new Private(*this)) {
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(QStringLiteral("Timeline"));
  viewport()->setMouseTracking(true);
  viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
  d_->makeWidgets();
  d_->applyTheme();
}

TimelineView::~TimelineView() = default;

void TimelineView::setSession(std::shared_ptr<const analyzer::Session> session) {
  d_->session = std::move(session);
  ++d_->asked_for;
  d_->load();
}

void TimelineView::growSession(std::shared_ptr<const analyzer::Session> session) {
  d_->session = std::move(session);
  if (d_->scene.timeline)
    d_->grow();
  else
    d_->load();
}

std::shared_ptr<const analyzer::Timeline> TimelineView::timeline() const { return d_->scene.timeline; }
TimeSpan TimelineView::extent() const { return d_->scene.axis.extent(); }
TimeSpan TimelineView::range() const { return d_->scene.axis.view(); }
std::optional<TimeSpan> TimelineView::selectedRange() const { return d_->scene.selection; }
const std::vector<uint32_t>& TimelineView::selectedLanes() const { return d_->scene.selected_lanes; }
std::optional<int64_t> TimelineView::playhead() const { return d_->scene.playhead; }
double TimelineView::nsPerPixel() const { return d_->scene.axis.nsPerPixel(); }
bool TimelineView::canZoomBack() const { return d_->history.canGoBack(); }
bool TimelineView::canZoomForward() const { return d_->history.canGoForward(); }
std::vector<QString> TimelineView::legend() const { return d_->legend; }
bool TimelineView::singleCalls() const { return d_->scene.singleCalls(); }

std::optional<analyzer::EventRef> TimelineView::selectedEvent() const {
  return d_->scene.selected_call ? std::optional(d_->scene.selected_call->event) : std::nullopt;
}

QRect TimelineView::laneRect(uint32_t lane) const {
  const int row = d_->scene.model.rowOf(lane);
  return row < 0 ? QRect() : d_->scene.rowRect(d_->scene.model.rows()[static_cast<size_t>(row)]);
}

QString TimelineView::selectedLanesFilter() const {
  if (!d_->scene.timeline) return {};
  QStringList parts;
  for (const uint32_t lane : d_->scene.selected_lanes) {
    const bool folded = d_->scene.model.isFolded(lane);
    const std::string filter = d_->scene.timeline->lane_filter({lane, folded});
    if (!filter.empty()) parts << QString::fromStdString(filter);
  }
  return parts.size() > 1 ? u'(' + parts.join(QStringLiteral(" || ")) + u')' : parts.join(QString());
}

void TimelineView::setFilter(const QString& expression) {
  if (d_->filter == expression.toStdString()) return;
  d_->filter = expression.toStdString();
  ++d_->asked_for;
  d_->ask();
}

void TimelineView::setColourBy(const QString& field) {
  if (d_->colour_by == field.toStdString()) return;
  d_->colour_by = field.toStdString();
  d_->colour->setText(QStringLiteral("Colour by %1 ▾").arg(field));
  d_->placeWidgets();
  ++d_->asked_for;
  d_->ask();
}

void TimelineView::setHiddenHues(uint8_t hues) {
  if (d_->hidden_hues == hues) return;
  d_->hidden_hues = hues;
  ++d_->asked_for;
  d_->ask();
}

void TimelineView::setWallClock(bool on) {
  d_->scene.wall_clock = on;
  d_->time_base->setText(on ? QStringLiteral("wall clock ▾") : QStringLiteral("since start ▾"));
  d_->placeWidgets();
  viewport()->update();
}

void TimelineView::showRange(const TimeSpan& span) {
  d_->scene.axis.setView(span);
  d_->viewChanged(true);
}

void TimelineView::selectRange(const TimeSpan& span) {
  d_->setSelection(span);
  emit selectionChanged();
}

void TimelineView::clearSelection() {
  d_->scene.selection.reset();
  d_->scene.selected_lanes.clear();
  d_->scene.selected_call.reset();
  d_->layoutLanes();
  emit selectionChanged();
}

void TimelineView::selectLanes(const std::vector<uint32_t>& lanes) {
  d_->scene.selected_lanes.clear();
  for (const uint32_t lane : lanes)
    if (lane < d_->scene.model.lanes().size()) d_->scene.selected_lanes.push_back(lane);
  d_->layoutLanes();
  emit selectionChanged();
}

void TimelineView::setPlayhead(std::optional<int64_t> ns) {
  if (d_->scene.playhead == ns) return;
  d_->scene.playhead = ns;
  viewport()->update();
  emit playheadChanged(ns);
}

void TimelineView::goTo(const analyzer::EventRef& event) {
  if (!d_->scene.timeline) return;
  d_->call_job->start([this, event, timeline = d_->scene.timeline](std::stop_token, const LatestJob::Reply& reply) {
    try {
      const auto mark = timeline->call_at(event);
      if (!mark) return;
      reply.post([this, mark = *mark] {
        d_->scene.axis.bringIntoView(mark.event.start_ns);
        d_->scene.model.setView(d_->scene.axis.view());
        if (mark.thread_lane != analyzer::kNoLane && d_->scene.model.rowOf(mark.thread_lane) < 0) {
          // Its lane is in a strip with others: that one is shown if it is, else what is above it unfolds.
          bool shown = false;
          for (uint32_t up = mark.thread_lane; up < d_->scene.model.lanes().size();
               up = d_->scene.model.lanes()[up].parent)
            shown |= d_->scene.model.rowOf(up) >= 0 && d_->scene.model.isFolded(up);
          if (!shown || d_->scene.singleCalls()) d_->scene.model.reveal(mark.thread_lane);
        }
        d_->selectCall(mark, false);
        d_->viewChanged(true);
        d_->scrollToRow(d_->scene.model.rowOf(mark.thread_lane));
      });
    } catch (const std::exception&) {
    }
  });
}

void TimelineView::goToTime(int64_t ns) {
  d_->scene.axis.bringIntoView(ns);
  d_->viewChanged(true);
}

void TimelineView::followTime(int64_t ns) {
  const TimeSpan in_view = range();
  if (in_view.contains(ns)) return;
  const int64_t before = in_view.length_ns() / 20;
  d_->scene.axis.setView({ns - before, ns - before + in_view.length_ns()});
  d_->viewChanged(false);
}

void TimelineView::zoomIn() {
  d_->scene.axis.zoomAt(d_->zoomCentre(), 1.5);
  d_->viewChanged(true);
}
void TimelineView::zoomOut() {
  d_->scene.axis.zoomAt(d_->zoomCentre(), 1 / 1.5);
  d_->viewChanged(true);
}
void TimelineView::panLeft() {
  d_->scene.axis.pan(-d_->scene.axis.width() / 8.0);
  d_->viewChanged(true);
}
void TimelineView::panRight() {
  d_->scene.axis.pan(d_->scene.axis.width() / 8.0);
  d_->viewChanged(true);
}
void TimelineView::zoomBack() {
  if (const auto span = d_->history.back()) {
    d_->scene.axis.setView(*span);
    d_->viewChanged(false);
  }
}
void TimelineView::zoomForward() {
  if (const auto span = d_->history.forward()) {
    d_->scene.axis.setView(*span);
    d_->viewChanged(false);
  }
}

void TimelineView::fitSelection() {
  std::optional<TimeSpan> span = d_->scene.selection;
  if (!span && d_->scene.selected_call)
    span =
        TimeSpan{d_->scene.selected_call->event.start_ns,
                 d_->scene.selected_call->event.start_ns + std::max<int64_t>(1, d_->scene.selected_call->duration_ns)};
  if (!span && !d_->scene.selected_lanes.empty()) {
    const analyzer::Lane& lane = d_->scene.model.lanes()[d_->scene.selected_lanes.front()];
    if (lane.end_ns > lane.start_ns) span = TimeSpan{lane.start_ns, lane.end_ns};
  }
  if (!span) return;
  const int64_t room = std::max<int64_t>(1, span->length_ns() / 20);
  showRange({span->from_ns - room, span->to_ns + room});
}

void TimelineView::showAll() { showRange(d_->scene.axis.extent()); }
void TimelineView::nextEvent() { d_->step(true); }
void TimelineView::previousEvent() { d_->step(false); }

void TimelineView::foldAll() {
  d_->scene.model.foldAll();
  d_->layoutLanes();
}
void TimelineView::unfoldAll() {
  d_->scene.model.unfoldAll();
  d_->layoutLanes();
}
void TimelineView::hideSelectedLanes() {
  for (const uint32_t lane : d_->scene.selected_lanes) d_->scene.model.setHidden(lane, true);
  selectLanes({});
}
void TimelineView::showOnlySelectedLanes() {
  if (d_->scene.selected_lanes.empty()) return;
  d_->scene.model.showOnly(d_->scene.selected_lanes);
  d_->layoutLanes();
}
void TimelineView::showHiddenLanes() {
  d_->scene.model.showAllLanes();
  d_->layoutLanes();
}
void TimelineView::pinSelectedLanes() {
  const bool all = std::all_of(d_->scene.selected_lanes.begin(), d_->scene.selected_lanes.end(),
                               [this](uint32_t lane) { return d_->scene.model.isPinned(lane); });
  for (const uint32_t lane : d_->scene.selected_lanes) d_->scene.model.setPinned(lane, !all);
  d_->layoutLanes();
}
void TimelineView::findLane() {
  d_->find->setFocus(Qt::ShortcutFocusReason);
  d_->find->selectAll();
}

QSize TimelineView::sizeHint() const { return {1280, 480}; }
QSize TimelineView::minimumSizeHint() const { return {sizes::kLaneColumn * 2, 160}; }

}  // namespace ebpftrace::gui
