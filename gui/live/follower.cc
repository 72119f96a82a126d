// SPDX-License-Identifier: Apache-2.0
#include "gui/live/follower.h"

#include <algorithm>
#include <exception>

#include "analyzer/api/recording_file.h"

namespace ebpftrace::gui {
namespace {

constexpr int kLookMs = 500, kMostMs = 15'000;
// Of the time: at most a third is for catching up.
constexpr int kRestFor = 2;

}  // namespace

Follower::Follower(QObject* parent) : QObject(parent) {
  timer_.setSingleShot(true);
  connect(&timer_, &QTimer::timeout, this, &Follower::look);
}

void Follower::setState(State state) {
  if (state_ == state) return;
  state_ = state;
  emit stateChanged();
}

void Follower::setRecording(std::shared_ptr<const Recording> recording) {
  job_.stop();
  timer_.stop();
  recording_ = std::move(recording);
  waits_for_window_ = looks_ = reported_ = false;
  if (!recording_) {
    marks_ = FileMarks();
    return setState(State::kIdle);
  }
  marks_ = FileMarks(recording_->files);
  setState(recording_->growing ? State::kFollowing : State::kWatching);
  timer_.start(kLookMs);
}

void Follower::pause() {
  if (state_ != State::kFollowing) return;
  job_.stop();
  looks_ = false;
  setState(State::kPaused);
  timer_.start(kLookMs);  // the file is looked after
}

void Follower::resume() {
  if (state_ != State::kPaused) return;
  setState(State::kFollowing);
  timer_.start(0);
}

void Follower::digested() {
  if (!waits_for_window_) return;
  waits_for_window_ = false;
  lookAgain();
}

void Follower::lookAgain() {
  timer_.start(static_cast<int>(std::clamp<int64_t>(kRestFor * since_look_.elapsed(), kLookMs, kMostMs)));
}

void Follower::report(const QString& headline, const QString& text) {
  if (reported_) return;
  reported_ = true;
  emit broken(headline, text);
}

void Follower::look() {
  if (!recording_ || looks_ || waits_for_window_) return;
  since_look_.start();
  if (const auto change = marks_.look()) {
    report(change->headline, change->text);
    // Once it is another file there is nothing left to look after. Of one that was cut there may be more: a recorder whose
    // disk is full makes room for the end.
    if (change->replaced || state_ != State::kFollowing) return setState(State::kWatching);
    marks_ = FileMarks(recording_->files);
  }
  if (state_ != State::kFollowing) return lookAgain();
  looks_ = true;
  job_.start([this, now = recording_](std::stop_token stop, const LatestJob::Reply& reply) {
    PoolJob::Task task;
    task.stop = stop;
    task.tell = [](uint64_t, uint64_t) {};
    try {
      // Before the look: what it writes until then is in it.
      const bool is_written = analyzer::is_being_written(*now->session);
      std::shared_ptr<const Recording> next = grown_recording(*now, is_written, task);
      if (stop.stop_requested()) return;
      reply.post([this, next] {
        looks_ = false;
        if (!next) return lookAgain();
        recording_ = next;
        marks_.grow();
        waits_for_window_ = true;
        if (!next->growing) setState(State::kWatching);
        emit grown(next);
      });
    } catch (const std::exception& error) {
      reply.post([this, what = QString::fromUtf8(error.what()).section(u'\n', 0, 0)] {
        looks_ = false;
        setState(State::kWatching);
        report(tr("The recording cannot be followed any more"), what);
      });
    }
  });
}

}  // namespace ebpftrace::gui
