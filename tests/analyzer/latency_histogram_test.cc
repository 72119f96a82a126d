// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace ebpftrace::analyzer {
namespace {

TEST(LatencyHistogram, EveryValueComesBackWithinOneThirtySecond) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t value = random() >> random() % 64;
    LatencyHistogram histogram;
    HistogramBudget budget{1};
    histogram.add(value, budget);
    const auto back = histogram.percentile(0.5);
    ASSERT_TRUE(back);
    EXPECT_LE(*back > value ? *back - value : value - *back, value / 32) << value;
  }
}

TEST(LatencyHistogram, PercentilesByNearestRankAlsoWhenMerged) {
  LatencyHistogram odd, even;
  HistogramBudget budget{1000};
  std::vector<uint64_t> values;
  std::mt19937_64 random(4);
  for (int i = 0; i < 10'001; ++i) {
    values.push_back(1000 + random() % 1'000'000);
    (i % 2 ? odd : even).add(values.back(), budget);
  }
  even.merge(odd);
  EXPECT_EQ(even.count(), values.size());
  std::sort(values.begin(), values.end());
  for (double share : {0.0, 0.01, 0.5, 0.9, 0.99, 1.0}) {
    const auto rank = static_cast<size_t>(std::max(1.0, std::ceil(share * static_cast<double>(values.size()))));
    const auto exact = static_cast<double>(values[rank - 1]);
    EXPECT_NEAR(static_cast<double>(*even.percentile(share)), exact, exact / 31) << share;
  }
}

TEST(LatencyHistogram, WithoutBudgetThereIsNoPercentile) {
  LatencyHistogram histogram;
  HistogramBudget budget{1};
  histogram.add(20, budget);
  EXPECT_TRUE(histogram.percentile(0.5));
  histogram.add(1'000'000, budget);
  EXPECT_FALSE(histogram.percentile(0.5));
}

TEST(LatencyHistogram, EmptyHasNone) { EXPECT_FALSE(LatencyHistogram().percentile(0.99)); }

}  // namespace
}  // namespace ebpftrace::analyzer
