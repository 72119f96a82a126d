// SPDX-License-Identifier: Apache-2.0
// A tab with the answers to the questions of a group: asked when it is looked at, again when what is asked about changes, and
// only the latest counts.
#pragma once

#include <QLabel>
#include <QWidget>
#include <memory>
#include <vector>

#include "gui/tables/question_groups.h"
#include "gui/tables/result_view.h"
#include "gui/window/recording.h"
#include "gui/work/workers.h"

class QButtonGroup;
class QStackedWidget;

namespace ebpftrace::gui {

class QuestionPage : public QWidget {
  Q_OBJECT

 public:
  QuestionPage(Workers& workers, QuestionGroup group, QWidget* parent = nullptr);

  void setRecording(std::shared_ptr<const Recording> recording);
  void grow(std::shared_ptr<const Recording> recording);  // what is shown stays until the new answer is there
  void ask(const Inquiry& inquiry);
  void setLooked(bool at);  // whether the tab is in front
  void showQuestion(std::string_view name);
  void showEntry(size_t entry);
  bool isAtMoment() const;  // what is shown follows the playhead
  const QuestionGroup& group() const { return group_; }
  ResultView& view() { return *view_; }
  QString commandLine() const;
  const analyzer::Question& question() const { return *group_.entries[current_].question; }
  analyzer::Asked asked(const Inquiry& inquiry) const;  // what it takes of that; there is a recording
  QString note() const { return note_->text(); }

 signals:
  void valueMenuRequested(const ebpftrace::gui::PickedValue& value, const QPoint& global);
  void momentChosen(int64_t ns);
  void processChosen(uint32_t pid);
  void answered();  // count() is another

 private:
  void askIfNeeded();
  struct Found {
    analyzer::Result result;
    QString left_out, why_empty;  // the second: nothing of this was recorded
  };
  void show(Found found);

  PoolJob job_;
  QuestionGroup group_;
  size_t current_ = 0;
  std::shared_ptr<const Recording> recording_;
  Inquiry inquiry_;
  bool looked_at_ = false, stale_ = true, again_ = false;
  QButtonGroup* buttons_ = nullptr;
  QWidget* bar_;
  QLabel *note_, *empty_;
  ResultView* view_;
  QStackedWidget* stack_;
};

}  // namespace ebpftrace::gui
