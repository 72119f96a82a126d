// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/wall_clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <limits>

#include "trace/format/trace.capnp.h"
#include "trace/read/frame_message.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostPairs = 1u << 20;  // twelve days of one a second

}  // namespace

WallClock::WallClock(const trace::Trace& trace)
    : start_boot_ns_(trace.facts().start_boot_ns), pairs_{{start_boot_ns_, trace.facts().start_real_ns}} {
  trace::FramePayload payload;
  for (const trace::Frame& frame : trace.frames()) {
    if (!frame.is(trace::FrameKind::kStatus)) continue;
    if (pairs_.size() > kMostPairs) {
      trace.shortfalls().report(
          "more readings of the clock are there than this program keeps; later wall times may be off");
      break;
    }
    read_message<schema::Status>(payload, trace.bytes(), frame, trace.damage(), [&](schema::Status::Reader status) {
      if (status.hasClock()) pairs_.push_back({status.getClock().getBootNs(), status.getClock().getRealNs()});
    });
  }
  std::stable_sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) { return a.boot_ns < b.boot_ns; });
}

int64_t WallClock::real_ns(uint64_t boot_ns) const {
  auto pair = std::upper_bound(pairs_.begin(), pairs_.end(), boot_ns,
                               [](uint64_t ns, const Pair& pair) { return ns < pair.boot_ns; });
  if (pair != pairs_.begin()) --pair;
  return static_cast<int64_t>(static_cast<uint64_t>(pair->real_ns) + (boot_ns - pair->boot_ns));
}

uint64_t WallClock::boot_ns(int64_t real_ns) const {
  __extension__ using Wide = __int128;
  auto at = [&](const Pair& pair) { return Wide{pair.boot_ns} + Wide{real_ns} - Wide{pair.real_ns}; };
  auto bounded = [](Wide ns) {
    return static_cast<uint64_t>(std::clamp<Wide>(ns, 0, std::numeric_limits<uint64_t>::max()));
  };
  // From the pair on that holds at the start.
  size_t first = 0;
  while (first + 1 < pairs_.size() && pairs_[first + 1].boot_ns <= start_boot_ns_) ++first;
  if (real_ns < this->real_ns(start_boot_ns_)) return bounded(at(pairs_[first]));
  for (size_t i = first; i < pairs_.size(); ++i) {
    const Wide boot = std::max(at(pairs_[i]), Wide{std::max(pairs_[i].boot_ns, start_boot_ns_)});
    if (i + 1 == pairs_.size() || boot < Wide{pairs_[i + 1].boot_ns}) return bounded(boot);
  }
  return bounded(at(pairs_.back()));
}

std::string utc_text(int64_t real) {
  const int64_t ns = (real % 1'000'000'000 + 1'000'000'000) % 1'000'000'000;
  const time_t seconds = real / 1'000'000'000 - (real % 1'000'000'000 < 0);  // rounded down, of hostile times too
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, ns);
}

}  // namespace ebpftrace::analyzer
