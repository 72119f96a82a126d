// SPDX-License-Identifier: Apache-2.0
// The command line of ebpf-view.
#pragma once

#include <QSize>
#include <QString>
#include <QStringList>
#include <optional>
#include <string>
#include <vector>

#include "gui/window/recording.h"

namespace ebpftrace::gui {

struct ViewOptions {
  std::vector<std::string> files;
  QString filter;
  QString from, to;    // moments of --range
  QString at;          // a moment: of the playhead
  QString stream;      // PID:FD or an address: to be followed
  QString view;        // a tab or a question; empty: events
  QString screenshot;  // a file to write; then no window is shown
  QSize size;          // not valid: as it was, or 1280×800
  std::optional<bool> dark;
};

struct ParsedViewOptions {
  ViewOptions options;
  std::optional<int> exit_status;  // set: `message` is all there is to do
  QString message;
  bool is_error = false;
};

// arguments: without the program's name.
ParsedViewOptions parse_view_options(const QStringList& arguments, const QString& version);

}  // namespace ebpftrace::gui
