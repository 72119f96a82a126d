// SPDX-License-Identifier: Apache-2.0
// Markers, views and notes in the window, and the file that keeps them.
#include <QInputDialog>
#include <QLabel>
#include <QMenu>
#include <QTimer>
#include <algorithm>

#include "analyzer/api/recording_file.h"
#include "gui/notes/notebook.h"
#include "gui/notes/notes_dialog.h"
#include "gui/notes/sidecar.h"
#include "gui/style/plain_text.h"
#include "gui/style/quantity_text.h"
#include "gui/timeline/scene.h"
#include "gui/window/main_window.h"

namespace ebpftrace::gui {
namespace {

constexpr int kSaveDelayMs = 500;  // of typing into the notes
constexpr size_t kMostRecordedMarkers = 10'000;

std::vector<Marker> markers_of(const Recording& recording, const PoolJob::Task& task) {
  std::vector<Marker> markers;
  analyzer::EventRows rows(*recording.session, "event == \"marker\"", {}, {});
  if (!rows.count(task.stop)) return markers;
  for (const analyzer::EventRow& row :
       rows.read(0, static_cast<size_t>(std::min<uint64_t>(rows.rows(), kMostRecordedMarkers)), task.stop)) {
    QString text;
    for (const analyzer::EventField& field : rows.fields(row.ref))
      if (const auto* value = std::get_if<std::string>(&field.value); value && field.name == "text")
        text = plain_text(*value, 200);
    markers.push_back({row.time_ns, text});
  }
  return markers;
}

}  // namespace

void MainWindow::makeNotes() {
  notebook_ = new Notebook(this);
  sidecar_ = std::make_unique<Sidecar>();
  markers_job_ = std::make_unique<PoolJob>(workers_, tr("Reading the markers"), this);
  save_timer_ = new QTimer(this);
  save_timer_->setSingleShot(true);
  save_timer_->setInterval(kSaveDelayMs);
  const QString notes = tr("&Notes");
  auto add = [&](const char* id, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run) {
    actions_->add(id, notes, text, keys, std::move(run))->setData(QStringLiteral("needs recording"));
  };
  add("marker", tr("&Marker here…"), {QKeySequence(Qt::Key_M)}, [this] { addMarker(); });
  add("next marker", tr("&Next marker"), {QKeySequence(Qt::Key_N)}, [this] { goToMarker(true); });
  add("previous marker", tr("&Previous marker"), {QKeySequence(Qt::SHIFT | Qt::Key_N)}, [this] { goToMarker(false); });
  actions_->addSeparator(notes);
  add("save view", tr("&Keep this view…"), {QKeySequence(Qt::CTRL | Qt::Key_B)}, [this] { keepView(); });
  views_menu_ = actions_->addSubmenu(notes, tr("&Views"));
  connect(actions_->menu(notes), &QMenu::aboutToShow, this, [this] {
    views_menu_->clear();
    for (const SavedView& view : notebook_->notes().views)
      views_menu_->addAction(plain_text(view.name.toStdString(), 80).replace(u'&', QStringLiteral("&&")), this,
                             [this, view] { applyView(view); });
    views_menu_->setEnabled(!views_menu_->isEmpty());
  });
  actions_->addSeparator(notes);
  add("notes", tr("Markers and n&otes…"), {QKeySequence(Qt::CTRL | Qt::Key_M)}, [this] { showNotes(); });
  add("undo notes", tr("&Undo change of the notes"), {QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_Z)},
      [this] { notebook_->undo(); });
  add("redo notes", tr("&Redo change of the notes"), {QKeySequence(Qt::CTRL | Qt::ALT | Qt::SHIFT | Qt::Key_Z)},
      [this] { notebook_->redo(); });
  connect(notebook_, &Notebook::changed, this, &MainWindow::showMarkers);
  connect(notebook_, &Notebook::edited, save_timer_, qOverload<>(&QTimer::start));
  connect(save_timer_, &QTimer::timeout, this, &MainWindow::saveNotes);
}

void MainWindow::saveNotes() {
  save_timer_->stop();
  if (!recording_) return;
  const QString error = sidecar_->save(notebook_->notes());
  if (!error.isEmpty()) message_->setText(tr("The notes are not kept: %1").arg(error));
  if (notes_dialog_) notes_dialog_->setPlace(error.isEmpty() ? tr("Kept in %1").arg(sidecar_->path()) : error);
}

// Of the recording that was opened.
void MainWindow::loadNotes() {
  recorded_markers_.clear();
  markers_job_->cancel();
  view_to_come_.clear();
  if (!recording_) return notebook_->take({});
  *sidecar_ = Sidecar(recording_->files.front(), analyzer::recording_id(*recording_->session));
  Sidecar::Loaded loaded = sidecar_->load();
  notebook_->take(std::move(loaded.notes));
  if (!loaded.message.isEmpty()) {
    message_->setText(loaded.message);
    if (banner_->text().isEmpty())
      banner_->setWarning({tr("The notes were not read"), loaded.message, {}, Warning::Does::kNothing});
  }
  readMarkers();
}

// A recording has its identity once its header is written.
void MainWindow::growNotes() {
  if (sidecar_->recordingId() != analyzer::recording_id(*recording_->session))
    *sidecar_ = Sidecar(recording_->files.front(), analyzer::recording_id(*recording_->session));
  readMarkers();
}

void MainWindow::readMarkers() {
  markers_job_->start([recording = recording_](const PoolJob::Task& task) { return markers_of(*recording, task); },
                      [this](std::vector<Marker>&& markers) {
                        recorded_markers_ = std::move(markers);
                        showMarkers();
                      });
}

void MainWindow::showMarkers() {
  std::vector<TimeMark> marks;
  for (const Marker& marker : notebook_->notes().markers)
    marks.push_back({marker.at_ns, plain_text(marker.text.toStdString(), 60), false});
  for (const Marker& marker : recorded_markers_) marks.push_back({marker.at_ns, marker.text.left(60), true});
  std::stable_sort(marks.begin(), marks.end(), [](const TimeMark& a, const TimeMark& b) { return a.at_ns < b.at_ns; });
  timeline_->setMarks(std::move(marks));
  if (notes_dialog_) notes_dialog_->setRecordedMarkers(recorded_markers_);
  actions_->find("undo notes")->setEnabled(notebook_->canUndo());
  actions_->find("redo notes")->setEnabled(notebook_->canRedo());
}

void MainWindow::askText(const QString& title, const QString& label, std::function<void(const QString&)> use) {
  auto* dialog = new QInputDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  dialog->setLabelText(label);
  connect(dialog, &QInputDialog::textValueSelected, this, std::move(use));
  dialog->open();
}

void MainWindow::addMarker() {
  const int64_t at = timeline_->pointedTime();
  askText(tr("Marker"),
          tr("Marker at %1:").arg(moment_text(at, std::max<int64_t>(1, static_cast<int64_t>(timeline_->nsPerPixel())))),
          [this, at](const QString& text) { notebook_->addMarker(at, text); });
}

void MainWindow::goToMarker(bool forwards) {
  const int64_t now = timeline_->playhead().value_or(forwards ? INT64_MIN : INT64_MAX);
  std::vector<int64_t> times;
  for (const Marker& marker : notebook_->notes().markers) times.push_back(marker.at_ns);
  for (const Marker& marker : recorded_markers_) times.push_back(marker.at_ns);
  std::sort(times.begin(), times.end());
  const auto next = std::upper_bound(times.begin(), times.end(), now);
  const auto previous = std::lower_bound(times.begin(), times.end(), now);
  if (forwards && next != times.end()) goToMoment(*next);
  if (!forwards && previous != times.begin()) goToMoment(*std::prev(previous));
}

void MainWindow::keepView() {
  askText(tr("Keep this view"), tr("Name of the view (range, filter, table, lanes):"), [this](const QString& name) {
    SavedView view;
    view.name = name;
    view.view = timeline_->range();
    view.range = scope_.now().range;
    view.filter = scope_.now().filter;
    view.playhead = timeline_->playhead();
    view.colour_by = timeline_->colourBy();
    view.hidden = timeline_->hiddenLanes();
    view.pinned = timeline_->pinnedLanes();
    view.tab = shownTable();
    notebook_->saveView(view);
    message_->setText(tr("Kept as %1: ebpf-view --view opens it").arg(plain_text(name.toStdString(), 80)));
  });
}

void MainWindow::applyView(const SavedView& view) {
  if (!timeline_loaded_) {
    view_to_come_ = view.name;
    return;
  }
  if (!view.tab.isEmpty()) showTable(view.tab);
  timeline_->setColourBy(view.colour_by.isEmpty() ? QStringLiteral("class") : view.colour_by);
  timeline_->setHiddenAndPinned(view.hidden, view.pinned);
  scope_.setFilter(view.filter);
  if (view.range)
    timeline_->selectRange(*view.range);
  else
    timeline_->clearSelection();
  timeline_->setPlayhead(view.playhead);
  timeline_->showRange(view.view);
}

// What was typed a moment ago, before what it is about goes.
void MainWindow::saveNotesNow() {
  if (save_timer_->isActive()) saveNotes();
}

bool MainWindow::showView(const QString& name) { return showSavedView(name) || showTable(name); }

bool MainWindow::showSavedView(const QString& name) {
  const SavedView* view = notebook_->findView(name);
  if (view) applyView(SavedView(*view));
  return view != nullptr;
}

void MainWindow::showNotes() {
  if (!notes_dialog_) {
    notes_dialog_ = new NotesDialog(*notebook_, this);
    notes_dialog_->setRecordedMarkers(recorded_markers_);
    connect(notes_dialog_, &NotesDialog::momentChosen, this, &MainWindow::goToMoment);
    connect(notes_dialog_, &NotesDialog::viewChosen, this, &MainWindow::showSavedView);
  }
  notes_dialog_->setPlace(sidecar_->path().isEmpty() ? QString() : tr("Kept in %1").arg(sidecar_->path()));
  notes_dialog_->show();
  notes_dialog_->raise();
  notes_dialog_->activateWindow();
}

}  // namespace ebpftrace::gui
