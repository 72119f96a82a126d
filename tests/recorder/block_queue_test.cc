// SPDX-License-Identifier: Apache-2.0
#include "recorder/drain/block_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "bpf/records.h"

namespace ebpftrace::recorder {
namespace {

const std::vector<EventType>& catalogue() {
  static const auto types = event_catalogue();
  return types;
}

TEST(BlockQueue, IsBoundedByTypeAndReusesWhatComesBack) {
  BlockQueue queue({.syscall_rows = 4, .syscall_blocks = 2, .other_rows = 4, .other_blocks = 1});
  const EventType& syscall = catalogue()[0];
  BlockPtr a = queue.take(syscall, 0), b = queue.take(syscall, 1);
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(queue.take(syscall, 0));
  EXPECT_TRUE(queue.take(catalogue()[1], trace::kNoCpu));
  a->set(0, 1);
  a->end_row();
  queue.give_back(std::move(a));
  BlockPtr again = queue.take(syscall, 7);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->empty());
  EXPECT_EQ(again->cpu(), 7u);
}

TEST(BlockQueue, HandsOverInOrderAndEnds) {
  BlockQueue queue({});
  std::thread producer([&] {
    for (uint32_t cpu = 0; cpu < 50; ++cpu) {
      BlockPtr block = queue.take(catalogue()[0], cpu);
      while (!block) {
        std::this_thread::yield();
        block = queue.take(catalogue()[0], cpu);
      }
      queue.push(std::move(block));
    }
    queue.close();
  });
  uint32_t next = 0;
  while (!queue.finished())
    if (BlockPtr block = queue.pop(std::chrono::milliseconds(100)).block) {
      EXPECT_EQ(block->cpu(), next++);
      queue.give_back(std::move(block));
    }
  EXPECT_EQ(next, 50u);
  producer.join();
}

}  // namespace
}  // namespace ebpftrace::recorder
