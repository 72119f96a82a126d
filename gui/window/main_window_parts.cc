// SPDX-License-Identifier: Apache-2.0
// What the window is made of.
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/live/live_badge.h"
#include "gui/style/elided_label.h"
#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/window/main_window.h"

namespace ebpftrace::gui {
namespace {

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
