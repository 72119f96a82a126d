// SPDX-License-Identifier: Apache-2.0
// Pixels and times, zooming and panning, ticks and the zoom history.
#include "gui/timeline/time_axis.h"

#include <QtTest>

#include "gui/timeline/view_history.h"

using namespace ebpftrace::gui;

class TimeAxisTest : public QObject {
  Q_OBJECT

 private slots:
  void a_pixels_time_is_in_that_pixel_data() {
    QTest::addColumn<qint64>("from");
    QTest::addColumn<qint64>("to");
    QTest::addColumn<int>("width");
    QTest::newRow("a second") << qint64{0} << qint64{1'000'000'000} << 1000;
    QTest::newRow("odd numbers") << qint64{17} << qint64{1'000'003} << 977;
    QTest::newRow("less than a ns a pixel") << qint64{5'000} << qint64{5'200} << 1920;
    QTest::newRow("a day at the end of a long recording")
        << qint64{30} * 86400'000'000'000 << qint64{31} * 86400'000'000'000 << 1632;
    QTest::newRow("one pixel") << qint64{0} << qint64{1000} << 1;
  }
  void a_pixels_time_is_in_that_pixel() {
    QFETCH(qint64, from);
    QFETCH(qint64, to);
    QFETCH(int, width);
    TimeAxis axis;
    axis.setExtent({0, to});
    axis.setWidth(width);
    axis.setView({from, to});
    QCOMPARE(axis.timeAt(0), int64_t{from});
    QCOMPARE(axis.timeAt(width), int64_t{to});
    int64_t before = from;
    for (int x = 0; x < width; ++x) {
      const int64_t at = axis.timeAt(x);
      QVERIFY(at >= before);
      before = at;
      QVERIFY(std::abs(axis.pixelOf(at) - x) <= std::max(1e-3, 1 / axis.nsPerPixel()));
      QVERIFY(axis.spanOf(x, x + 1).length_ns() >= 1);
    }
  }
  void what_is_at_the_cursor_stays_there_data() {
    QTest::addColumn<double>("pixel");
    QTest::addColumn<double>("factor");
    for (const double pixel : {0.0, 1.0, 333.0, 500.5, 999.0})
      for (const double factor : {1.25, 2.0, 17.0, 0.8}) QTest::addRow("%g at %g", factor, pixel) << pixel << factor;
  }
  void what_is_at_the_cursor_stays_there() {
    QFETCH(double, pixel);
    QFETCH(double, factor);
    TimeAxis axis;
    axis.setExtent({0, 10'000'000'000});
    axis.setWidth(1000);
    axis.setView({4'000'000'000, 5'000'000'000});
    const int64_t at = axis.timeAt(pixel);
    axis.zoomAt(pixel, factor);
    QVERIFY(std::abs(axis.pixelOf(at) - pixel) <= 2 / axis.nsPerPixel() + 1e-6);
    QVERIFY(std::abs(static_cast<double>(axis.view().length_ns()) - 1e9 / factor) <= 1);
  }
  void no_closer_than_the_least_and_no_wider_than_all() {
    TimeAxis axis;
    axis.setExtent({0, 1'000'000});
    axis.setWidth(100);
    for (int i = 0; i < 100; ++i) axis.zoomAt(50, 2);
    QCOMPARE(axis.view().length_ns(), TimeAxis::kLeastNs);
    for (int i = 0; i < 100; ++i) axis.zoomAt(20, 0.5);
    QVERIFY(axis.showsAll());
    axis.pan(1e6);
    QVERIFY(axis.showsAll());
    axis.zoomAt(0, 0);
    axis.zoomAt(0, -1);
    QVERIFY(axis.showsAll());
  }
  void panning_ends_where_the_recording_does() {
    TimeAxis axis;
    axis.setExtent({0, 1000'000});
    axis.setWidth(100);
    axis.setView({400'000, 500'000});
    axis.pan(10);
    QCOMPARE(axis.view(), (TimeSpan{410'000, 510'000}));
    axis.pan(-1e9);
    QCOMPARE(axis.view(), (TimeSpan{0, 100'000}));
    axis.pan(1e9);
    QCOMPARE(axis.view(), (TimeSpan{900'000, 1000'000}));
    axis.bringIntoView(950'000);
    QCOMPARE(axis.view(), (TimeSpan{900'000, 1000'000}));
    axis.bringIntoView(300'000);
    QCOMPARE(axis.view(), (TimeSpan{250'000, 350'000}));
  }
  void a_recording_that_grows_shows_all_if_it_did() {
    TimeAxis axis;
    axis.setExtent({0, 1000'000});
    axis.growExtent({0, 2000'000});
    QVERIFY(axis.showsAll());
    axis.setView({0, 1000'000});
    axis.growExtent({0, 3000'000});
    QCOMPARE(axis.view(), (TimeSpan{0, 1000'000}));
    // The end stays where it is in view.
    axis.setView({2500'000, 3000'000});
    QVERIFY(axis.showsEnd());
    axis.growExtent({0, 3700'000});
    QCOMPARE(axis.view(), (TimeSpan{3200'000, 3700'000}));
    QCOMPARE(axis.extent(), (TimeSpan{0, 3700'000}));
    // What the recorder took back is not in view any more.
    axis.growExtent({0, 3500'000});
    QCOMPARE(axis.view(), (TimeSpan{3000'000, 3500'000}));
  }
  void an_empty_recording_has_a_width() {
    TimeAxis axis;
    axis.setExtent({0, 0});
    axis.setWidth(0);
    QVERIFY(axis.nsPerPixel() > 0);
    axis.zoomAt(0, 2);
    QVERIFY(axis.view().length_ns() > 0);
  }
  void ticks_data() {
    QTest::addColumn<double>("ns_per_pixel");
    QTest::addColumn<qint64>("step");
    QTest::newRow("ns") << 0.1 << qint64{20};
    QTest::newRow("overview") << 3.15e6 << qint64{500'000'000};
    QTest::newRow("single calls") << 7.5e3 << qint64{1'000'000};
    QTest::newRow("minutes") << 1e9 << qint64{120'000'000'000};
    QTest::newRow("hours") << 30e9 << qint64{3600'000'000'000};
    QTest::newRow("days") << 2e12 << qint64{4 * 86400} * 1'000'000'000;
  }
  void ticks() {
    QFETCH(double, ns_per_pixel);
    QFETCH(qint64, step);
    const RulerSteps steps = ruler_steps(ns_per_pixel, 105);
    QCOMPARE(steps.step_ns, int64_t{step});
    QVERIFY(static_cast<double>(steps.step_ns) / ns_per_pixel >= 105);
    QVERIFY(steps.parts >= 3 && steps.parts <= 6);
  }
  void the_first_tick_is_at_or_behind() {
    QCOMPARE(first_tick(0, 10), int64_t{0});
    QCOMPARE(first_tick(1, 10), int64_t{10});
    QCOMPARE(first_tick(10, 10), int64_t{10});
    QCOMPARE(first_tick(-1, 10), int64_t{0});
    QCOMPARE(first_tick(-10, 10), int64_t{-10});
    QCOMPARE(first_tick(-11, 10), int64_t{-10});
  }
  void history_goes_back_and_forward() {
    ViewHistory history;
    history.reset({0, 100});
    QVERIFY(!history.canGoBack() && !history.canGoForward());
    history.note({10, 50}, 0);
    history.note({20, 40}, 5'000);
    QCOMPARE(*history.back(), (TimeSpan{10, 50}));
    QCOMPARE(*history.back(), (TimeSpan{0, 100}));
    QVERIFY(!history.back());
    QCOMPARE(*history.forward(), (TimeSpan{10, 50}));
    history.note({1, 2}, 10'000);
    QVERIFY(!history.canGoForward());
    QCOMPARE(*history.back(), (TimeSpan{10, 50}));
  }
  void a_wheel_that_turns_is_one_step() {
    ViewHistory history;
    history.reset({0, 100});
    for (int i = 1; i < 20; ++i) history.note({i, 100 - i}, 1'000 + i * 50);
    QCOMPARE(*history.back(), (TimeSpan{0, 100}));
    QCOMPARE(*history.forward(), (TimeSpan{19, 81}));
    // What follows a step back is a step of its own.
    history.note({30, 60}, 2'000);
    QCOMPARE(*history.back(), (TimeSpan{19, 81}));
  }
};

QTEST_MAIN(TimeAxisTest)
#include "time_axis_test.moc"
