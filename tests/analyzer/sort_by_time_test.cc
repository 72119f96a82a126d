// SPDX-License-Identifier: Apache-2.0
// The same order as std::sort() has, whatever the times are.
#include "analyzer/query/sort_by_time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace ebpftrace::analyzer {
namespace {

std::vector<EventKey> keys_within(uint64_t from, uint64_t range, size_t count) {
  std::mt19937_64 random(count);
  std::vector<EventKey> keys;
  for (size_t i = 0; i < count; ++i)
    keys.push_back(
        {from + (range ? random() % range : 0), static_cast<uint32_t>(random() % 7), static_cast<uint32_t>(random())});
  return keys;
}

TEST(SortByTime, IsTheOrderOfKeys) {
  std::vector<EventKey> space;
  for (const uint64_t from : {uint64_t{0}, uint64_t{1} << 40, uint64_t{1} << 63})
    for (const uint64_t range :
         {uint64_t{0}, uint64_t{1}, uint64_t{3}, uint64_t{2048}, uint64_t{2049}, uint64_t{1'000'000}, uint64_t{1} << 33,
          uint64_t{1} << 44, (uint64_t{1} << 44) + 1, uint64_t{1} << 62})
      for (const size_t count : {0u, 1u, 2u, 2047u, 2048u, 5000u, 70'000u}) {
        std::vector<EventKey> keys = keys_within(from, range, count), expected = keys;
        std::sort(expected.begin(), expected.end());
        sort_by_time(keys, space);
        ASSERT_EQ(keys, expected) << from << " + " << range << ", " << count;
      }
}

// The earliest and the latest that there are.
TEST(SortByTime, TimesAtTheirLimits) {
  std::vector<EventKey> space, keys = keys_within(5, 1000, 4000);
  keys.push_back({UINT64_MAX, 0, 0});
  keys.push_back({0, UINT32_MAX, UINT32_MAX});
  std::vector<EventKey> expected = keys;
  std::sort(expected.begin(), expected.end());
  sort_by_time(keys, space);
  EXPECT_EQ(keys, expected);
}

}  // namespace
}  // namespace ebpftrace::analyzer
