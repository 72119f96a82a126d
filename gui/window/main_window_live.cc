// SPDX-License-Identifier: Apache-2.0
// The window of a recording that goes on, and of a recorder that it started.
#include <QCloseEvent>
#include <QFile>
#include <QLabel>
#include <QTimer>

#include "analyzer/api/recording_file.h"
#include "gui/live/follower.h"
#include "gui/live/live_badge.h"
#include "gui/live/record_again.h"
#include "gui/live/record_dialog.h"
#include "gui/live/recorder_process.h"
#include "gui/window/main_window.h"

namespace ebpftrace::gui {

void MainWindow::makeLive() {
  follower_ = new Follower(this);
  recorder_ = new RecorderProcess(this);
  const QString record = tr("&Record");
  actions_->add("record", record, tr("&Record…"), {QKeySequence(Qt::CTRL | Qt::Key_R)},
                [this] { showRecordDialog(false); });
  actions_
      ->add("record again", record, tr("Record this &again…"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_R)},
            [this] { showRecordDialog(true); })
      ->setData(QStringLiteral("needs recording"));
  actions_->add("stop recording", record, tr("&Stop the recorder"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_X)},
                [this] { recorder_->stop(); });
  actions_->addSeparator(record);
  actions_->add("pause", record, tr("&Pause following"), {QKeySequence(Qt::CTRL | Qt::Key_P)}, [this] {
    if (follower_->state() == Follower::State::kPaused)
      follower_->resume();
    else
      follower_->pause();
  });
  connect(follower_, &Follower::stateChanged, this, &MainWindow::showLive);
  connect(follower_, &Follower::grown, this, &MainWindow::growRecording);
  connect(follower_, &Follower::broken, this, [this](const QString& headline, const QString& text) {
    is_broken_ = true;
    banner_->setWarning({headline, text, tr("Open it again"), Warning::Does::kOpenAgain});
  });
  connect(this, &MainWindow::settledChanged, follower_, [this] {
    if (settled()) follower_->digested();
  });
  connect(timeline_, &TimelineView::grown, this, [this] {
    timeline_grows_ = false;
    replay_->growExtent(timeline_->extent().to_ns);
    askAboutView();
    emit settledChanged();
  });
  connect(recorder_, &RecorderProcess::fileBegun, this,
          [this](const QString& file) { openFiles({QFile::encodeName(file).toStdString()}); });
  connect(recorder_, &RecorderProcess::finished, this, [this](const QString& error) {
    showLive();
    if (closes_when_recorded_) {
      closes_when_recorded_ = false;
      close();
    } else if (error.isEmpty()) {
      message_->setText(tr("Recorded into %1").arg(recorder_->output()));
    }
  });
}

void MainWindow::showLive() {
  if (!live_) return;
  const bool ours = recorder_->isRunning();
  live_->show(follower_->state(), ours, recorder_->isStopping());
  QAction* pause = actions_->find("pause");
  const bool paused = follower_->state() == Follower::State::kPaused;
  pause->setText(paused ? tr("Resume &following") : tr("&Pause following"));
  pause->setEnabled(paused || follower_->isFollowing());
  actions_->find("stop recording")->setEnabled(ours && !recorder_->isStopping());
  showTitle();
}

// There is more of what is open: everything keeps its place.
void MainWindow::growRecording(const std::shared_ptr<const Recording>& recording) {
  const bool warned = !warning_about(*recording_).headline.isEmpty();
  recording_ = recording;
  timeline_grows_ = true;
  timeline_->growSession(recording_->session);
  event_table_->grow(recording_);
  for (QuestionPage* page : pages_) page->grow(recording_);
  selection_->grow(recording_);
  details_->grow(recording_);
  moment_->grow(recording_);
  streams_->grow(recording_);
  if (!filter_bar_->field().hasFocus()) filter_bar_->setRecording(recording_);
  loss_->setRecording(recording_.get());
  // What was hidden stays hidden, but for the last word.
  if (!is_broken_ && (banner_->isVisible() || !warned || !recording_->growing))
    banner_->setWarning(warning_about(*recording_));
  growNotes();
  showLive();
  updateCounts();
}

void MainWindow::showRecordDialog(bool again) {
  if (!record_dialog_) {
    record_dialog_ = new RecordDialog(*recorder_, find_privileges(), this);
    connect(record_dialog_, &RecordDialog::copyRequested, this, &MainWindow::copy);
    connect(record_dialog_, &RecordDialog::started, this, &MainWindow::showLive);
  }
  if (again && recording_) {
    const auto timeline = timeline_->timeline();
    record_dialog_->setOptions(record_again(
        timeline ? timeline->lanes() : std::vector<analyzer::Lane>(), timeline_->selectedLanes(), scope_.now().filter,
        analyzer::recorded_with(*recording_->session), QFile::decodeName(recording_->files.front().c_str())));
  }
  record_dialog_->show();
  record_dialog_->raise();
  record_dialog_->activateWindow();
}

// A recorder that is ours ends before the window: else nobody could end it. True: the window waits for it.
bool MainWindow::endRecorderFirst() {
  if (!recorder_->isRunning()) return false;
  closes_when_recorded_ = true;
  recorder_->stop();
  showLive();
  message_->setText(tr("Ending the recording…"));
  return true;
}

}  // namespace ebpftrace::gui
