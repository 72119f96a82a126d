// SPDX-License-Identifier: Apache-2.0
// The line in which a filter is written: what could follow is offered, what is wrong is underlined where it is. It asks the
// library off the GUI thread; accepted() comes with a filter that makes sense.
#pragma once

#include <QLineEdit>
#include <QListWidget>
#include <memory>

#include "analyzer/api/filter.h"
#include "gui/window/recording.h"
#include "gui/work/workers.h"

namespace ebpftrace::gui {

class FilterField : public QLineEdit {
  Q_OBJECT

 public:
  FilterField(Workers& workers, QWidget* parent = nullptr);

  void setRecording(std::shared_ptr<const Recording> recording);
  // Without asking.
  void setFilter(const QString& filter);
  void accept();                            // what stands there, as Return does
  QString error() const { return error_; }  // of what stands there; empty: none is known
  bool offersChoices() const { return popup_->isVisible(); }

 signals:
  void accepted(const QString& filter);
  // One line, and the character that it is about; empty: nothing is wrong.
  void errorChanged(const QString& message, int character);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  bool focusNextPrevChild(bool next) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void check(bool accept_if_right);
  void offer();
  void showChoices(const analyzer::FilterChoices& choices, const QString& of);
  void take(int row);
  void underline(int from, int length);
  void setError(const QString& message, int from, int length);

  PoolJob check_job_, offer_job_;
  std::shared_ptr<const Recording> recording_;
  QListWidget* popup_;
  QString error_;
  size_t offered_offset_ = 0, offered_length_ = 0;
};

// Between characters of Qt and bytes of UTF-8.
qsizetype bytes_before(const QString& text, qsizetype character);
qsizetype characters_before(const QString& text, qsizetype byte);

}  // namespace ebpftrace::gui
