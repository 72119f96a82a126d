// SPDX-License-Identifier: Apache-2.0
// The tab of a moment: processes, sockets and open files as they were at the playhead, side by side. A process that is selected
// narrows the other two to it. Follows a playhead that moves as quickly as there are answers. GUI thread.
#pragma once

#include <QLabel>
#include <QStackedWidget>
#include <QToolButton>
#include <QWidget>
#include <array>
#include <memory>
#include <optional>

#include "gui/moment/moment_answer.h"
#include "gui/tables/result_view.h"
#include "gui/work/workers.h"

class QPushButton;

namespace ebpftrace::gui {

class MomentView : public QWidget {
  Q_OBJECT

 public:
  explicit MomentView(Workers& workers, QWidget* parent = nullptr);

  void setRecording(std::shared_ptr<const Recording> recording);
  // The same one, of which there is more: asked when the playhead moves, as what is before it stays what it is.
  void grow(std::shared_ptr<const Recording> recording) { recording_ = std::move(recording); }
  void ask(const Inquiry& inquiry);
  void setLooked(bool at);  // whether the tab is in front
  void selectProcess(std::optional<uint32_t> pid);
  std::optional<uint32_t> selectedProcess() const { return asked_.pid; }
  ResultView& table(MomentTable table) { return *panes_[static_cast<size_t>(table)].view; }
  QString heading(MomentTable table) const { return panes_[static_cast<size_t>(table)].about->text(); }
  QString commandLine(MomentTable table) const;
  // Of what is shown, which may be behind the playhead; nothing: nothing is.
  std::optional<int64_t> shownMoment() const { return shown_; }

 signals:
  void valueMenuRequested(const ebpftrace::gui::PickedValue& value, const QPoint& global);
  void momentChosen(int64_t ns);
  void copyRequested(const QString& text);
  void playheadRequested();  // there is none, and somebody wants one
  void answered();

 private:
  struct Pane {
    QLabel* about = nullptr;
    ResultView* view = nullptr;
    QLabel* empty = nullptr;
    QStackedWidget* stack = nullptr;
  };
  QWidget* makePane(MomentTable table, const QString& name, const QString& as);
  void askIfNeeded();
  void show(MomentAnswer answer, const MomentAsked& asked);
  void showTable(MomentTable table, analyzer::Result result);
  void processPicked();

  PoolJob job_;
  std::shared_ptr<const Recording> recording_;
  MomentAsked asked_;
  bool looked_at_ = false, stale_ = true, restoring_ = false;
  std::optional<MomentAsked> working_;  // what the job is about
  std::optional<Inquiry> processes_shown_of_;
  std::optional<int64_t> shown_;
  std::array<Pane, 3> panes_;
  QToolButton* all_ = nullptr;
  QStackedWidget* stack_;
  QLabel *nothing_, *note_;
  QPushButton* choose_;
};

}  // namespace ebpftrace::gui
