// SPDX-License-Identifier: Apache-2.0
// What to record, and the recorder while it runs. It shows the command line that it stands for as it is filled in, and what the
// recorder says if it fails. Not modal. GUI thread.
#pragma once

#include <QDialog>

#include "gui/live/record_command.h"
#include "gui/live/recorder_process.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace ebpftrace::gui {

class RecordDialog : public QDialog {
  Q_OBJECT

 public:
  RecordDialog(RecorderProcess& recorder, const Privileges& privileges, QWidget* parent = nullptr);

  void setOptions(const RecordOptions& options);
  RecordOptions options() const;
  QString commandLine() const;  // as it is shown
  QString errorText() const;

 public slots:
  void record();

 signals:
  void copyRequested(const QString& text);
  void started();

 private:
  void showState();
  void showError(const QString& text);

  RecorderProcess& recorder_;
  Privileges privileges_;
  QRadioButton *by_command_, *by_pids_, *by_machine_;
  QLineEdit *command_, *folder_, *pids_, *calls_, *limit_, *duration_, *output_;
  QCheckBox* data_;
  QLabel *preview_, *error_;
  QPushButton *record_, *stop_;
  bool tried_ = false;
};

}  // namespace ebpftrace::gui
