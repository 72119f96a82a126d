// SPDX-License-Identifier: Apache-2.0
#include <QApplication>
#include <QSettings>

#include "gui/live/record_command.h"
#include "gui/live/record_dialog.h"
#include "gui/style/palette.h"
#include "gui/timeline/timeline_view.h"
#include "gui/window/actions.h"
#include "gui/window/main_window.h"
#include "gui/window/preferences_dialog.h"

namespace ebpftrace::gui {

void MainWindow::showPreferences() {
  auto* dialog = new PreferencesDialog(Preferences::read(QSettings()), find_recorder({}), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &PreferencesDialog::changed, this, [this](const Preferences& preferences) {
    QSettings settings;
    preferences.write(settings);
    showTheme(preferences.theme == Preferences::Theme::kDesktop ? desktop_is_dark()
                                                                : preferences.theme == Preferences::Theme::kDark);
    setWallClock(preferences.wall_clock);
    // The next one asks for the recorder again.
    if (record_dialog_ && !record_dialog_->isVisible()) {
      record_dialog_->deleteLater();
      record_dialog_ = nullptr;
    }
  });
  connect(dialog, &PreferencesDialog::forgetRecent, this, [] { QSettings().remove(QStringLiteral("recent")); });
  dialog->show();
}

void MainWindow::showTheme(bool dark) {
  QApplication::setPalette(qt_palette(dark ? dark_colours() : light_colours()));
  actions_->find("dark")->setChecked(dark);
}

// Of the menu: from then on that is what is wanted.
void MainWindow::setTheme(bool dark) {
  showTheme(dark);
  if (!pending_.screenshot.isEmpty()) return;
  QSettings settings;
  Preferences preferences = Preferences::read(settings);
  preferences.theme = dark ? Preferences::Theme::kDark : Preferences::Theme::kLight;
  preferences.write(settings);
}

void MainWindow::setWallClock(bool on) {
  actions_->find("clock")->setChecked(on);
  timeline_->setWallClock(on);
}

}  // namespace ebpftrace::gui
