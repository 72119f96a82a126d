// SPDX-License-Identifier: Apache-2.0
// Windows of any size give the same order as sorting everything.
#include "analyzer/query/event_order.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

std::vector<EventKey> all_keys(const trace::Trace& trace, size_t window) {
  const Session session(trace);
  EventOrder order(session, {}, window);
  std::vector<EventKey> all;
  for (std::vector<EventKey> keys; !(keys = order.next_window()).empty();) {
    EXPECT_LE(keys.size(), window);
    all.insert(all.end(), keys.begin(), keys.end());
  }
  return all;
}

TEST(EventOrder, EveryWindowSizeGivesTheSameOrder) {
  std::mt19937 random(7);
  std::string text;
  for (int i = 0; i < 600; ++i) {
    // Rising, with long calls that began much earlier, equal times and several CPUs.
    const unsigned at = random() % 20 ? i * 10 / 4 * 4 : random() % 6000;
    text += std::to_string(at) + "us p" + std::to_string(random() % 3) + " read 1 cpu=" + std::to_string(random() % 4) +
            "\n";
    if (random() % 40 == 0) text += std::to_string(at) + "us p1 fork c" + std::to_string(i) + "\n";
    if (random() % 50 == 0) text += "flush\n";
  }
  const trace::Trace trace = script(text);
  const auto expected = all_keys(trace, 100'000);
  EXPECT_GT(expected.size(), 600u);
  EXPECT_TRUE(std::is_sorted(expected.begin(), expected.end()));
  EXPECT_EQ(std::adjacent_find(expected.begin(), expected.end()), expected.end());
  for (size_t window : {1u, 2u, 3u, 10u, 37u, 256u, 599u}) EXPECT_EQ(all_keys(trace, window), expected) << window;
  EXPECT_TRUE(trace.complete());
}

}  // namespace
}  // namespace ebpftrace::analyzer
