// SPDX-License-Identifier: Apache-2.0
#include "predicate/selection.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace ebpftrace::predicate {
namespace {

// Sparse and dense words, whole ones, and an end within a word.
TEST(Selection, PicksWhatForEachVisits) {
  std::mt19937_64 random(1);
  for (const size_t rows : {size_t{0}, size_t{1}, size_t{64}, size_t{700}, kTileRows}) {
    for (const unsigned of_hundred : {0u, 3u, 20u, 50u, 97u, 100u}) {
      Selection set = Selection::first(rows);
      for (size_t row = 0; row < rows; ++row)
        if (random() % 100 >= of_hundred) set.reset(row);
      std::vector<char> wanted(kTileRows);
      for (char& one : wanted) one = random() % 3 != 0;
      std::vector<size_t> expected;
      set.for_each([&](size_t row) {
        if (wanted[row]) expected.push_back(row);
      });
      uint16_t picked[kTileRows];
      const size_t found = set.pick([&](size_t row) { return wanted[row]; }, picked);
      EXPECT_EQ(std::vector<size_t>(picked, picked + found), expected);
    }
  }
}

}  // namespace
}  // namespace ebpftrace::predicate
