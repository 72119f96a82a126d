// SPDX-License-Identifier: Apache-2.0
// The buckets of latency histograms, log-linear as HdrHistogram's: 16 for each power of two, so what is known of a value is at
// most 1/32 (3.2 %) off. Summaries hold them, so their numbers are part of the format.
#pragma once

#include <bit>
#include <cstdint>

#include "schema/values.h"

namespace ebpftrace::trace {

// What is known of such a call's duration is at most a bound: it says nothing of how long such calls take.
inline constexpr uint64_t kNoDuration = SYSCALL_UNFINISHED | SYSCALL_BEGAN_BEFORE | SYSCALL_NO_DURATION;

inline constexpr unsigned kBucketSubBits = 4, kSubBuckets = 1u << kBucketSubBits;
inline constexpr unsigned kBucketPages = 64 - kBucketSubBits + 1, kBuckets = kBucketPages * kSubBuckets;

// Page 0 holds 0..15 one by one; page p >= 1 the values with p + 4 significant bits, by the 4 after the first.
constexpr unsigned bucket_of(uint64_t ns) {
  if (ns < kSubBuckets) return static_cast<unsigned>(ns);
  const auto shift = static_cast<unsigned>(std::bit_width(ns)) - kBucketSubBits - 1;
  return (shift + 1) * kSubBuckets + (static_cast<unsigned>(ns >> shift) & (kSubBuckets - 1));
}

constexpr uint64_t middle_of_bucket(unsigned bucket) {
  const unsigned page = bucket / kSubBuckets, sub = bucket % kSubBuckets;
  if (page == 0) return sub;
  const unsigned shift = page - 1;
  return (uint64_t{kSubBuckets + sub} << shift) + (uint64_t{1} << shift) / 2;
}

}  // namespace ebpftrace::trace
