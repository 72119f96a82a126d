// SPDX-License-Identifier: Apache-2.0
// Writes what is shown, or a part of the recording, to a file: what, of which events, where to; with progress and Cancel. Not
// modal. GUI thread; the writing is a worker's.
#pragma once

#include <QDialog>
#include <functional>

#include "gui/share/save.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QRadioButton;

namespace ebpftrace::gui {

class SaveDialog : public QDialog {
  Q_OBJECT

 public:
  // What the window shows at the time that is asked.
  struct Shown {
    std::shared_ptr<const Recording> recording;
    Inquiry inquiry;
    QString table;  // its question's name
    std::function<SavedTable(const Inquiry&)> ask_table;
  };
  SaveDialog(Workers& workers, std::function<Shown()> shown, std::function<QString(const QString&)> save_picture,
             QWidget* parent = nullptr);

  void choose(SaveForm::Kind kind, const std::string& export_name = {});
  void setPath(const QString& path);
  QString path() const;
  QString outcome() const;  // "Saved as …", or why not
  bool isSaving() const { return job_.running(); }

 public slots:
  void saveNow();
  void showState();  // of another selection

 signals:
  void saved(const QString& path);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  const SaveForm& form() const;
  void proposePath();
  void say(const QString& text, bool is_error);

  PoolJob job_;
  std::function<Shown()> shown_;
  std::function<QString(const QString&)> save_picture_;  // -> why not; empty: it is there
  std::vector<SaveForm> forms_;
  QComboBox* what_;
  QLabel *help_, *of_what_, *outcome_;
  QRadioButton *selected_, *all_;
  QLineEdit* path_;
  QProgressBar* progress_;
  QPushButton *save_, *cancel_;
  QString proposed_;
};

}  // namespace ebpftrace::gui
