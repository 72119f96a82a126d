// SPDX-License-Identifier: Apache-2.0
// Menus: what can be done, and by which keys.
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>

#include "gui/live/follower.h"
#include "gui/live/live_badge.h"
#include "gui/live/recorder_process.h"
#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/window/main_window.h"

namespace ebpftrace::gui {

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

}  // namespace ebpftrace::gui
