// SPDX-License-Identifier: Apache-2.0
#include "gui/moment/replay_clock.h"

#include <algorithm>
#include <cmath>

namespace ebpftrace::gui {

using analyzer::TimeSpan;

void ReplayClock::setExtent(TimeSpan extent) {
  extent_ = {extent.from_ns, std::max(extent.to_ns, extent.from_ns + 1)};
  loop_.reset();
  quiet_.clear();
  plays_ = false;
  rest_ns_ = 0;
  position_ = extent_.from_ns;
}

void ReplayClock::growExtent(int64_t to_ns) { extent_.to_ns = std::max(extent_.to_ns, to_ns); }

void ReplayClock::setLoop(std::optional<TimeSpan> range) {
  loop_.reset();
  if (!range) return;
  const TimeSpan inside{std::clamp(range->from_ns, extent_.from_ns, extent_.to_ns),
                        std::clamp(range->to_ns, extent_.from_ns, extent_.to_ns)};
  if (inside.length_ns() > 0) loop_ = inside;
}

void ReplayClock::setSpeed(double speed, int64_t now_ns) {
  advance(now_ns);
  speed_ = std::clamp(speed, kSlowest, kFastest);
}

void ReplayClock::seek(int64_t ns) {
  position_ = std::clamp(ns, extent_.from_ns, extent_.to_ns);
  rest_ns_ = 0;
}

void ReplayClock::play(int64_t now_ns) {
  const TimeSpan where = within();
  if (position_ < where.from_ns || position_ >= where.to_ns) {
    position_ = where.from_ns;
    rest_ns_ = 0;
  }
  last_now_ns_ = now_ns;
  plays_ = true;
}

void ReplayClock::pause(int64_t now_ns) {
  advance(now_ns);
  plays_ = false;
}

int64_t ReplayClock::advance(int64_t now_ns) {
  if (!plays_) return position_;
  const int64_t passed = std::clamp<int64_t>(now_ns - last_now_ns_, 0, kMostStepNs);
  last_now_ns_ = now_ns;
  run(static_cast<double>(passed) * speed_ + rest_ns_);
  return position_;
}

int64_t ReplayClock::afterIdle(int64_t ns) const {
  if (!skips_idle_) return ns;
  const auto next = std::upper_bound(quiet_.begin(), quiet_.end(), ns,
                                     [](int64_t at, const TimeSpan& one) { return at < one.to_ns; });
  if (next == quiet_.end() || next->from_ns > ns || next->length_ns() < idleLength()) return ns;
  const int64_t end = next->to_ns - static_cast<int64_t>(static_cast<double>(kLeadNs) * speed_);
  return std::max(ns, end);
}

void ReplayClock::run(double ns) {
  const TimeSpan where = within();
  if (position_ < where.from_ns || (loop_ && position_ >= where.to_ns)) position_ = where.from_ns;
  double ran = 0;            // in this round
  bool whole_round = false;  // it began at the start
  for (;;) {
    position_ = std::min(afterIdle(position_), where.to_ns);
    // To where something is idle next, or to the end.
    int64_t until = where.to_ns;
    if (skips_idle_)
      for (const TimeSpan& one : quiet_)
        if (one.from_ns > position_ && one.length_ns() >= idleLength()) {
          until = std::min(until, one.from_ns);
          break;
        }
    const auto room = static_cast<double>(until - position_);
    if (ns < room) {
      const double whole = std::floor(ns);
      position_ += static_cast<int64_t>(whole);
      rest_ns_ = ns - whole;
      return;
    }
    ns -= room;
    ran += room;
    position_ = until;
    if (until < where.to_ns) continue;
    rest_ns_ = 0;
    if (!loop_) {
      plays_ = false;
      return;
    }
    position_ = where.from_ns;
    if (whole_round) {
      if (ran <= 0) return;     // all of it is idle
      ns = std::fmod(ns, ran);  // rounds that nobody can see
    }
    whole_round = true;
    ran = 0;
  }
}

}  // namespace ebpftrace::gui
