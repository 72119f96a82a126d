// SPDX-License-Identifier: Apache-2.0
#include "gui/work/preferences.h"

namespace ebpftrace::gui {
namespace {

const QString kDark = QStringLiteral("dark"), kWallClock = QStringLiteral("wall_clock"),
              kRememberRecent = QStringLiteral("remember_recent"), kRecorder = QStringLiteral("recorder");

// What is as it comes is not kept: then it can come otherwise in a later version.
template <typename Value>
void keep(QSettings& settings, const QString& key, const Value& value, const Value& usual) {
  if (value == usual)
    settings.remove(key);
  else
    settings.setValue(key, value);
}

}  // namespace

Preferences Preferences::read(const QSettings& settings) {
  Preferences found;
  if (settings.contains(kDark)) found.theme = settings.value(kDark).toBool() ? Theme::kDark : Theme::kLight;
  found.wall_clock = settings.value(kWallClock, found.wall_clock).toBool();
  found.remember_recent = settings.value(kRememberRecent, found.remember_recent).toBool();
  found.recorder = settings.value(kRecorder).toString();
  return found;
}

void Preferences::write(QSettings& settings) const {
  const Preferences usual;
  if (theme == Theme::kDesktop)
    settings.remove(kDark);
  else
    settings.setValue(kDark, theme == Theme::kDark);
  keep(settings, kWallClock, wall_clock, usual.wall_clock);
  keep(settings, kRememberRecent, remember_recent, usual.remember_recent);
  keep(settings, kRecorder, recorder, usual.recorder);
}

}  // namespace ebpftrace::gui
