// SPDX-License-Identifier: Apache-2.0
#include "ship/send/patience.h"

#include <gtest/gtest.h>

namespace ebpftrace::ship {
namespace {

TEST(Patience, SaysItAfterTenSecondsAndEachMinuteAndGivesUpIfItShall) {
  using namespace std::chrono_literals;
  const Patience::Moment start{};
  Patience waits(0s, start), ends(90s, start);
  EXPECT_FALSE(waits.is_to_tell(start + 9s));
  EXPECT_TRUE(waits.is_to_tell(start + 10s));
  EXPECT_FALSE(waits.is_to_tell(start + 69s));
  EXPECT_TRUE(waits.is_to_tell(start + 70s));
  EXPECT_EQ(waits.waited(start + 70s), 70s);
  EXPECT_FALSE(waits.is_over(start + 24h));
  EXPECT_FALSE(ends.is_over(start + 89s));
  EXPECT_TRUE(ends.is_over(start + 90s));
  ends.got_on(start + 80s);
  EXPECT_FALSE(ends.is_over(start + 90s));
  EXPECT_FALSE(ends.is_to_tell(start + 89s));
  EXPECT_TRUE(ends.is_over(start + 170s));
}

}  // namespace
}  // namespace ebpftrace::ship
