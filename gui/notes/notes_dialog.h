// SPDX-License-Identifier: Apache-2.0
// The list of markers and views, and the text: jump, rename, delete, undo. Not modal. GUI thread.
#pragma once

#include <QDialog>

#include "gui/notes/notebook.h"

class QLabel;
class QPlainTextEdit;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace ebpftrace::gui {

class NotesDialog : public QDialog {
  Q_OBJECT

 public:
  explicit NotesDialog(Notebook& notebook, QWidget* parent = nullptr);

  // Those that the recorder was told of: they can be gone to, not changed.
  void setRecordedMarkers(std::vector<Marker> markers);
  void setPlace(const QString& text);  // where the notes are kept
  QTreeWidget& list() { return *list_; }
  QPlainTextEdit& text() { return *text_; }

 signals:
  void momentChosen(int64_t ns);
  void viewChosen(const QString& name);

 private:
  void fill();
  void choose();
  void rename(QTreeWidgetItem* item);
  void removeCurrent();
  void showButtons();

  Notebook& notebook_;
  std::vector<Marker> recorded_;
  QTreeWidget* list_;
  QPlainTextEdit* text_;
  QLabel *place_, *hint_;
  QPushButton *go_, *rename_, *remove_, *undo_;
  bool filling_ = false;
};

}  // namespace ebpftrace::gui
