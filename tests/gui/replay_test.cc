// SPDX-License-Identifier: Apache-2.0
// A replay: where the clock is after so much time, whatever the speed, round a range, over idle time; and steps from event to
// event. Time is what the test says it is.
#include "gui/moment/replay.h"

#include <QSignalSpy>
#include <QtTest>

#include "analyzer/api/session.h"

using namespace ebpftrace::gui;
namespace an = ebpftrace::analyzer;

namespace {

constexpr int64_t kMs = 1'000'000, kSecond = 1'000 * kMs;
constexpr int kLimitMs = 60'000;

ReplayClock clock_of(int64_t to_ns) {
  ReplayClock clock;
  clock.setExtent({0, to_ns});
  return clock;
}

}  // namespace

class ReplayTest : public QObject {
  Q_OBJECT

 private slots:
  void time_passes_at_the_speed() {
    ReplayClock clock = clock_of(100 * kSecond);
    QCOMPARE(clock.advance(5 * kSecond), int64_t{0});  // it does not play
    clock.play(10 * kSecond);
    QCOMPARE(clock.advance(10 * kSecond + 30 * kMs), 30 * kMs);
    clock.setSpeed(10, 10 * kSecond + 40 * kMs);
    QCOMPARE(clock.position(), 40 * kMs);
    QCOMPARE(clock.advance(10 * kSecond + 50 * kMs), 140 * kMs);
    clock.pause(10 * kSecond + 60 * kMs);
    QCOMPARE(clock.position(), 240 * kMs);
    QCOMPARE(clock.advance(20 * kSecond), 240 * kMs);
    clock.play(30 * kSecond);
    QCOMPARE(clock.advance(30 * kSecond + kMs), 250 * kMs);
  }

  void slow_motion_loses_no_part_of_a_nanosecond() {
    ReplayClock clock = clock_of(kSecond);
    clock.setSpeed(0.001, 0);
    clock.play(0);
    for (int64_t now = 1; now <= 1'000'000; now += 333) clock.advance(now);
    QCOMPARE(clock.advance(1'000'000), int64_t{1000});
  }

  void speeds_have_bounds() {
    ReplayClock clock = clock_of(kSecond);
    clock.setSpeed(1e9, 0);
    QCOMPARE(clock.speed(), 1000.0);
    clock.setSpeed(0, 0);
    QCOMPARE(clock.speed(), 0.001);
  }

  void a_machine_that_slept_does_not_jump() {
    ReplayClock clock = clock_of(1000 * kSecond);
    clock.play(0);
    QCOMPARE(clock.advance(3600 * kSecond), ReplayClock::kMostStepNs);
    QCOMPARE(clock.advance(3599 * kSecond), ReplayClock::kMostStepNs);  // nor does one whose clock goes back
  }

  void it_stops_at_the_end_and_begins_anew() {
    ReplayClock clock = clock_of(kSecond);
    clock.seek(900 * kMs);
    clock.play(0);
    QCOMPARE(clock.advance(200 * kMs), kSecond);
    QVERIFY(!clock.plays());
    clock.play(0);
    QCOMPARE(clock.position(), int64_t{0});
    clock.seek(5 * kSecond);
    QCOMPARE(clock.position(), kSecond);
  }

  void a_loop_goes_round() {
    ReplayClock clock = clock_of(10 * kSecond);
    clock.setLoop(an::TimeSpan{2 * kSecond, 3 * kSecond});
    clock.play(0);
    QCOMPARE(clock.position(), 2 * kSecond);
    QCOMPARE(clock.advance(900 * kMs), 2 * kSecond + 900 * kMs);
    QCOMPARE(clock.advance(1200 * kMs), 2 * kSecond + 200 * kMs);
    QVERIFY(clock.plays());
    // Many rounds in one step.
    clock.setLoop(an::TimeSpan{100, 101});
    clock.setSpeed(1000, 1200 * kMs);
    const int64_t at = clock.advance(2000 * kMs);
    QVERIFY(at >= 100 && at < 101);
    clock.setLoop(an::TimeSpan{20 * kSecond, 30 * kSecond});  // not of this recording
    QVERIFY(!clock.loop());
  }

  void idle_time_is_skipped_but_for_the_last_of_it() {
    ReplayClock clock = clock_of(100 * kSecond);
    clock.setSkipsIdle(true);
    // A gap of a second is too short to be skipped at ten times the speed.
    clock.setQuiet({{kSecond, 2 * kSecond}, {10 * kSecond, 50 * kSecond}});
    clock.setSpeed(10, 0);
    clock.play(0);
    QCOMPARE(clock.advance(150 * kMs), 1500 * kMs);
    QCOMPARE(clock.advance(1000 * kMs), 50 * kSecond - kSecond);  // 10 s, then 0.1 s of watching before the next event
    QCOMPARE(clock.advance(1100 * kMs), 50 * kSecond);
    clock.setSkipsIdle(false);
    clock.seek(10 * kSecond);
    QCOMPARE(clock.advance(1200 * kMs), 11 * kSecond);
  }

  void a_loop_in_which_all_is_idle_ends_its_step() {
    ReplayClock clock = clock_of(100 * kSecond);
    clock.setSkipsIdle(true);
    clock.setLoop(an::TimeSpan{20 * kSecond, 40 * kSecond});
    clock.setQuiet({{10 * kSecond, 50 * kSecond}});
    clock.play(0);
    QCOMPARE(clock.advance(500 * kMs), 20 * kSecond);
    QVERIFY(clock.plays());
    // With little that is not, at a speed at which that goes by millions of times.
    clock.setQuiet({{20 * kSecond + 1000, 39 * kSecond}});
    clock.setSpeed(ReplayClock::kFastest, 500 * kMs);
    const int64_t at = clock.advance(1500 * kMs);
    QVERIFY(at >= 20 * kSecond && at < 40 * kSecond);
  }

  void steps_and_plays_through_a_recording() {
    const std::vector<std::string> files = {SAMPLES_FOLDER "/file-io.trace"};
    std::shared_ptr<an::Session> session = std::move(an::Session::open(files).front());
    auto events = std::make_shared<an::EventRows>(*session, "", std::nullopt, std::nullopt);
    QVERIFY(events->count());
    const auto rows = events->read(0, 200);
    Workers workers;
    int64_t now = 0;
    Replay replay(
        workers, [&now] { return now; }, nullptr);
    replay.setExtent({0, rows.back().time_ns + kSecond});
    QSignalSpy stepped(&replay, &Replay::stepped), nothing(&replay, &Replay::nothingThere),
        moved(&replay, &Replay::moved);
    replay.stepForward();  // no events yet: nothing happens
    replay.setEvents(events);
    replay.setPosition(rows[0].time_ns);
    std::vector<int64_t> times;
    for (const an::EventRow& row : rows)
      if (times.empty() || row.time_ns > times.back()) times.push_back(row.time_ns);
    for (size_t i = 1; i <= 5; ++i) {
      replay.stepForward();
      QTRY_COMPARE_WITH_TIMEOUT(stepped.count(), static_cast<int>(i), kLimitMs);
      QCOMPARE(replay.clock().position(), times[i]);
    }
    replay.stepBack();
    QTRY_COMPARE_WITH_TIMEOUT(stepped.count(), 6, kLimitMs);
    QCOMPARE(replay.clock().position(), times[4]);
    replay.setPosition(0);
    replay.setPosition(rows[0].time_ns);
    replay.stepBack();
    QTRY_COMPARE_WITH_TIMEOUT(nothing.count(), 1, kLimitMs);
    QCOMPARE(nothing.front().front().toBool(), false);

    // Ticks are the test's: the timer may add some, at the same time.
    moved.clear();
    replay.setPosition(rows[0].time_ns);
    replay.toggle();
    QVERIFY(replay.clock().plays());
    now += 20 * kMs;
    replay.tick();
    QCOMPARE(replay.clock().position(), rows[0].time_ns + 20 * kMs);
    replay.faster();
    QCOMPARE(replay.clock().speed(), 2.0);
    now += 10 * kMs;
    replay.pause();
    QCOMPARE(replay.clock().position(), rows[0].time_ns + 40 * kMs);
    QVERIFY(!replay.clock().plays());
    QCOMPARE(moved.back().front().toLongLong(), replay.clock().position());
    for (int i = 0; i < 20; ++i) replay.slower();
    QCOMPARE(replay.clock().speed(), ReplayClock::kSlowest);
  }

  void idle_time_is_found_ahead() {
    const std::vector<std::string> files = {SAMPLES_FOLDER "/file-io.trace"};
    std::shared_ptr<an::Session> session = std::move(an::Session::open(files).front());
    auto events = std::make_shared<an::EventRows>(*session, "", std::nullopt, std::nullopt);
    QVERIFY(events->count());
    const int64_t last = events->read(events->rows() - 1, 1).front().time_ns;
    Workers workers;
    int64_t now = 0;
    Replay replay(
        workers, [&now] { return now; }, nullptr);
    replay.setExtent({0, last + 3600 * kSecond});  // an hour in which nothing was done
    replay.setEvents(events);
    replay.setSkipsIdle(true);
    replay.setPosition(last + kSecond);
    replay.toggle();
    // When it is known, the next ticks are at the end of the hour.
    QTRY_VERIFY_WITH_TIMEOUT((now += 40 * kMs, replay.tick(), !replay.clock().plays()), kLimitMs);
    QCOMPARE(replay.clock().position(), last + 3600 * kSecond);
    QVERIFY(now < 600 * kSecond);
  }
};

QTEST_MAIN(ReplayTest)
#include "replay_test.moc"
