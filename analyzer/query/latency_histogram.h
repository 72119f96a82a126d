// SPDX-License-Identifier: Apache-2.0
// Counts durations for percentiles, log-linearly as HdrHistogram does: 16 buckets for each power of two, so a
// percentile is at most 1/32 (3.2 %) off. Buckets are 64-byte pages, one for each power of two that occurs: a process
// whose reads take 1 to 60 us costs six pages.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "trace/format/latency_buckets.h"

namespace ebpftrace::analyzer {

// How many pages a query's histograms may still take (64 bytes each); without this, a million processes could take
// gigabytes.
struct HistogramBudget {
  uint32_t pages;
};

class LatencyHistogram {
 public:
  static constexpr unsigned kSub = trace::kSubBuckets, kPages = trace::kBucketPages;

  // With the budget used up, a histogram that would need one more page has no percentiles from then on.
  void add(uint64_t ns, HistogramBudget& budget) { add_bucket(trace::bucket_of(ns), 1, budget); }
  void add_bucket(unsigned bucket, uint32_t more, HistogramBudget& budget) {
    const unsigned page = bucket / kSub;
    if (!page_[page]) [[unlikely]] {
      if (!budget.pages) {
        partial_ = true;
        return;
      }
      --budget.pages;
      new_page(page);
    }
    uint32_t& count = pages_[page_[page] - 1u][bucket % kSub];
    count = more > UINT32_MAX - count ? UINT32_MAX : count + more;
    total_ += more;
  }

  void merge(const LatencyHistogram& other) {
    for (unsigned page = 0; page < kPages; ++page) {
      if (!other.page_[page]) continue;
      if (!page_[page]) new_page(page);
      for (unsigned sub = 0; sub < kSub; ++sub) {
        uint32_t& count = pages_[page_[page] - 1u][sub];
        const uint32_t more = other.pages_[other.page_[page] - 1u][sub];
        count = more > UINT32_MAX - count ? UINT32_MAX : count + more;
      }
    }
    total_ += other.total_;
    partial_ |= other.partial_;
  }

  uint64_t count() const { return total_; }

  // visit(bucket, count) for those that are not empty, by rising bucket.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (unsigned page = 0; page < kPages; ++page)
      for (unsigned sub = 0; page_[page] && sub < kSub; ++sub)
        if (const uint32_t count = pages_[page_[page] - 1u][sub]) visit(page * kSub + sub, count);
  }

  bool partial() const { return partial_; }

  // Which of the values, counted from the smallest (1), a percentile is: nearest rank.
  uint64_t rank(double share) const {
    return std::clamp<uint64_t>(static_cast<uint64_t>(std::ceil(share * static_cast<double>(total_))), 1, total_);
  }

  // The value that at least this share of all is not above (nearest rank), to within a bucket: its middle.
  std::optional<uint64_t> percentile(double share) const {
    if (!total_ || partial_) return std::nullopt;
    const uint64_t wanted = rank(share);
    uint64_t seen = 0, last = 0;
    for (unsigned page = 0; page < kPages; ++page) {
      if (!page_[page]) continue;
      for (unsigned sub = 0; sub < kSub; ++sub) {
        const uint32_t count = pages_[page_[page] - 1u][sub];
        if (!count) continue;
        seen += count;
        last = trace::middle_of_bucket(page * kSub + sub);
        if (seen >= wanted) return last;
      }
    }
    return last;
  }

 private:
  using Page = std::array<uint32_t, kSub>;

  void new_page(unsigned page) {
    pages_.emplace_back();
    page_[page] = static_cast<uint8_t>(pages_.size());
  }

  uint64_t total_ = 0;
  bool partial_ = false;
  std::array<uint8_t, kPages> page_{};  // position in pages_ + 1
  std::vector<Page> pages_;
};

// A percentile of values whose extremes are known exactly.
inline std::optional<uint64_t> percentile(const LatencyHistogram& histogram, double share, uint64_t min, uint64_t max) {
  const auto value = histogram.percentile(share);
  if (value && histogram.rank(share) == histogram.count()) return max;
  return value ? std::optional(std::clamp(*value, min, std::max(min, max))) : std::nullopt;
}

}  // namespace ebpftrace::analyzer
