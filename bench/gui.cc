// SPDX-License-Identifier: Apache-2.0
// How fast the timeline shows a trace: until who there was is known, until something is painted, until all rows in view were read;
// then how long a paint takes while it pans and zooms, and how long the GUI thread was ever kept from its events.
//
//   bench/analyze --generate /tmp/large.trace --events 100000000
//   QT_QPA_PLATFORM=offscreen bench/gui /tmp/large.trace 1920x1080
#include <sys/resource.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/api/session.h"
#include "gui/style/palette.h"
#include "gui/timeline/timeline_view.h"

namespace {

double milliseconds(const QElapsedTimer& since) { return static_cast<double>(since.nsecsElapsed()) / 1e6; }

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())))];
}

// The paint of each step, by processor time of this thread: other programs of the machine don't count.
double thread_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  if (argc < 2) {
    std::fprintf(stderr, "usage: gui TRACE [WxH]\n");
    return 2;
  }
  QApplication::setStyle(QStringLiteral("Fusion"));
  QApplication::setPalette(ebpftrace::gui::qt_palette(ebpftrace::gui::light_colours()));
  const QString size = argc > 2 ? QString::fromLocal8Bit(argv[2]) : QStringLiteral("1920x1080");

  ebpftrace::gui::TimelineView view;
  view.resize(size.section(u'x', 0, 0).toInt(), size.section(u'x', 1, 1).toInt());
  QElapsedTimer since;
  since.start();
  auto sessions = ebpftrace::analyzer::Session::open(std::vector<std::string>{argv[1]});
  if (sessions.empty()) return 1;
  std::printf("opened              %8.1f ms\n", milliseconds(since));

  // What a timer of 5 ms says of the time between two turns of the event loop.
  double longest_wait = 0;
  QElapsedTimer turn;
  turn.start();
  QTimer heart;
  QObject::connect(&heart, &QTimer::timeout, [&] {
    longest_wait = std::max(longest_wait, milliseconds(turn) - 5);
    turn.restart();
  });
  heart.start(5);

  bool first = true, steps = false;
  QObject::connect(&view, &ebpftrace::gui::TimelineView::loaded,
                   [&] { std::printf("lanes known         %8.1f ms\n", milliseconds(since)); });
  QObject::connect(&view, &ebpftrace::gui::TimelineView::progressChanged, [&](double share) {
    if (!first || share <= 0) return;
    first = false;
    std::printf("first overview      %8.1f ms\n", milliseconds(since));
  });
  std::vector<double> paints;
  QTimer stepper;
  int at = 0;
  QObject::connect(&stepper, &QTimer::timeout, [&] {
    constexpr int kSteps = 240;
    if (at++ == kSteps) {
      rusage used{};
      getrusage(RUSAGE_SELF, &used);
      std::printf("paint p50 p95 max   %8.2f %.2f %.2f ms of processor time, %zu paints\n", percentile(paints, 0.5),
                  percentile(paints, 0.95), percentile(paints, 1), paints.size());
      std::printf("event loop held     %8.1f ms at most\n", std::max(0.0, longest_wait));
      std::printf("peak memory         %8.1f MiB\n", static_cast<double>(used.ru_maxrss) / 1024);
      QApplication::quit();
      return;
    }
    if (at % 40 < 20)
      view.zoomIn();
    else if (at % 40 < 30)
      view.panRight();
    else
      view.zoomOut();
    const double before = thread_ms();
    view.viewport()->repaint();
    paints.push_back(thread_ms() - before);
  });
  QObject::connect(&view, &ebpftrace::gui::TimelineView::refined, [&] {
    if (steps) return;
    steps = true;
    std::printf("all rows read       %8.1f ms\n", milliseconds(since));
    view.unfoldAll();
    stepper.start(16);
  });
  view.setSession(std::move(sessions.front()));
  view.show();
  return QApplication::exec();
}
