// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/moments.h"

#include <gtest/gtest.h>

#include "analyzer/text/wall_clock.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

// ns since the trace's start, or why there is none.
std::string at(const trace::Trace& trace, const std::string& text) {
  const auto resolved = Moments(trace).resolve(predicate::parse_moment(text));
  if (const auto* refusal = std::get_if<predicate::Refusal>(&resolved)) return refusal->why;
  return std::to_string(trace.since_start(std::get<uint64_t>(resolved)));
}

TEST(Moments, FromTheStartAndTheEnd) {
  const trace::Trace trace = script("10us cat read 1 dur=5us\n30us cat read 1 dur=20us\n40us cat exit 0\n");
  EXPECT_EQ(at(trace, "0s"), "0");
  EXPECT_EQ(at(trace, "1.5ms"), "1500000");
  EXPECT_EQ(at(trace, "-10us"), "40000");  // the last call returned at 50us
  EXPECT_EQ(at(trace, "-1h"), std::to_string(50'000 - 3'600'000'000'000));
  EXPECT_EQ(at(trace, "-10000h"), std::to_string(-static_cast<int64_t>(kScriptStartNs)));  // no earlier than boot
}

TEST(Moments, TimesOfDayAreTheFirstAtOrAfterTheStart) {
  const trace::Trace trace = script("10us cat read 1\n");  // starts at 22:13:20 UTC
  EXPECT_EQ(at(trace, "22:13:20"), "0");
  EXPECT_EQ(at(trace, "22:13:21.5"), "1500000000");
  EXPECT_EQ(at(trace, "22:13:19"), std::to_string(86'399'000'000'000));  // of the next day
  EXPECT_EQ(at(trace, "2023-11-14T22:13:21Z"), "1000000000");
  EXPECT_EQ(at(trace, "2023-11-14T23:13:21+01:00"), "1000000000");
  EXPECT_EQ(at(trace, "2023-11-14T22:13:10Z"), "-10000000000");
  EXPECT_EQ(at(trace, "1970-01-01"), std::to_string(-static_cast<int64_t>(kScriptStartNs)));
}

TEST(Moments, FollowStepsOfTheClock) {
  // An hour ahead after 10 s, two hours back after 20 s.
  const trace::Trace trace = small_script("clock 10s 3610s\nclock 20s -3580s\nrow 30s security what=1\n");
  EXPECT_EQ(at(trace, "22:13:25"), "5000000000");
  EXPECT_EQ(at(trace, "23:13:35"), "15000000000");
  EXPECT_EQ(at(trace, "22:30:00"), "10000000000");                 // was jumped over: when it was
  EXPECT_EQ(at(trace, "2023-11-14T21:13:45Z"), "-3575000000000");  // before the start, by the clock of then
  const WallClock clock(trace);
  for (const int64_t second : {0, 5, 9, 10, 15, 19}) {
    const uint64_t boot = kScriptStartNs + static_cast<uint64_t>(second) * 1'000'000'000;
    EXPECT_EQ(clock.boot_ns(clock.real_ns(boot)), boot) << second;
  }
}

TEST(Moments, ProgramsAndMarkers) {
  const trace::Trace trace = script(
      "30us sh:7 fork cc:8\n31us cc:8 exec /usr/bin/cc cc a.c\n20us sh:7 fork cc:9\n21us cc:9 exec /usr/bin/cc cc b.c\n"
      "40us sh:7 fork a:10\n41us a:10 exec /opt/a-program-with-a-long-name a\n"
      "row 50us marker text=\"phase 2\"\nrow 60us marker text=\"phase 2\"\n");
  EXPECT_EQ(at(trace, "@exec:cc"), "21000");
  EXPECT_EQ(at(trace, "@exec:cc#2"), "31000");
  EXPECT_EQ(at(trace, "@exec:cc#3"), "in this recording there are only 2");
  EXPECT_EQ(at(trace, "@exec:a-program-with-a-long-name"), "41000");
  EXPECT_EQ(at(trace, "@exec:c"), "no such program was started in this recording");
  EXPECT_EQ(at(trace, "@mark:\"phase 2\""), "50000");
  EXPECT_EQ(at(trace, "@mark:\"phase 2\"#2"), "60000");
  EXPECT_EQ(at(trace, "@mark:phase"), "there is no such marker in this recording");
  EXPECT_EQ(at(trace, "@exec:cc#2000000"), "only the first 1048576 can be told apart");
}

}  // namespace
}  // namespace ebpftrace::analyzer
