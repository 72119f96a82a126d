// SPDX-License-Identifier: Apache-2.0
// How long nothing was acknowledged of what waits: when to say so, and when to give up. Outages end by themselves, so the default is
// to say it and to wait on; whoever started it decides otherwise. No clock of its own; one thread.
#pragma once

#include <chrono>

namespace ebpftrace::ship {

class Patience {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kFirst{10}, kAgain{60};

  // limit 0: there is none.
  Patience(std::chrono::nanoseconds limit, Moment now) : limit_(limit) { got_on(now); }

  // Something was acknowledged, or nothing waits.
  void got_on(Moment now) {
    since_ = now;
    next_ = now + kFirst;
  }
  // True once when it is time to say so.
  bool is_to_tell(Moment now) {
    if (now < next_) return false;
    next_ = now + kAgain;
    return true;
  }
  bool is_over(Moment now) const { return limit_.count() != 0 && now - since_ >= limit_; }
  std::chrono::nanoseconds waited(Moment now) const { return now - since_; }

 private:
  std::chrono::nanoseconds limit_;
  Moment since_, next_;
};

}  // namespace ebpftrace::ship
