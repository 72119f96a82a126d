// SPDX-License-Identifier: Apache-2.0
// A set of positions against std::set.
#include "trace/read/positions.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace ebpftrace::trace {
namespace {

TEST(Positions, Empty) {
  for (const Positions& none : {Positions(), Positions::Builder().done()}) {
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.size(), 0u);
    EXPECT_EQ(none.begin(), none.end());
    EXPECT_FALSE(none.contains(0));
    EXPECT_FALSE(none.contains(UINT32_MAX));
  }
}

TEST(Positions, AreThoseThatWereInserted) {
  std::mt19937 random(11);
  for (const uint32_t range : {1u, 64u, 65u, 513u, 20'000u})
    for (const uint32_t share : {1u, 2u, 50u, 1000u}) {
      std::set<uint32_t> expected;
      Positions::Builder builder;
      for (uint32_t i = 0; i < range; ++i) {
        if (random() % share) continue;
        const uint32_t position = random() % range;
        expected.insert(position);
        builder.insert(position);
        builder.insert(*expected.begin());
      }
      const Positions positions = std::move(builder).done();
      ASSERT_EQ(positions.size(), expected.size());
      EXPECT_TRUE(std::equal(positions.begin(), positions.end(), expected.begin(), expected.end()));
      size_t index = 0;
      for (const uint32_t position : expected) EXPECT_EQ(positions[index++], position);
      for (uint32_t position = 0; position < range + 200; ++position)
        EXPECT_EQ(positions.contains(position), expected.contains(position)) << position;
    }
}

}  // namespace
}  // namespace ebpftrace::trace
