// SPDX-License-Identifier: Apache-2.0
// What --replay prints; that it waits is seen by stopping it within a wait that would outlast everybody.
#include <gtest/gtest.h>

#include <algorithm>
#include <stop_token>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

Result replay(const trace::Trace& trace, const Asked& asked, std::string& out) {
  return ask(kReplayQuestion, trace, asked, Format::kTable, [&](std::string_view text) { out += text; });
}

TEST(Replay, PrintsWhatEventsDoes) {
  const trace::Trace trace = script("10us a:5 getpid 5\n20us a:5 read fd=3 count=9 1 file=/a\n3600s a:5 getpid 5\n");
  std::string events, replayed;
  ask(kEventsQuestion, trace, {}, Format::kTable, [&](std::string_view text) { events += text; });
  Asked asked;
  asked.options["speed"] = "1000000x";
  const Result result = replay(trace, asked, replayed);
  EXPECT_EQ(replayed, events);
  EXPECT_FALSE(result.stopped);
}

TEST(Replay, WaitsUntilItIsStopped) {
  const trace::Trace trace = script("10us a:5 getpid 5\n3600s a:5 getpid 5\n");
  std::stop_source stop;
  Asked asked;
  asked.stop = stop.get_token();
  std::string out;
  // The first line is out before it waits for the second: whoever sees it asks it to stop.
  const Result result = ask(kReplayQuestion, trace, asked, Format::kTable, [&](std::string_view text) {
    out += text;
    stop.request_stop();
  });
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
}

TEST(Replay, SkipsIdleTimeOnRequest) {
  const trace::Trace trace = script("10us a:5 getpid 5\n36000000s a:5 getpid 5\n72000000s a:5 getpid 5\n");
  Asked asked;
  asked.options["skip-idle"] = "";
  asked.options["speed"] = "1000x";
  std::string out;
  EXPECT_FALSE(replay(trace, asked, out).stopped);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 3);
}

TEST(Replay, ASpeedThatIsNone) {
  const trace::Trace trace = script("10us a:5 getpid 5\n");
  for (const char* speed : {"", "fast", "0x", "-1x", "nanx", "1e9x", "10xx"}) {
    Asked asked;
    asked.options["speed"] = speed;
    std::string out;
    EXPECT_THROW(replay(trace, asked, out), AskError) << speed;
  }
}

}  // namespace
}  // namespace ebpftrace::analyzer
