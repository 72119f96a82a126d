// SPDX-License-Identifier: Apache-2.0
// What the window is made of, and who tells whom.
#include <QApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/live/follower.h"
#include "gui/live/live_badge.h"
#include "gui/live/recorder_process.h"
#include "gui/notes/sidecar.h"
#include "gui/style/elided_label.h"
#include "gui/style/palette.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/window/main_window.h"

namespace ebpftrace::gui {
namespace {

constexpr QChar kThinSpace(0x2009);

QFrame* line_below(QWidget* parent) {
  auto* line = new QFrame(parent);
  line->setFixedHeight(1);
  line->setAutoFillBackground(true);
  line->setBackgroundRole(QPalette::Mid);
  return line;
}

}  // namespace

void MainWindow::makePanes() {
  timeline_ = new TimelineView(this);
  filter_bar_ = new FilterBar(workers_, scope_, this);
  banner_ = new Banner(this);
  event_source_ = new EventSource(workers_, this);
  event_table_ = new EventTable(*event_source_, this);
  selection_ = new SelectionPane(workers_, this);
  details_ = new DetailsPane(workers_, this);

  auto* tables = new QWidget(this);
  auto* tables_column = new QVBoxLayout(tables);
  tables_column->setContentsMargins(0, 0, 0, 0);
  tables_column->setSpacing(0);
  auto* tab_row = new QWidget(tables);
  tab_row->setFixedHeight(sizes::kTabs);
  auto* tab_layout = new QHBoxLayout(tab_row);
  tab_layout->setContentsMargins(4, 0, 4, 0);
  tab_layout->setSpacing(4);
  tabs_ = new TabBar(tab_row);
  tabs_->setAccessibleName(tr("Tables"));
  tabs_->addTab(tr("Events"));
  tab_stack_ = new QStackedWidget(tables);
  tab_stack_->addWidget(event_table_);
  // What most people look for comes first: a narrow window has no room for all.
  const QString rare = tr("Machine");
  for (QuestionGroup& group : question_groups()) {
    if (group.name == rare) makeMomentTabs();
    tabs_->addTab(group.name);
    auto* page = new QuestionPage(workers_, std::move(group), tab_stack_);
    pages_.push_back(page);
    tab_stack_->addWidget(page);
  }
  if (!moment_) makeMomentTabs();
  tab_command_ = new QToolButton(tab_row);
  tab_command_->setText(tr("As command line"));
  tab_command_->setIcon(themed_icon(Icon::kTerminal));
  tab_command_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  tab_command_->setAccessibleName(tr("Copy this table as command line"));
  tab_command_->setToolTip(tr("Copy the ebpf-analyze command that gives this table"));
  tab_layout->addWidget(tabs_, 1);
  tab_layout->addWidget(tab_command_);
  tables_column->addWidget(tab_row);
  tables_column->addWidget(line_below(tables));
  tables_column->addWidget(tab_stack_, 1);

  below_ = new QSplitter(Qt::Horizontal, this);
  below_->setHandleWidth(sizes::kSplitter);
  below_->addWidget(tables);
  below_->addWidget(selection_);
  below_->addWidget(details_);
  below_->setChildrenCollapsible(true);
  below_->setStretchFactor(0, 5);
  below_->setStretchFactor(1, 2);
  below_->setStretchFactor(2, 2);
  below_->setSizes({676, 352, 244});
  across_ = new QSplitter(Qt::Vertical, this);
  across_->setHandleWidth(sizes::kSplitter);
  across_->addWidget(timeline_);
  across_->addWidget(below_);
  across_->setStretchFactor(0, 3);
  across_->setStretchFactor(1, 2);
  across_->setSizes({430, 290});

  auto* all = new QWidget(this);
  auto* column = new QVBoxLayout(all);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(line_below(all));
  column->addWidget(filter_bar_);
  column->addWidget(line_below(all));
  column->addWidget(banner_);
  centre_ = new QStackedWidget(all);
  auto* empty = new QWidget(centre_);
  auto* empty_column = new QVBoxLayout(empty);
  empty_text_ = new QLabel(empty);
  empty_text_->setTextFormat(Qt::PlainText);
  empty_text_->setAlignment(Qt::AlignCenter);
  empty_text_->setWordWrap(true);
  empty_text_->setForegroundRole(QPalette::PlaceholderText);
  empty_text_->setFont(text_font(sizes::kMenuText));
  auto* open = new QPushButton(tr("Open…"), empty);
  connect(open, &QPushButton::clicked, this, &MainWindow::chooseFiles);
  empty_column->addStretch(1);
  empty_column->addWidget(empty_text_);
  auto* record = new QPushButton(tr("Record…"), empty);
  connect(record, &QPushButton::clicked, this, [this] { showRecordDialog(false); });
  auto* empty_buttons = new QHBoxLayout;
  empty_buttons->setSpacing(sizes::kPadding);
  empty_buttons->addStretch(1);
  empty_buttons->addWidget(open);
  empty_buttons->addWidget(record);
  empty_buttons->addStretch(1);
  empty_column->addLayout(empty_buttons);
  empty_column->addStretch(1);
  centre_->addWidget(empty);
  centre_->addWidget(across_);
  column->addWidget(centre_, 1);
  setCentralWidget(all);
}

void MainWindow::makeActions() {
  const QString file = tr("&File"), edit = tr("&Edit"), view = tr("&View"), go = tr("&Go"), lanes = tr("&Lanes"),
                tools = tr("&Tools"), help = tr("&Help");
  auto add = [&](const char* id, const QString& menu, const QString& text, const QList<QKeySequence>& keys,
                 std::function<void()> run, bool needs_recording = true) {
    QAction* action = actions_->add(id, menu, text, keys, std::move(run));
    if (needs_recording) action->setData(QStringLiteral("needs recording"));
    return action;
  };
  add(
      "open", file, tr("&Open…"), {QKeySequence::Open}, [this] { chooseFiles(); }, false);
  recent_ = actions_->addSubmenu(file, tr("Open &recent"));
  connect(actions_->menu(file), &QMenu::aboutToShow, this, &MainWindow::fillRecent);
  add("save", file, tr("&Save or export…"), {QKeySequence::Save}, [this] { showSaveDialog(false); });
  add("image", file, tr("Save timeline as &image…"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S)},
      [this] { showSaveDialog(true); });
  actions_->addSeparator(file);
  add(
      "quit", file, tr("&Quit"), {QKeySequence(Qt::CTRL | Qt::Key_Q)}, [this] { close(); }, false);

  add("undo", edit, tr("&Undo question"), {QKeySequence::Undo}, [this] { scope_.undo(); });
  add("redo", edit, tr("&Redo question"), {QKeySequence::Redo}, [this] { scope_.redo(); });
  actions_->addSeparator(edit);
  add("filter", edit, tr("&Filter"), {QKeySequence(Qt::CTRL | Qt::Key_L)}, [this] {
    filter_bar_->field().setFocus();
    filter_bar_->field().selectAll();
  });
  add("clear filter", edit, tr("&Clear the filter"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L)},
      [this] { scope_.setFilter({}); });
  add("clear selection", edit, tr("Clear the &selection"), {QKeySequence(Qt::Key_Escape)},
      [this] { clearSelection(); });
  actions_->addSeparator(edit);
  add("find", edit, tr("F&ind"), {QKeySequence(Qt::Key_Slash), QKeySequence::Find}, [this] {
    search_->setFocus();
    search_->selectAll();
  });
  add("find next", edit, tr("Find &next"), {QKeySequence(Qt::Key_F3)}, [this] { search(search_->text(), true); });
  add("find previous", edit, tr("Find &previous"), {QKeySequence(Qt::SHIFT | Qt::Key_F3)},
      [this] { search(search_->text(), false); });
  actions_->addSeparator(edit);
  add("copy command", edit, tr("Copy events as command &line"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C)},
      [this] { copy(eventsCommand({})); });
  actions_->addSeparator(edit);
  add(
      "preferences", edit, tr("P&references…"), {QKeySequence(Qt::CTRL | Qt::Key_Comma)}, [this] { showPreferences(); },
      false);

  add("zoom in", view, tr("Zoom &in"), {QKeySequence(Qt::Key_W)}, [this] { timeline_->zoomIn(); });
  add("zoom out", view, tr("Zoom &out"), {QKeySequence(Qt::Key_S)}, [this] { timeline_->zoomOut(); });
  add("fit", view, tr("&Fit selection"), {QKeySequence(Qt::Key_F)}, [this] { timeline_->fitSelection(); });
  add("whole", view, tr("&Whole trace"), {QKeySequence(Qt::Key_0)}, [this] { timeline_->showAll(); });
  actions_->addSeparator(view);
  QMenu* colour = actions_->addSubmenu(view, tr("&Colour by"));
  for (const char* field : {"class", "errno", "duration", "process", "file_type", "user"})
    colour->addAction(QString::fromLatin1(field), this,
                      [this, field] { timeline_->setColourBy(QString::fromLatin1(field)); });
  QAction* clock = add("clock", view, tr("Wall &clock"), {QKeySequence(Qt::CTRL | Qt::Key_T)},
                       [this] { setWallClock(actions_->find("clock")->isChecked()); });
  clock->setCheckable(true);
  QAction* dark = add(
      "dark", view, tr("&Dark colours"), {QKeySequence(Qt::CTRL | Qt::Key_D)},
      [this] { setTheme(actions_->find("dark")->isChecked()); }, false);
  dark->setCheckable(true);
  dark->setChecked(colours_for(palette()).dark);
  actions_->addSeparator(view);
  for (int tab = 0, numbered = 0; tab < tabs_->count(); ++tab) {
    const QString name = tab ? tabs_->tabText(tab) : tr("Events");
    QList<QKeySequence> keys;
    if (tab == momentTab())
      keys = {QKeySequence(Qt::ALT | Qt::Key_0)};
    else if (tab == streamsTab())
      keys = {QKeySequence(Qt::ALT | Qt::Key_Minus)};
    else if (numbered < 9)
      keys = {QKeySequence(Qt::ALT | static_cast<Qt::Key>(Qt::Key_1 + numbered++))};
    add(("tab " + name.toStdString()).c_str(), view, QString(name).replace(u'&', QStringLiteral("&&")), keys,
        [this, tab] {
          tabs_->setCurrentIndex(tab);
          tab_stack_->currentWidget()->setFocus();
        });
  }

  add("back", go, tr("Zoom &back"), {QKeySequence(Qt::ALT | Qt::Key_Left)}, [this] { timeline_->zoomBack(); });
  add("forward", go, tr("Zoom &forward"), {QKeySequence(Qt::ALT | Qt::Key_Right)},
      [this] { timeline_->zoomForward(); });
  add("left", go, tr("&Earlier"), {QKeySequence(Qt::Key_A)}, [this] { timeline_->panLeft(); });
  add("right", go, tr("&Later"), {QKeySequence(Qt::Key_D)}, [this] { timeline_->panRight(); });
  actions_->addSeparator(go);
  add("previous event", go, tr("&Previous event in the lane"), {QKeySequence(Qt::Key_Comma)},
      [this] { timeline_->previousEvent(); });
  add("next event", go, tr("&Next event in the lane"), {QKeySequence(Qt::Key_Period)},
      [this] { timeline_->nextEvent(); });
  add("range", go, tr("&Range or moment…"), {QKeySequence(Qt::CTRL | Qt::Key_G)}, [this] {
    range_->setFocus();
    range_->selectAll();
  });

  makeReplayActions();

  add("find lane", lanes, tr("&Find lane"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F)},
      [this] { timeline_->findLane(); });
  add("fold", lanes, tr("Fold &all"), {QKeySequence(Qt::CTRL | Qt::Key_Minus)}, [this] { timeline_->foldAll(); });
  add("unfold", lanes, tr("&Unfold all"), {QKeySequence(Qt::CTRL | Qt::Key_Plus)}, [this] { timeline_->unfoldAll(); });
  actions_->addSeparator(lanes);
  add("hide", lanes, tr("&Hide selected"), {QKeySequence(Qt::Key_H)}, [this] { timeline_->hideSelectedLanes(); });
  add("only", lanes, tr("&Only selected"), {QKeySequence(Qt::Key_O)}, [this] { timeline_->showOnlySelectedLanes(); });
  add("show hidden", lanes, tr("&Show hidden"), {QKeySequence(Qt::SHIFT | Qt::Key_H)},
      [this] { timeline_->showHiddenLanes(); });
  add("pin", lanes, tr("&Pin selected"), {QKeySequence(Qt::Key_P)}, [this] { timeline_->pinSelectedLanes(); });

  makeNotes();
  makeLive();

  add("losses", tools, tr("Where events were &lost"), {QKeySequence(Qt::CTRL | Qt::Key_E)},
      [this] { doWarning(Warning::Does::kShowLosses); });
  add("verify", tools, tr("&Check the file"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_V)},
      [this] { showTable(QStringLiteral("verify")); });
  add("cancel", tools, tr("&Stop what is being worked out"), {QKeySequence(Qt::CTRL | Qt::Key_Period)},
      [this] { workers_.cancelAll(); });

  add(
      "shortcuts", help, tr("&Shortcuts"), {QKeySequence(Qt::Key_Question), QKeySequence(Qt::Key_F1)},
      [this] { show_shortcut_sheet(this, *actions_); }, false);
  actions_->fill(*menuBar());
  menuBar()->setFont(text_font(sizes::kMenuText));
  corner_ = new QWidget(menuBar());
  auto* corner = new QHBoxLayout(corner_);
  corner->setContentsMargins(0, 0, 0, 0);
  corner->setSpacing(0);
  live_ = new LiveBadge(corner_);
  connect(live_, &LiveBadge::pauseRequested, follower_, &Follower::pause);
  connect(live_, &LiveBadge::resumeRequested, follower_, &Follower::resume);
  connect(live_, &LiveBadge::stopRequested, recorder_, &RecorderProcess::stop);
  title_ = new QLabel(corner_);
  corner->addWidget(live_);
  corner->addWidget(title_);
  title_->setTextFormat(Qt::PlainText);
  title_->setFont(text_font(sizes::kBaseText));
  title_->setContentsMargins(0, 0, sizes::kWidePadding, 0);
  title_->setForegroundRole(QPalette::PlaceholderText);
  menuBar()->setCornerWidget(corner_, Qt::TopRightCorner);
}

void MainWindow::makeToolbar() {
  auto* bar = addToolBar(tr("Toolbar"));
  bar->setObjectName(QStringLiteral("toolbar"));
  bar->setMovable(false);
  bar->setFloatable(false);
  bar->setFixedHeight(sizes::kToolbar);
  bar->setIconSize({16, 16});
  bar->setFont(text_font(sizes::kMenuText));
  setContextMenuPolicy(Qt::NoContextMenu);
  auto tool = [&](const char* id, Icon icon, Qt::ToolButtonStyle style, const QString& text = {}) {
    QAction* action = actions_->find(id);
    action->setIcon(themed_icon(icon));
    auto* button = new QToolButton(bar);
    button->setDefaultAction(action);
    button->setToolButtonStyle(style);
    button->setAutoRaise(true);
    button->setFont(text_font(sizes::kMenuText));
    if (!text.isEmpty()) button->setText(text);
    if (style == Qt::ToolButtonTextBesideIcon) named_tools_.push_back(button);
    const QString keys = action->shortcut().toString(QKeySequence::NativeText);
    button->setToolTip(QString(action->text()).remove(u'&').remove(QStringLiteral("…")) +
                       (keys.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(keys)));
    button->setAccessibleName(QString(action->text()).remove(u'&'));
    bar->addWidget(button);
    return button;
  };
  tool("open", Icon::kOpen, Qt::ToolButtonTextBesideIcon, tr("Open"));
  tool("record", Icon::kRecord, Qt::ToolButtonTextBesideIcon, tr("Record…"));
  bar->addSeparator();
  tool("back", Icon::kBack, Qt::ToolButtonIconOnly);
  tool("forward", Icon::kForward, Qt::ToolButtonIconOnly);
  tool("fit", Icon::kFit, Qt::ToolButtonTextBesideIcon);
  tool("whole", Icon::kWhole, Qt::ToolButtonTextBesideIcon);
  bar->addSeparator();
  bar->addWidget(makeReplayBar(bar));
  bar->addSeparator();
  range_ = new QLineEdit(bar);
  range_->setFixedSize(208, 26);
  range_->setFont(text_font(sizes::kMenuText));
  range_->setAccessibleName(tr("Time in view"));
  range_->setToolTip(tr("The time in view. Write a moment or a range to go there: 1.5s, 1s..2s, -10s.., @exec:make.."));
  bar->addWidget(range_);
  auto* gap = new QWidget(bar);
  gap->setFixedWidth(sizes::kPadding);
  bar->addWidget(gap);
  search_ = new QLineEdit(bar);
  search_->setFixedHeight(26);
  search_->setMinimumWidth(90);
  search_->setMaximumWidth(340);
  search_->setFont(text_font(sizes::kMenuText));
  search_->setPlaceholderText(tr("Find process, file, call   /"));
  search_->setAccessibleName(tr("Find"));
  search_->addAction(themed_icon(Icon::kSearch), QLineEdit::LeadingPosition);
  search_->setClearButtonEnabled(true);
  // It takes what is left, up to what is enough.
  auto* rest = new QWidget(bar);
  auto* rest_row = new QHBoxLayout(rest);
  rest_row->setContentsMargins(0, 0, sizes::kPadding, 0);
  rest_row->addWidget(search_, 1);
  rest_row->addStretch(0);
  rest->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  bar->addWidget(rest);
  loss_ = new LossBadge(bar);
  bar->addWidget(loss_);
  auto* margin = new QWidget(bar);
  margin->setFixedWidth(4);
  bar->addWidget(margin);
}

void MainWindow::makeStatusBar() {
  QStatusBar* bar = statusBar();
  bar->setFixedHeight(sizes::kStatusBar);
  bar->setSizeGripEnabled(false);
  bar->setContentsMargins(sizes::kWidePadding, 0, sizes::kPadding, 0);
  legend_ = new Legend(bar);
  message_ = new ElidedLabel(bar);
  progress_text_ = new QLabel(bar);
  progress_text_->setTextFormat(Qt::PlainText);
  progress_ = new QProgressBar(bar);
  progress_->setFixedSize(110, 10);
  progress_->setTextVisible(false);
  progress_->setAccessibleName(tr("Progress"));
  cancel_ = new QToolButton(bar);
  cancel_->setText(tr("Cancel"));
  cancel_->setAutoRaise(true);
  cancel_->setToolTip(tr("Stop, and keep what is there (Ctrl+.)"));
  scale_ = new QLabel(bar);
  scale_->setTextFormat(Qt::PlainText);
  for (QLabel* label : {message_, progress_text_, scale_}) {
    label->setFont(text_font(sizes::kBaseText));
    label->setForegroundRole(QPalette::PlaceholderText);
  }
  cancel_->setFont(text_font(sizes::kBaseText));
  bar->addWidget(legend_);
  bar->addWidget(message_, 1);
  bar->addPermanentWidget(progress_text_);
  bar->addPermanentWidget(progress_);
  bar->addPermanentWidget(cancel_);
  bar->addPermanentWidget(scale_);
}

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

// A narrow window leaves out of the corner what doesn't fit beside the menus.
void MainWindow::showTitle() {
  const QString text = recording_ ? recording_->title() + QStringLiteral("  ·  ") + recording_->subtitle() : QString();
  const int live = live_->isHidden() ? 0 : live_->sizeHint().width();
  const int menus = menuBar()->actionGeometry(menuBar()->actions().last()).right();
  const int room = std::max(0, width() - menus - 3 * sizes::kWidePadding - live);
  title_->setText(QFontMetrics(title_->font()).elidedText(text, Qt::ElideRight, room));
  title_->setFixedWidth(title_->sizeHint().width());
  corner_->setFixedSize(title_->width() + live, menuBar()->sizeHint().height());
  menuBar()->setCornerWidget(corner_, Qt::TopRightCorner);  // it is laid out when it is set
  corner_->show();
}

// The loss badge is always there: in a narrow window the tools' names give way, the last one first.
void MainWindow::nameTools() {
  constexpr int kRoomForAll = 1200, kAName = 90, kRoomForTabs = 1500;
  // Tabs are what one looks for there.
  tab_command_->setToolButtonStyle(width() >= kRoomForTabs ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
  int needed = kRoomForAll - kAName * static_cast<int>(named_tools_.size());
  for (QToolButton* tool : named_tools_) {
    needed += kAName;
    tool->setToolButtonStyle(width() >= needed ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
  }
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  nameTools();
  showTitle();
}

}  // namespace ebpftrace::gui
