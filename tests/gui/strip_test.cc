// SPDX-License-Identifier: Apache-2.0
// Density as pixels: opacity in steps, bars over density, ticks at the bottom, runs of waiting and loss; and the worker thread.
#include "gui/timeline/strip.h"

#include <QtTest>
#include <atomic>

#include "gui/timeline/latest_job.h"

using namespace ebpftrace::analyzer;
using namespace ebpftrace::gui;

namespace {
constexpr int kLimitMs = 60'000;  // that a machine under load may take; nothing is measured
}

class StripTest : public QObject {
  Q_OBJECT

 private slots:
  void opacity_has_five_steps_data() {
    QTest::addColumn<unsigned>("calls");
    QTest::addColumn<double>("light");
    QTest::addColumn<double>("dark");
    for (const auto& [calls, light, dark] :
         std::initializer_list<std::tuple<unsigned, double, double>>{{1, 0.34, 0.36},
                                                                     {2, 0.5, 0.52},
                                                                     {3, 0.5, 0.52},
                                                                     {4, 0.66, 0.68},
                                                                     {11, 0.66, 0.68},
                                                                     {12, 0.83, 0.84},
                                                                     {39, 0.83, 0.84},
                                                                     {40, 1, 1},
                                                                     {4'000'000'000u, 1, 1}})
      QTest::addRow("%u", calls) << calls << light << dark;
  }
  void opacity_has_five_steps() {
    QFETCH(unsigned, calls);
    QFETCH(double, light);
    QFETCH(double, dark);
    QCOMPARE(density_opacity(calls, false), light);
    QCOMPARE(density_opacity(calls, true), dark);
  }
  void the_image_spans_what_there_is() {
    std::vector<Pixel> pixels(10);
    pixels[3].hue = 0;
    pixels[3].calls = 50;
    pixels[5].bar = 1;
    pixels[5].hue = 0;
    pixels[5].calls = 3;
    const Colours& colours = light_colours();
    const Strip strip = make_strip(pixels, {}, colours, 14, 1);
    QCOMPARE(strip.first, 3);
    QCOMPARE(strip.image.size(), QSize(3, 14));
    QCOMPARE(strip.image.pixelColor(0, 0), colours.classes[0]);
    QCOMPARE(strip.image.pixelColor(1, 5).alpha(), 0);
    QCOMPARE(strip.image.pixelColor(2, 13), colours.classes[1]);
    QVERIFY(make_strip(std::vector<Pixel>(10), {}, colours, 14, 1).image.isNull());
    QVERIFY(make_strip({}, {}, colours, 14, 1).image.isNull());
  }
  void errors_are_ticks_at_the_bottom() {
    std::vector<Pixel> pixels(10);
    for (Pixel& pixel : pixels) {
      pixel.hue = 0;
      pixel.calls = 50;
    }
    pixels[4].error = true;
    const Colours& colours = dark_colours();
    const Strip strip = make_strip(pixels, {}, colours, 14, 1);
    QCOMPARE(strip.image.pixelColor(4, 13), colours.error);
    QCOMPARE(strip.image.pixelColor(5, 10), colours.error);
    QCOMPARE(strip.image.pixelColor(4, 9), colours.classes[0]);
    QCOMPARE(strip.image.pixelColor(6, 13), colours.classes[0]);
  }
  void at_a_fractional_scale_the_image_has_device_pixels() {
    std::vector<Pixel> pixels(30);
    pixels[0].bar = pixels[29].bar = 2;
    const Strip strip = make_strip(pixels, {}, light_colours(), 14, 1.5);
    QCOMPARE(strip.image.size(), QSize(30, 21));
    QCOMPARE(strip.image.devicePixelRatio(), 1.5);
  }
  void waits_and_losses_are_runs() {
    std::vector<Pixel> pixels(10);
    for (int i = 2; i < 6; ++i) pixels[i].waits = 1;
    pixels[6].waits = 2;
    for (int i = 4; i < 9; ++i) pixels[i].lost = true;
    const Strip strip = make_strip(pixels, {}, light_colours(), 14, 1);
    QCOMPARE(strip.waits.size(), size_t{2});
    QCOMPARE(strip.waits[0].from, 2);
    QCOMPARE(strip.waits[0].to, 6);
    QCOMPARE(strip.waits[1].hue, uint8_t{2});
    QCOMPARE(strip.lost.size(), size_t{1});
    QCOMPARE(strip.lost[0].to, 9);
  }
  void what_a_filter_leaves_out_is_faint() {
    std::vector<Pixel> passing(4), hidden(4);
    passing[0].hue = hidden[0].hue = hidden[1].hue = 0;
    passing[0].calls = hidden[0].calls = hidden[1].calls = 100;
    hidden[2].waits = 1;
    const Strip strip = make_strip(passing, hidden, light_colours(), 14, 1);
    QCOMPARE(strip.image.pixelColor(0, 0).alpha(), 255);
    QCOMPARE(strip.image.pixelColor(1, 0).alpha(), 64);
    QCOMPARE(strip.waits.size(), size_t{1});
    QVERIFY(strip.waits[0].faint);
  }
  void only_the_latest_job_answers() {
    LatestJob job;
    std::atomic<int> stopped{0};
    std::vector<int> answers;
    std::atomic<bool> running{false};
    job.start([&](std::stop_token stop, const LatestJob::Reply& reply) {
      running = true;
      running.notify_all();
      while (!stop.stop_requested()) std::this_thread::yield();
      ++stopped;
      reply.post([&] { answers.push_back(1); });
    });
    running.wait(false);
    for (const int number : {2, 3})
      job.start([&answers, number](std::stop_token, const LatestJob::Reply& reply) {
        reply.post([&answers, number] { answers.push_back(number); });
      });
    QTRY_VERIFY_WITH_TIMEOUT(!answers.empty(), kLimitMs);
    // The second may have begun before the third came; that came before its answer. The first was stopped, its answer dropped.
    QCOMPARE(answers, (std::vector<int>{3}));
    QCOMPARE(stopped.load(), 1);
  }
  void what_is_posted_to_one_that_is_gone_is_dropped() {
    bool called = false;
    {
      std::atomic<bool> posted{false};
      LatestJob job;
      job.start([&](std::stop_token, const LatestJob::Reply& reply) {
        reply.post([&] { called = true; });
        posted = true;
        posted.notify_all();
      });
      posted.wait(false);
    }
    QCoreApplication::processEvents();
    QVERIFY(!called);
  }
};

QTEST_MAIN(StripTest)
#include "strip_test.moc"
