// SPDX-License-Identifier: Apache-2.0
// Who tells whom, and what the lines at the edges say of it.
#include <QLabel>
#include <QProgressBar>
#include <QTimer>
#include <algorithm>

#include "gui/live/follower.h"
#include "gui/style/quantity_text.h"
#include "gui/window/main_window.h"

namespace ebpftrace::gui {
namespace {

constexpr QChar kThinSpace(0x2009);

}  // namespace

void MainWindow::connectParts() {
  connect(&scope_, &Scope::changed, this, [this] {
    if (restoring_ || !recording_) return;
    // What undo brought back is shown in the timeline as well.
    if (timeline_->selectedRange() != scope_.now().range) {
      restoring_ = true;
      if (scope_.now().range)
        timeline_->selectRange(*scope_.now().range);
      else
        timeline_->clearSelection();
      restoring_ = false;
    }
    askAll();
  });
  connect(timeline_, &TimelineView::selectionChanged, this, [this] {
    if (!restoring_) scope_.setSelection(timeline_->selectedRange(), timeline_->selectedLanesFilter());
  });
  connect(timeline_, &TimelineView::playheadChanged, &scope_, &Scope::setMoment);
  connect(&scope_, &Scope::momentChanged, this, [this] {
    for (QuestionPage* page : pages_)
      if (page->isAtMoment()) page->ask(scope_.now());
  });
  connect(timeline_, &TimelineView::eventSelected, this,
          [this](const analyzer::EventRef& event) { selectEvent(event, true); });
  connect(timeline_, &TimelineView::rangeChanged, this, [this] {
    updateRangeText();
    updateStatus();
    view_timer_->start();
  });
  connect(view_timer_, &QTimer::timeout, this, [this] {
    if (!scope_.now().range) askAboutView();
    emit settledChanged();
  });
  connect(timeline_, &TimelineView::loaded, this, [this] {
    timeline_loaded_ = true;
    legend_->setHues(timeline_->legend());
    updateRangeText();
    updateStatus();
    if (!pending_.from.isEmpty() || !pending_.to.isEmpty()) {
      setRangeFromText(pending_.from + QStringLiteral("..") + pending_.to);
      pending_.from.clear();
      pending_.to.clear();
    } else {
      askAboutView();
    }
    if (!view_to_come_.isEmpty()) showSavedView(std::exchange(view_to_come_, {}));
    emit settledChanged();
  });
  connect(timeline_, &TimelineView::failed, this, [this](const QString& what) {
    timeline_failed_ = !timeline_loaded_;
    message_->setText(what.section(u'\n', 0, 0));
    emit settledChanged();
  });
  connect(timeline_, &TimelineView::refined, this, &MainWindow::settledChanged);
  connect(timeline_, &TimelineView::progressChanged, this, [this](double share) {
    timeline_progress_ = share;
    updateStatus();
    emit settledChanged();
  });
  connect(timeline_, &TimelineView::legendChanged, this, [this] {
    legend_->setHidden(0);
    legend_->setHues(timeline_->legend());
  });
  connect(timeline_, &TimelineView::zoomHistoryChanged, this, [this](bool back, bool forward) {
    actions_->find("back")->setEnabled(back);
    actions_->find("forward")->setEnabled(forward);
  });
  connect(timeline_, &TimelineView::hovered, this, [this](const QString& text) { message_->setText(text); });
  connect(timeline_, &TimelineView::valueMenuRequested, this, [this](const ValueAt& at, const QPoint& global) {
    PickedValue value;
    value.field = at.field.toStdString();
    value.condition = at.filter().toStdString();
    value.text = at.value;
    value.event = at.event;
    value.moment_ns = at.time_ns;
    showValueMenu(value, global);
  });
  connect(legend_, &Legend::hiddenChanged, timeline_, &TimelineView::setHiddenHues);

  connect(event_source_, &EventSource::reset, this, &MainWindow::updateCounts);
  connect(event_source_, &EventSource::grown, this, &MainWindow::updateCounts);
  connect(event_table_, &EventTable::currentChanged, this, [this](const analyzer::EventRow& row) {
    selectEvent(row.ref, false);
    details_->setPosition(tr("event %1 of %2").arg(count_text(row.offset + 1), count_text(event_source_->rows())));
  });
  connect(event_table_, &EventTable::eventChosen, this, [this](const analyzer::EventRow& row) {
    timeline_->goTo(row.ref);
    const int64_t length = std::max<int64_t>(static_cast<int64_t>(row.duration_ns.value_or(0)), 1000);
    timeline_->showRange({row.time_ns - 2 * length, row.time_ns + 3 * length});
  });
  connect(event_table_, &EventTable::showMoreRequested, this, [this] {
    if (scope_.now().filter.isEmpty())
      clearSelection();
    else
      scope_.setFilter({});
  });
  connect(event_table_, &EventTable::valueMenuRequested, this, &MainWindow::showValueMenu);
  connect(selection_, &SelectionPane::valueMenuRequested, this, &MainWindow::showValueMenu);
  connect(details_, &DetailsPane::valueMenuRequested, this, &MainWindow::showValueMenu);
  connect(selection_, &SelectionPane::conditionRequested, &scope_, &Scope::addCondition);
  connect(selection_, &SelectionPane::copyRequested, this, &MainWindow::copy);
  connect(details_, &DetailsPane::conditionRequested, &scope_, &Scope::addCondition);
  connect(details_, &DetailsPane::stepRequested, this, &MainWindow::step);
  for (QuestionPage* page : pages_) {
    connect(page, &QuestionPage::valueMenuRequested, this, &MainWindow::showValueMenu);
    connect(page, &QuestionPage::momentChosen, this, &MainWindow::goToMoment);
  }
  connectMoment();
  connect(filter_bar_, &FilterBar::copyCommandRequested, this, [this] { copy(eventsCommand({})); });
  connect(tabs_, &QTabBar::currentChanged, this, &MainWindow::showTab);
  connect(tab_command_, &QToolButton::clicked, this, [this] {
    const QuestionPage* page = pageAt(tabs_->currentIndex());
    copy(page ? page->commandLine() : eventsCommand({}));
  });
  connect(search_, &QLineEdit::returnPressed, this, [this] { search(search_->text(), true); });
  connect(range_, &QLineEdit::returnPressed, this, [this] { setRangeFromText(range_->text()); });
  connect(loss_, &QToolButton::clicked, this, [this] { doWarning(Warning::Does::kShowLosses); });
  connect(banner_, &Banner::actionRequested, this, &MainWindow::doWarning);
  connect(cancel_, &QToolButton::clicked, &workers_, &Workers::cancelAll);
  // Later: work is begun while the table paints itself, and a progress bar that is told a value paints at once.
  connect(&workers_, &Workers::changed, this, &MainWindow::updateStatus, Qt::QueuedConnection);
  connect(&workers_, &Workers::changed, this, [this] {
    if (workers_.idle()) emit settledChanged();
  });
}

void MainWindow::updateRangeText() {
  if (!recording_ || range_->hasFocus()) return;
  const analyzer::TimeSpan span = timeline_->range();
  const int64_t step = std::max<int64_t>(1, span.length_ns() / 1000);
  auto bare = [&](int64_t ns) { return moment_text(ns, step).section(kThinSpace, 0, 0); };
  range_->setText(QStringLiteral("%1s..%2s").arg(bare(span.from_ns), bare(span.to_ns)));
  range_->setCursorPosition(0);
}

void MainWindow::updateStatus() {
  const bool timeline_works = recording_ && timeline_progress_ < 1;
  const bool busy = !workers_.idle() || timeline_works;
  if (!busy)
    busy_since_.invalidate();
  else if (!busy_since_.isValid())
    busy_since_.start();
  // Catching up with a recording is nothing to tell unless it takes long.
  constexpr int kLongMs = 1500;
  // While it is played there is always something that is read, for an instant.
  const bool works =
      busy && !replay_->clock().plays() && (!follower_->isFollowing() || busy_since_.elapsed() > kLongMs);
  progress_->setVisible(works);
  cancel_->setVisible(works && !workers_.idle());
  progress_text_->setVisible(works);
  if (works) {
    const double share = workers_.idle() ? timeline_progress_ : workers_.progress();
    progress_->setRange(0, share < 0 ? 0 : 100);
    if (share >= 0) progress_->setValue(static_cast<int>(100 * share));
    progress_text_->setText(workers_.idle() ? tr("Reading the view") : workers_.what());
  }
  if (!recording_ || !timeline_loaded_) return scale_->clear();
  scale_->setText(tr("1 px = %1  ·  %2  ·  ? shortcuts")
                      .arg(duration_text(timeline_->nsPerPixel()),
                           timeline_->singleCalls() ? tr("single calls") : tr("worst of each pixel is shown")));
}

}  // namespace ebpftrace::gui
