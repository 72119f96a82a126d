// SPDX-License-Identifier: Apache-2.0
// The window: what is around the timeline, and how its parts follow each other. What is asked about is the Scope's; what is found
// out is the parts' own business, on worker threads.
#pragma once

#include <QElapsedTimer>
#include <QLineEdit>
#include <QMainWindow>
#include <QStackedWidget>
#include <QTabBar>
#include <memory>
#include <vector>

#include "gui/details/details_pane.h"
#include "gui/details/selection_pane.h"
#include "gui/filter/filter_bar.h"
#include "gui/filter/value_menu.h"
#include "gui/moment/moment_view.h"
#include "gui/moment/replay.h"
#include "gui/notes/notebook.h"
#include "gui/stream/stream_view.h"
#include "gui/tables/event_source.h"
#include "gui/tables/event_table.h"
#include "gui/tables/question_page.h"
#include "gui/timeline/timeline_view.h"
#include "gui/window/actions.h"
#include "gui/window/banner.h"
#include "gui/window/legend.h"
#include "gui/window/options.h"
#include "gui/window/recording.h"
#include "gui/window/scope.h"
#include "gui/window/tab_bar.h"
#include "gui/work/workers.h"

class QLabel;
class QProgressBar;
class QSplitter;
class QTimer;

namespace ebpftrace::gui {

class Follower;
class LiveBadge;
class RecordDialog;
class RecorderProcess;
class NotesDialog;
class SaveDialog;
class Sidecar;

class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(QWidget* parent = nullptr);
  ~MainWindow() override;

  void apply(const ViewOptions& options);  // opens the files, then shows what is asked for
  void setWallClock(bool on);
  void openFiles(const std::vector<std::string>& files);

  // Nothing is loaded, counted or painted any more.
  bool settled() const;
  QString openError() const { return open_error_; }

  // For tests and the screenshot.
  Scope& scope() { return scope_; }
  Workers& workers() { return workers_; }
  TimelineView& timeline() { return *timeline_; }
  EventTable& events() { return *event_table_; }
  EventSource& eventSource() { return *event_source_; }
  FilterBar& filterBar() { return *filter_bar_; }
  DetailsPane& details() { return *details_; }
  SelectionPane& selection() { return *selection_; }
  Banner& banner() { return *banner_; }
  LossBadge& lossBadge() { return *loss_; }
  Actions& actions() { return *actions_; }
  QTabBar& tabs() { return *tabs_; }
  const std::vector<QuestionPage*>& pages() const { return pages_; }
  MomentView& moment() { return *moment_; }
  StreamView& streams() { return *streams_; }
  Replay& replay() { return *replay_; }
  std::shared_ptr<const Recording> recording() const { return recording_; }
  Follower& follower() { return *follower_; }
  RecorderProcess& recorder() { return *recorder_; }
  RecordDialog* recordDialog() { return record_dialog_; }  // nullptr: it was not shown yet
  Notebook& notebook() { return *notebook_; }
  NotesDialog* notesDialog() { return notes_dialog_; }
  SaveDialog* saveDialog() { return save_dialog_; }  // the same
  bool showView(const QString& name);   // one that was kept, else a table; false: there is none of that name
  bool showTable(const QString& name);  // a tab or a question
  QString shownTable() const;           // what showTable() shows again

 signals:
  void settledChanged();
  void opened();
  void openFailed(const QString& what);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void makeActions();
  void makeToolbar();
  void nameTools();
  void makePanes();
  // main_window_moment.cc: the playhead, what was then, replay, streams.
  void makeMomentTabs();
  void makeReplayActions();
  QWidget* makeReplayBar(QWidget* parent);
  void connectMoment();
  void showMomentTab(int index);
  void showPendingMoment();
  void followStream(const PickedValue& value);
  int momentTab() const { return tab_stack_->indexOf(moment_); }
  int streamsTab() const { return tab_stack_->indexOf(streams_); }
  QuestionPage* pageAt(int tab) const;  // nullptr: it is no question's
  void makeStatusBar();
  void connectParts();

  void chooseFiles();
  void clearSelection();
  void showTitle();
  void fillRecent();
  void remember(const std::vector<std::string>& files);
  void setRecording(std::shared_ptr<const Recording> recording);
  void showError(const QString& what);
  void askAll();
  void askAboutView();
  void updateCounts();
  void updateStatus();
  void updateRangeText();
  void showTab(int index);
  void selectEvent(const analyzer::EventRef& event, bool from_timeline);
  void step(int by);
  void goToMoment(int64_t ns);
  void showValueMenu(const PickedValue& value, const QPoint& global);
  QString eventsCommand(const QString& more_filter) const;
  void copy(const QString& text);
  void search(const QString& text, bool forwards);
  void setRangeFromText(const QString& text);
  // main_window_preferences.cc
  void showPreferences();
  void showTheme(bool dark);
  void setTheme(bool dark);
  void doWarning(Warning::Does does);

  // main_window_notes.cc
  void makeNotes();
  void loadNotes();
  void growNotes();
  void readMarkers();
  void showMarkers();
  void saveNotes();
  void saveNotesNow();
  void addMarker();
  void goToMarker(bool forwards);
  void keepView();
  void applyView(const SavedView& view);
  bool showSavedView(const QString& name);
  void showNotes();
  void askText(const QString& title, const QString& label, std::function<void(const QString&)> use);

  // main_window_share.cc
  void showSaveDialog(bool picture);

  // main_window_live.cc
  void makeLive();
  void showLive();
  void growRecording(const std::shared_ptr<const Recording>& recording);
  void showRecordDialog(bool again);
  bool endRecorderFirst();

  Workers workers_;
  Scope scope_;
  PoolJob open_job_, search_job_, range_job_, moment_job_;
  std::shared_ptr<const Recording> recording_;
  QString open_error_;
  ViewOptions pending_;

  Actions* actions_ = nullptr;
  TimelineView* timeline_ = nullptr;
  FilterBar* filter_bar_ = nullptr;
  Banner* banner_ = nullptr;
  LossBadge* loss_ = nullptr;
  QLineEdit *range_ = nullptr, *search_ = nullptr;
  QLabel *title_ = nullptr, *scale_ = nullptr, *message_ = nullptr;
  std::vector<QToolButton*> named_tools_;
  QMenu* recent_ = nullptr;
  QTabBar* tabs_ = nullptr;
  QToolButton* tab_command_ = nullptr;
  QLabel* tab_note_ = nullptr;
  QStackedWidget *tab_stack_ = nullptr, *centre_ = nullptr;
  EventSource* event_source_ = nullptr;
  EventTable* event_table_ = nullptr;
  std::vector<QuestionPage*> pages_;
  MomentView* moment_ = nullptr;
  StreamView* streams_ = nullptr;
  Replay* replay_ = nullptr;
  SelectionPane* selection_ = nullptr;
  DetailsPane* details_ = nullptr;
  QSplitter *across_ = nullptr, *below_ = nullptr;
  Legend* legend_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QToolButton* cancel_ = nullptr;
  QLabel *empty_text_ = nullptr, *progress_text_ = nullptr;
  QTimer *view_timer_ = nullptr, *settle_timer_ = nullptr;
  bool timeline_loaded_ = false, timeline_failed_ = false, restoring_ = false;
  double timeline_progress_ = 1;

  Follower* follower_ = nullptr;
  RecorderProcess* recorder_ = nullptr;
  RecordDialog* record_dialog_ = nullptr;
  LiveBadge* live_ = nullptr;
  SaveDialog* save_dialog_ = nullptr;
  Notebook* notebook_ = nullptr;
  NotesDialog* notes_dialog_ = nullptr;
  std::unique_ptr<Sidecar> sidecar_;
  std::unique_ptr<PoolJob> markers_job_;
  std::vector<Marker> recorded_markers_;
  QString view_to_come_;  // when the timeline is loaded
  QMenu* views_menu_ = nullptr;
  QTimer* save_timer_ = nullptr;
  QWidget* corner_ = nullptr;  // of the row of menus: live_, title_
  QElapsedTimer busy_since_;
  bool timeline_grows_ = false, is_broken_ = false, closes_when_recorded_ = false;
};

}  // namespace ebpftrace::gui
