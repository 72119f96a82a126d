// SPDX-License-Identifier: Apache-2.0
// Waits until the window has nothing left to work out, writes what it shows, and ends the application.
#pragma once

#include <QString>

namespace ebpftrace::gui {

class MainWindow;

// Ends with 0, or 1 after a line on stderr.
void take_screenshot(MainWindow& window, const QString& file);

}  // namespace ebpftrace::gui
