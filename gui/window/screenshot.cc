// SPDX-License-Identifier: Apache-2.0
#include "gui/window/screenshot.h"

#include <QApplication>
#include <QPixmap>
#include <QTimer>
#include <cstdio>
#include <memory>

#include "gui/window/main_window.h"

namespace ebpftrace::gui {

void take_screenshot(MainWindow& window, const QString& file) {
  // What one answer leads to is asked for in the event loop's next turns: it is over when it stays settled for a while.
  constexpr int kStaysSettledMs = 300;
  auto* timer = new QTimer(&window);
  timer->setSingleShot(true);
  timer->setInterval(kStaysSettledMs);
  auto look = [&window, timer] {
    if (!window.settled())
      timer->stop();
    else if (!timer->isActive())
      timer->start();
  };
  QObject::connect(&window, &MainWindow::settledChanged, timer, look);
  QObject::connect(&window.workers(), &Workers::changed, timer, look);
  QObject::connect(&window, &MainWindow::openFailed, &window, [](const QString& what) {
    std::fprintf(stderr, "ebpf-view: %s\n", qPrintable(what));
    QApplication::exit(1);
  });
  QObject::connect(timer, &QTimer::timeout, &window, [&window, file] {
    if (!window.grab().save(file)) {
      std::fprintf(stderr,
                   "ebpf-view: --screenshot %s: cannot be written as an image; the name's ending says the format, such "
                   "as .png\n",
                   qPrintable(file));
      QApplication::exit(1);
      return;
    }
    QApplication::exit(0);
  });
}

}  // namespace ebpftrace::gui
