// SPDX-License-Identifier: Apache-2.0
// The pane of the selected event: the call in one line, what is remarkable, what it was about, and buttons for the next question.
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QWidget>
#include <memory>
#include <optional>

#include "gui/details/call_line.h"
#include "gui/details/facts_list.h"
#include "gui/work/workers.h"

class QPlainTextEdit;
class QStackedLayout;

namespace ebpftrace::gui {

class DetailsPane : public QWidget {
  Q_OBJECT

 public:
  explicit DetailsPane(Workers& workers, QWidget* parent = nullptr);

  void setRecording(std::shared_ptr<const Recording> recording);
  void grow(std::shared_ptr<const Recording> recording);  // the event stays
  void selectEvent(const analyzer::EventRef& event);
  void setPosition(const QString& text);  // "206,219 of 207,581"
  void clear();
  // The one that is selected; what is said of it may still be of the one before.
  std::optional<analyzer::EventRef> event() const { return event_; }
  QString headline() const { return headline_->text(); }

 signals:
  void valueMenuRequested(const ebpftrace::gui::PickedValue& value, const QPoint& global);
  void conditionRequested(const QString& condition);
  void stepRequested(int by);  // -1, 1

 private:
  void show(const EventFacts& facts);

  PoolJob job_, medians_job_;
  std::shared_ptr<const Recording> recording_;
  std::shared_ptr<analyzer::EventRows> events_;  // of all events, uncounted: to look one up
  std::shared_ptr<const CallMedians> medians_;
  std::optional<analyzer::EventRef> event_;
  CallLine* headline_;
  QLabel *position_, *remark_, *empty_;
  QToolButton *previous_, *next_;
  FactsList* facts_;
  QPushButton *only_file_, *only_process_, *only_call_;
  QWidget* content_;
  QString file_condition_, process_condition_, call_condition_;
};

}  // namespace ebpftrace::gui
