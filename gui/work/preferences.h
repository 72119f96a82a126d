// SPDX-License-Identifier: Apache-2.0
// What a user wants always. Kept in QSettings; what is there and can't be understood is as if it were not.
#pragma once

#include <QSettings>
#include <QString>

namespace ebpftrace::gui {

struct Preferences {
  enum class Theme : uint8_t { kDesktop, kLight, kDark };

  Theme theme = Theme::kDesktop;
  bool wall_clock = false;      // times: of the day instead of since the start
  bool remember_recent = true;  // which files were opened
  QString recorder;             // ebpf-record; empty: as it is found

  static Preferences read(const QSettings& settings);
  void write(QSettings& settings) const;
  bool operator==(const Preferences&) const = default;
};

}  // namespace ebpftrace::gui
