// SPDX-License-Identifier: Apache-2.0
// Edit > Preferences: what is changed holds at once.
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include "gui/work/preferences.h"

namespace ebpftrace::gui {

class PreferencesDialog : public QDialog {
  Q_OBJECT

 public:
  // found_recorder: what is run if none is named; empty: there is none.
  PreferencesDialog(const Preferences& preferences, const QString& found_recorder, QWidget* parent);

  const Preferences& preferences() const { return preferences_; }

 signals:
  void changed(const Preferences& preferences);
  void forgetRecent();

 private:
  void take();
  void chooseRecorder();

  Preferences preferences_;
  QComboBox* theme_;
  QComboBox* times_;
  QLineEdit* recorder_;
  QLabel* recorder_remark_;
  QCheckBox* remember_;
};

}  // namespace ebpftrace::gui
