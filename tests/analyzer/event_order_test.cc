// SPDX-License-Identifier: Apache-2.0
// Windows of any size give the same order as sorting everything.
#include "analyzer/query/event_order.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/script.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

std::vector<EventKey> all_keys(const trace::Trace& trace, size_t window, size_t most_queued = FrameQueue::kMostQueued) {
  const Session session(trace);
  EventOrder order(session, {}, window, 0, most_queued);
  std::vector<EventKey> all;
  for (std::span<const EventKey> keys; !(keys = order.next_window()).empty();) {
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
  for (size_t window : {1u, 2u, 3u, 10u, 37u, 256u, 599u}) {
    EXPECT_EQ(all_keys(trace, window), expected) << window;
    // With hardly any room to remember what is left of frames.
    for (size_t most_queued : {0u, 1u, 3u}) EXPECT_EQ(all_keys(trace, window, most_queued), expected) << window;
  }
  EXPECT_TRUE(trace.complete());
}

// More frames than wait together or are taken out at once, in an order that is not that of the file.
TEST(EventOrder, ManySmallFrames) {
  std::mt19937 random(8);
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    text += std::to_string(random() % 3 ? 10 * i : random() % 50'000) + "us p read 1 cpu=0\n";
    if (random() % 4) text += "flush\n";
  }
  const trace::Trace trace = script(text);
  ASSERT_GT(trace.frames().size(), 3000u);
  std::vector<EventKey> expected;
  trace::Block block(trace, "syscall", {"timeNs"});
  for (const uint32_t position : trace.blocks_of("syscall")) {
    ASSERT_TRUE(block.load(trace.frames()[position]));
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i)
        expected.push_back({block.column(0)[i], position, static_cast<uint32_t>(block.tile_start() + i)});
  }
  ASSERT_EQ(expected.size(), 5000u);
  std::sort(expected.begin(), expected.end());
  for (size_t window : {100u, 1000u, 10'000u})
    for (size_t most_queued : {size_t{10}, FrameQueue::kMostQueued}) {
      std::vector<EventKey> calls;
      for (const EventKey& key : all_keys(trace, window, most_queued))
        if (trace.frames()[key.frame].type == block.type().id) calls.push_back(key);
      EXPECT_EQ(calls, expected) << window;
    }
}

// What the directory says of a frame is enough to leave it out.
TEST(EventOrder, OfATimeOnly) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::to_string(10 * i) + "us p read 1\nflush\n";
  const trace::Trace trace = script(text);
  const Session session(trace);
  const uint64_t from = trace.facts().start_boot_ns + 29'000'000;
  EventOrder order(session, choose(*session.relation("events"), {}, {.from_ns = from, .to_ns = UINT64_MAX}), SIZE_MAX);
  const std::span<const EventKey> keys = order.next_window();
  ASSERT_EQ(keys.size(), 100u);
  EXPECT_EQ(keys[0].time_ns, from);
  EXPECT_TRUE(order.next_window().empty());
}

}  // namespace
}  // namespace ebpftrace::analyzer
