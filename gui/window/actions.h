// SPDX-License-Identifier: Apache-2.0
// Everything that the window can do, each with its menu, its name and its keys: menus, toolbar and the sheet of shortcuts are made
// from this one list.
#pragma once

#include <QAction>
#include <QKeySequence>
#include <QMenuBar>
#include <QObject>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gui/style/icons.h"

namespace ebpftrace::gui {

struct ActionEntry {
  QString menu;
  QString text;
  QList<QKeySequence> keys;
  QAction* action = nullptr;
};

class Actions : public QObject {
  Q_OBJECT

 public:
  explicit Actions(QWidget* window);

  // In the order in which they are added. `id` names it for setEnabled and the toolbar.
  QAction* add(const std::string& id, const QString& menu, const QString& text, const QList<QKeySequence>& keys,
               std::function<void()> run);
  void addSeparator(const QString& menu);
  QAction* find(const std::string& id) const;
  QMenu* menu(const QString& name);
  QMenu* addSubmenu(const QString& menu, const QString& text);
  const std::vector<ActionEntry>& list() const { return entries_; }

  void fill(QMenuBar& bar);

 private:
  QWidget* window_;
  std::vector<ActionEntry> entries_;
  std::map<std::string, QAction*> by_id_;
  std::vector<std::pair<QString, QMenu*>> menus_;
};

// All shortcuts on one page.
void show_shortcut_sheet(QWidget* parent, const Actions& actions);

}  // namespace ebpftrace::gui
