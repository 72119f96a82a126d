// SPDX-License-Identifier: Apache-2.0
// The window's playhead: what there was at it, the replay that moves it, and streams.
#include <QLabel>
#include <QTimer>
#include <algorithm>
#include <chrono>
#include <utility>

#include "gui/moment/replay_bar.h"
#include "gui/style/sizes.h"
#include "gui/window/main_window.h"

namespace ebpftrace::gui {
namespace {

constexpr int kMessageMs = 4000;

int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void MainWindow::makeMomentTabs() {
  replay_ = new Replay(workers_, steady_ns, this);
  moment_ = new MomentView(workers_, tab_stack_);
  tabs_->addTab(tr("Moment"));
  tab_stack_->addWidget(moment_);
  streams_ = new StreamView(workers_, tab_stack_);
  tabs_->addTab(tr("Streams"));
  tab_stack_->addWidget(streams_);
}

void MainWindow::makeReplayActions() {
  const QString replay = tr("&Replay");
  auto add = [&](const char* id, const QString& text, Qt::Key key, std::function<void()> run, bool checkable = false) {
    QAction* action = actions_->add(id, replay, text, {QKeySequence(key)}, std::move(run));
    action->setData(QStringLiteral("needs recording"));
    action->setCheckable(checkable);
    return action;
  };
  // Without a playhead it begins where one looks.
  auto place = [this] {
    if (scope_.now().moment) return;
    timeline_->setPlayhead(scope_.now().range ? scope_.now().range->from_ns : timeline_->range().from_ns);
  };
  add("replay play", tr("&Play or pause"), Qt::Key_K, [this, place] {
    place();
    replay_->toggle();
  });
  add("replay back", tr("Step to the event &before"), Qt::Key_J, [this, place] {
    place();
    replay_->stepBack();
  });
  add("replay forward", tr("Step to the &next event"), Qt::Key_L, [this, place] {
    place();
    replay_->stepForward();
  });
  actions_->addSeparator(replay);
  add("replay slower", tr("&Slower"), Qt::Key_BracketLeft, [this] { replay_->slower(); });
  add("replay faster", tr("&Faster"), Qt::Key_BracketRight, [this] { replay_->faster(); });
  add(
      "replay loop", tr("&Loop the selected range"), Qt::Key_R,
      [this] { replay_->setLoops(actions_->find("replay loop")->isChecked()); }, true);
  add(
      "replay skip", tr("Skip &idle time"), Qt::Key_I,
      [this] { replay_->setSkipsIdle(actions_->find("replay skip")->isChecked()); }, true);
  actions_->addSeparator(replay);
  add("follow stream", tr("Follow the stream of the &event"), Qt::Key_T, [this] {
    PickedValue value;
    value.event = details_->event();  // the timeline finds it later
    if (value.event) return followStream(value);
    message_->setText(tr("Select an event first: its stream is followed."));
    QTimer::singleShot(kMessageMs, message_, &QLabel::clear);
  });
}

QWidget* MainWindow::makeReplayBar(QWidget* parent) {
  return new ReplayBar(*replay_,
                       {actions_->find("replay back"), actions_->find("replay play"), actions_->find("replay forward"),
                        actions_->find("replay loop"), actions_->find("replay skip")},
                       parent);
}

void MainWindow::connectMoment() {
  connect(&scope_, &Scope::momentChanged, this, [this] {
    moment_->ask(scope_.now());
    if (scope_.now().moment) replay_->setPosition(*scope_.now().moment);
  });
  connect(event_source_, &EventSource::reset, this, [this] { replay_->setEvents(event_source_->events()); });
  connect(timeline_, &TimelineView::loaded, this, [this] {
    replay_->setExtent(timeline_->extent());
    replay_->setEvents(event_source_->events());
    replay_->setRange(scope_.now().range);
    showPendingMoment();
  });
  connect(replay_, &Replay::moved, this, [this](int64_t ns) {
    timeline_->setPlayhead(ns);
    timeline_->followTime(ns);
  });
  connect(replay_, &Replay::changed, this, [this] {
    updateStatus();
    if (scope_.now().moment && !replay_->clock().plays()) event_table_->showTime(*scope_.now().moment);
  });
  connect(replay_, &Replay::stepped, this, [this](const analyzer::EventRef& event) {
    timeline_->goTo(event);
    details_->selectEvent(event);
    event_table_->selectEvent(event);
  });
  connect(replay_, &Replay::nothingThere, this, [this](bool forward) {
    message_->setText(forward ? tr("No event comes after this moment.") : tr("No event is before this moment."));
    QTimer::singleShot(kMessageMs, message_, &QLabel::clear);
  });
  connect(moment_, &MomentView::valueMenuRequested, this, &MainWindow::showValueMenu);
  connect(moment_, &MomentView::momentChosen, this, &MainWindow::goToMoment);
  connect(moment_, &MomentView::copyRequested, this, &MainWindow::copy);
  connect(moment_, &MomentView::playheadRequested, this, [this] {
    const analyzer::TimeSpan span = scope_.now().range ? *scope_.now().range : timeline_->range();
    timeline_->setPlayhead(span.from_ns + span.length_ns() / 2);
  });
  connect(streams_, &StreamView::valueMenuRequested, this, &MainWindow::showValueMenu);
  connect(streams_, &StreamView::copyRequested, this, &MainWindow::copy);
  connect(streams_, &StreamView::eventChosen, this, [this](const analyzer::EventRef& event, int64_t ns) {
    timeline_->goTo(event);
    timeline_->setPlayhead(ns);
    details_->selectEvent(event);
    event_table_->selectEvent(event);
  });
}

// Tables that lie side by side, and streams, take the place of the panes beside them.
void MainWindow::showMomentTab(int index) {
  moment_->setLooked(index == momentTab());
  streams_->setLooked(index == streamsTab());
  selection_->setVisible(index != momentTab() && index != streamsTab());
  details_->setVisible(index != streamsTab());
}

void MainWindow::followStream(const PickedValue& value) {
  if (value.stream.empty() && !value.event) return;
  if (value.stream.empty())
    streams_->followEvent(*value.event);
  else
    streams_->follow({value.stream, value.stream_at_ns});
  tabs_->setCurrentIndex(streamsTab());
}

// --at and --stream.
void MainWindow::showPendingMoment() {
  const std::string at = std::exchange(pending_.at, {}).toStdString(),
                    stream = std::exchange(pending_.stream, {}).toStdString();
  auto follow = [this, stream](std::optional<int64_t> ns) {
    if (stream.empty()) return;
    streams_->follow({stream, ns});
    tabs_->setCurrentIndex(streamsTab());
  };
  if (at.empty()) return follow({});
  moment_job_.start([recording = recording_, at](const PoolJob::Task&) { return moments_of(*recording, at, {}); },
                    [this, follow](analyzer::TimeSpan span) {
                      const analyzer::TimeSpan all = timeline_->extent();
                      const int64_t ns = std::clamp(span.from_ns, all.from_ns, all.to_ns);
                      timeline_->setPlayhead(ns);
                      timeline_->followTime(ns);
                      follow(ns);
                    },
                    [this](const QString& what) { message_->setText(what.section(u'\n', 0, 0)); });
}

}  // namespace ebpftrace::gui
