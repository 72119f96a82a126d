// SPDX-License-Identifier: Apache-2.0
#include "ship/cli/stop_signals.h"

#include <fmt/format.h>
#include <time.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace ebpftrace::ship {

StopSignals::StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // a connection that is gone is an error of its call
  waiter_ = std::jthread([this, set](const std::stop_token& done) {
    while (!done.stop_requested()) {
      const timespec wait{0, 100'000'000};
      if (::sigtimedwait(&set, nullptr, &wait) < 0) continue;
      source_.request_stop();
      ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
      return;
    }
  });
}

StopSignals::~StopSignals() = default;

void tell_line(const char* program, std::string_view line) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  ::gmtime_r(&now.tv_sec, &utc);
  std::string text;
  for (const char c : line) text += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
  std::fprintf(stderr, "%04d-%02d-%02dT%02d:%02d:%02dZ %s: %s\n", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
               utc.tm_hour, utc.tm_min, utc.tm_sec, program, text.c_str());
}

}  // namespace ebpftrace::ship
