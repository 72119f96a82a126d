// SPDX-License-Identifier: Apache-2.0
// A window on a recording, for tests: opened, and waited for until nothing is left to work out.
#pragma once

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <string>
#include <vector>

#include "gui/window/main_window.h"
#include "tests/script.h"

namespace ebpftrace::gui {

inline constexpr int kLimitMs = 60'000;  // that a machine under load may take; nothing is measured

class OpenWindow {
 public:
  explicit OpenWindow(const std::vector<std::string>& files) {
    window.resize(1280, 800);
    window.show();
    // Keys go to the active window: a display without a window manager has none until somebody asks.
    window.activateWindow();
    (void)QTest::qWaitForWindowActive(&window);
    window.openFiles(files);
    settle();
  }
  bool settle() {
    return QTest::qWaitFor([&] { return window.settled(); }, kLimitMs);
  }
  // As somebody types it, with Return.
  void type_filter(const QString& filter) {
    FilterField& field = window.filterBar().field();
    field.setFocus();
    field.selectAll();
    QTest::keyClicks(&field, filter);
    QTest::keyClick(&field, Qt::Key_Escape);
    QTest::keyClick(&field, Qt::Key_Return);
    settle();
  }
  MainWindow window;
};

inline std::vector<std::string> sample(const char* name) { return {std::string(SAMPLES_FOLDER "/") + name + ".trace"}; }

// Traces from text (tests/script.h), in a folder that goes with it.
class ScriptedTraces {
 public:
  std::string make(std::string_view text, const char* name = "world.trace") {
    const std::vector<std::byte> bytes = ebpftrace::script_bytes(text);
    const QString path = folder_.filePath(QString::fromLatin1(name));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)) qFatal("no temporary file");
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()));
    return path.toStdString();
  }

 private:
  QTemporaryDir folder_;
};

}  // namespace ebpftrace::gui
