// SPDX-License-Identifier: Apache-2.0
#include "gui/window/actions.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QVBoxLayout>

#include "gui/style/sizes.h"
#include "gui/style/type.h"

namespace ebpftrace::gui {

Actions::Actions(QWidget* window) : QObject(window), window_(window) {}

QMenu* Actions::menu(const QString& name) {
  for (const auto& [known, menu] : menus_)
    if (known == name) return menu;
  auto* made = new QMenu(name, window_);
  menus_.emplace_back(name, made);
  return made;
}

QMenu* Actions::addSubmenu(const QString& menu_name, const QString& text) { return menu(menu_name)->addMenu(text); }

QAction* Actions::add(const std::string& id, const QString& menu_name, const QString& text,
                      const QList<QKeySequence>& keys, std::function<void()> run) {
  QAction* action = menu(menu_name)->addAction(text);
  action->setShortcuts(keys);
  action->setShortcutContext(Qt::WindowShortcut);
  connect(action, &QAction::triggered, this, std::move(run));
  window_->addAction(action);
  entries_.push_back({menu_name, text, keys, action});
  by_id_[id] = action;
  return action;
}

void Actions::addSeparator(const QString& menu_name) { menu(menu_name)->addSeparator(); }

QAction* Actions::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

void Actions::fill(QMenuBar& bar) {
  for (const auto& [name, menu] : menus_) bar.addMenu(menu);
}

void show_shortcut_sheet(QWidget* parent, const Actions& actions) {
  auto* sheet = new QDialog(parent);
  sheet->setAttribute(Qt::WA_DeleteOnClose);
  sheet->setWindowTitle(QObject::tr("Shortcuts"));
  auto* column = new QVBoxLayout(sheet);
  auto* area = new QScrollArea(sheet);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  auto* page = new QWidget(area);
  auto* grid = new QGridLayout(page);
  grid->setHorizontalSpacing(sizes::kPadding);
  grid->setVerticalSpacing(2);
  // Menus in three columns of a name and its keys.
  int column_at = 0, row = 0;
  QString menu;
  auto add = [&](const QString& text, const QString& keys, bool heading) {
    auto* name = new QLabel(text, page);
    name->setTextFormat(Qt::PlainText);
    name->setFont(text_font(sizes::kBaseText, heading ? Weight::kSemiBold : Weight::kRegular));
    grid->addWidget(name, row, column_at * 3);
    if (!heading) {
      auto* key = new QLabel(keys, page);
      key->setTextFormat(Qt::PlainText);
      key->setFont(fixed_font(sizes::kFixedText));
      key->setForegroundRole(QPalette::PlaceholderText);
      grid->addWidget(key, row, column_at * 3 + 1);
    }
    ++row;
  };
  constexpr int kRows = 24;
  for (const ActionEntry& entry : actions.list()) {
    if (entry.keys.isEmpty()) continue;
    if (entry.menu != menu) {
      if (row > kRows - 6) {
        ++column_at;
        row = 0;
      }
      menu = entry.menu;
      add(QString(menu).remove(u'&'), {}, true);
    }
    QStringList keys;
    for (const QKeySequence& key : entry.keys) keys += key.toString(QKeySequence::NativeText);
    add(QString(entry.text).remove(u'&').remove(QStringLiteral("…")), keys.join(QStringLiteral("  ")), false);
    if (row >= kRows) {
      ++column_at;
      row = 0;
    }
  }
  constexpr int kMouseRows = 7;
  if (row > kRows - kMouseRows) {
    ++column_at;
    row = 0;
  }
  add(QObject::tr("Mouse, in the timeline"), {}, true);
  for (const auto& [what, how] : std::initializer_list<std::pair<QString, QString>>{
           {QObject::tr("Zoom at the cursor"), QObject::tr("Ctrl+wheel")},
           {QObject::tr("Move in time"), QObject::tr("Shift+wheel")},
           {QObject::tr("Scroll the lanes"), QObject::tr("wheel")},
           {QObject::tr("Select a range"), QObject::tr("drag")},
           {QObject::tr("Menu of a value"), QObject::tr("right click")},
           {QObject::tr("Go to the moment"), QObject::tr("double click on a row")}})
    add(what, how, false);
  area->setWidget(page);
  column->addWidget(area);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, sheet);
  QObject::connect(buttons, &QDialogButtonBox::rejected, sheet, &QDialog::close);
  column->addWidget(buttons);
  // All of it, as far as the window has room.
  constexpr int kAround = 40;
  const QSize wanted = page->sizeHint() + QSize(kAround, 2 * kAround);
  sheet->resize(std::min(parent->width() - kAround, wanted.width()),
                std::min(parent->height() - kAround, wanted.height()));
  sheet->show();
}

}  // namespace ebpftrace::gui
