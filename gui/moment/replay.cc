// SPDX-License-Identifier: Apache-2.0
#include "gui/moment/replay.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ebpftrace::gui {
namespace {

constexpr int kTickMs = 33;
constexpr size_t kRowsAhead = 256;

struct Ahead {
  analyzer::TimeSpan known;
  std::vector<analyzer::TimeSpan> quiet;
};

// What lies between the next events after a moment.
Ahead look_ahead(analyzer::EventRows& events, int64_t from_ns, int64_t end_ns, int64_t least_ns,
                 const std::stop_token& stop) {
  Ahead ahead;
  const std::vector<analyzer::EventRow> rows = events.read(events.offset_of(from_ns), kRowsAhead, stop);
  int64_t last = from_ns;
  auto add = [&](int64_t to) {
    if (to - last >= least_ns) ahead.quiet.push_back({last, to});
    last = std::max(last, to);
  };
  for (const analyzer::EventRow& row : rows) add(row.time_ns);
  if (rows.size() < kRowsAhead && !stop.stop_requested()) add(std::max(end_ns, last));
  ahead.known = {from_ns, std::max(last, from_ns + 1)};
  return ahead;
}

}  // namespace

Replay::Replay(Workers& workers, std::function<int64_t()> now, QObject* parent)
    : QObject(parent),
      now_(std::move(now)),
      step_job_(workers, tr("Finding the event"), this),
      ahead_job_(workers, tr("Looking ahead"), this) {
  timer_.setInterval(kTickMs);
  connect(&timer_, &QTimer::timeout, this, &Replay::tick);
}

void Replay::setExtent(analyzer::TimeSpan extent) {
  timer_.stop();
  step_job_.cancel();
  ahead_job_.cancel();
  events_.reset();
  range_.reset();
  known_ = {0, 0};
  clock_.setExtent(extent);
  applyLoop();
  emit changed();
}

void Replay::setEvents(std::shared_ptr<analyzer::EventRows> events) {
  if (events == events_) return;
  step_job_.cancel();
  ahead_job_.cancel();
  events_ = std::move(events);
  known_ = {0, 0};
  clock_.setQuiet({});
}

void Replay::setRange(std::optional<analyzer::TimeSpan> range) {
  if (range == range_) return;
  range_ = range;
  applyLoop();
}

void Replay::applyLoop() {
  if (loops_)
    clock_.setLoop(range_ ? *range_ : clock_.extent());
  else
    clock_.setLoop({});
}

void Replay::setPosition(int64_t ns) {
  if (ns == clock_.position()) return;
  clock_.seek(ns);
  known_ = {0, 0};
}

void Replay::toggle() {
  if (clock_.plays()) return pause();
  step_job_.cancel();
  clock_.play(now_());
  timer_.start();
  lookAhead();
  emit changed();
  emit moved(clock_.position());
}

void Replay::pause() {
  if (!clock_.plays()) return;
  clock_.pause(now_());
  timer_.stop();
  ahead_job_.cancel();
  emit moved(clock_.position());
  emit changed();
}

void Replay::tick() {
  if (!clock_.plays()) return;
  const int64_t before = clock_.position(), at = clock_.advance(now_());
  if (at != before) emit moved(at);
  if (!clock_.plays()) {
    timer_.stop();
    emit changed();
    return;
  }
  lookAhead();
}

void Replay::lookAhead() {
  if (!clock_.skipsIdle() || !clock_.plays() || !events_ || ahead_job_.running()) return;
  if (known_.contains(clock_.position())) return;
  ahead_job_.start(
      [events = events_, from = clock_.position(), end = clock_.extent().to_ns, least = clock_.idleLength()](
          const PoolJob::Task& task) { return look_ahead(*events, from, end, least, task.stop); },
      [this](Ahead ahead) {
        known_ = ahead.known;
        clock_.setQuiet(std::move(ahead.quiet));
      });
}

void Replay::stepForward() { step(true); }
void Replay::stepBack() { step(false); }

void Replay::step(bool forward) {
  pause();
  if (!events_) return;
  struct Found {
    std::optional<std::pair<analyzer::EventRef, int64_t>> event;
  };
  step_job_.start(
      [events = events_, at = clock_.position(), forward](const PoolJob::Task& task) {
        // Of several at one time the first: from there the next step goes on.
        uint64_t place = events->offset_of(forward ? at + 1 : at);
        if (!forward && place-- == 0) return Found{};
        const auto rows = events->read(place, 1, task.stop);
        if (rows.empty()) return Found{};
        return Found{std::pair(rows.front().ref, rows.front().time_ns)};
      },
      [this, forward](Found found) {
        if (!found.event) return emit nothingThere(forward);
        clock_.seek(found.event->second);
        known_ = {0, 0};
        emit moved(found.event->second);
        emit stepped(found.event->first, found.event->second);
      });
}

void Replay::setLoops(bool loops) {
  if (loops == loops_) return;
  loops_ = loops;
  applyLoop();
  emit changed();
}

void Replay::setSkipsIdle(bool skips) {
  if (skips == clock_.skipsIdle()) return;
  clock_.setSkipsIdle(skips);
  lookAhead();
  emit changed();
}

void Replay::setSpeed(double speed) {
  if (speed == clock_.speed()) return;
  clock_.setSpeed(speed, now_());
  known_ = {0, 0};  // what is idle is another length now
  emit changed();
}

void Replay::faster() {
  const auto next = std::upper_bound(std::begin(kReplaySpeeds), std::end(kReplaySpeeds), clock_.speed());
  if (next != std::end(kReplaySpeeds)) setSpeed(*next);
}

void Replay::slower() {
  const auto at = std::lower_bound(std::begin(kReplaySpeeds), std::end(kReplaySpeeds), clock_.speed());
  if (at != std::begin(kReplaySpeeds)) setSpeed(*std::prev(at));
}

}  // namespace ebpftrace::gui
