// SPDX-License-Identifier: Apache-2.0
// When a recording ends: a signal, its command's or its processes' end, a duration. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "recorder/edge/edge.h"
#include "recorder/run/command.h"
#include "recorder/run/fd.h"

namespace ebpftrace::recorder {

// SIGINT, SIGTERM and SIGHUP (with user2: SIGUSR2) as a descriptor; blocked for all threads made from here on. SIGPIPE is
// ignored.
Fd catch_signals(bool user2);

class StopConditions {
 public:
  struct Watched {
    const Fd& signals;
    Command* command = nullptr;  // its end is ours
    std::vector<Fd>& targets;    // pidfds: the end of all is ours, if there are any
    const NetworkEdge* edge = nullptr;
    bool network_only = false;     // without an interface there is nothing to record
    double seconds = 0;            // 0: no limit
    std::function<void()> reload;  // what SIGHUP does; if nothing, it ends the recording
    std::function<void()> rotate;  // what SIGUSR2 does
    std::function<int()> wake;     // gives a descriptor that ends a wait when it can be read, or -1; or nothing
  };
  explicit StopConditions(Watched watched);

  // Waits for something to do; true if the recording is to end, see reason().
  bool wait(std::chrono::milliseconds longest);
  const std::string& reason() const { return reason_; }
  // The recording ends, which takes as long as the disk does: from now on the second signal, counted with those before, ends
  // the process at once, whatever this thread waits for.
  void ending();

 private:
  using Clock = std::chrono::steady_clock;

  bool because(const char* reason);
  void take_signal();
  bool all_targets_gone() const;

  Watched watched_;
  std::optional<Clock::time_point> deadline_;
  Clock::time_point grace_end_;
  int signal_ = 0;
  std::string reason_;
};

}  // namespace ebpftrace::recorder
