// SPDX-License-Identifier: Apache-2.0
// Where in a recording a replay is: from the time of whoever watches to that of the recording, at a speed, round a range again
// and again, over stretches in which nothing happened. No window and no clock: callers say what time it is for them, in ns of
// any steady clock. Of one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/api/timeline.h"

namespace ebpftrace::gui {

class ReplayClock {
 public:
  static constexpr double kSlowest = 0.001, kFastest = 1000;
  // What a watcher would have to wait longer than this for is idle; of it, this much is shown before the next event.
  static constexpr int64_t kIdleShownNs = 500'000'000, kLeadNs = 100'000'000;
  // A machine that slept, or a window that could not be painted, does not make the replay jump.
  static constexpr int64_t kMostStepNs = 1'000'000'000;

  // Another recording: stands at its start.
  void setExtent(analyzer::TimeSpan extent);
  // The same one, of which there is more now.
  void growExtent(int64_t to_ns);
  analyzer::TimeSpan extent() const { return extent_; }
  // Plays in this range only, and again from its start; nothing: to the end, and stops there.
  void setLoop(std::optional<analyzer::TimeSpan> range);
  std::optional<analyzer::TimeSpan> loop() const { return loop_; }
  void setSpeed(double speed, int64_t now_ns);
  double speed() const { return speed_; }
  void setSkipsIdle(bool skips) { skips_idle_ = skips; }
  bool skipsIdle() const { return skips_idle_; }

  // Nothing begins within these, in order of time; what is not known of counts as busy.
  void setQuiet(std::vector<analyzer::TimeSpan> quiet) { quiet_ = std::move(quiet); }
  // How long a stretch must be for it to be idle, at this speed.
  int64_t idleLength() const { return static_cast<int64_t>(static_cast<double>(kIdleShownNs) * speed_); }

  void seek(int64_t ns);
  // At the end it begins anew.
  void play(int64_t now_ns);
  void pause(int64_t now_ns);
  bool plays() const { return plays_; }
  // Moves to where it is now.
  int64_t advance(int64_t now_ns);
  int64_t position() const { return position_; }

 private:
  analyzer::TimeSpan within() const { return loop_ ? *loop_ : extent_; }
  int64_t afterIdle(int64_t ns) const;  // where it goes on; the same: it is not idle there
  void run(double ns);

  analyzer::TimeSpan extent_{0, 1};
  std::optional<analyzer::TimeSpan> loop_;
  std::vector<analyzer::TimeSpan> quiet_;
  double speed_ = 1, rest_ns_ = 0;  // rest: less than a ns that has passed
  bool skips_idle_ = false, plays_ = false;
  int64_t position_ = 0, last_now_ns_ = 0;
};

inline constexpr double kReplaySpeeds[] = {0.001, 0.01, 0.1, 0.5, 1, 2, 10, 100, 1000};

}  // namespace ebpftrace::gui
