// SPDX-License-Identifier: Apache-2.0
// Stretches of time of one length (--bucket), and what is summed up for each of them and each group.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

#include "analyzer/api/question.h"
#include "analyzer/query/key_groups.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

inline constexpr size_t kMostBuckets = 1u << 16;  // also of all groups together

// --bucket, which all questions about stretches of time share.
inline constexpr QuestionOption kBucketOption[] = {
    {.name = "bucket",
     .type = "TIME",
     .help =
         "How long a stretch of time is, such as 10ms: of --timeline (default: up to 200 of them), and of --memory, "
         "which is by process alone without it",
     .over_time = true}};

inline constexpr char kTooManyStretches[] =
    "more keys and stretches of time than this program keeps together; what came later is missing";

// From a moment on.
struct TimeGrid {
  uint64_t from_ns = 0, bucket_ns = 1;  // boot time
  size_t buckets = 0;

  // What lies before or behind all of them counts to the first, or the last.
  size_t of(uint64_t boot_ns) const {
    return boot_ns <= from_ns ? 0 : std::min<uint64_t>((boot_ns - from_ns) / bucket_ns, buckets - 1);
  }
  uint64_t start_ns(size_t bucket) const { return from_ns + bucket * bucket_ns; }
};

// From the start of the trace, or --from, to the last event, or --to. Throws AskError.
TimeGrid time_grid(const trace::Trace& trace, const Asked& asked);

// Sums by group << 32 | bucket, of kMostBuckets of them.
template <typename Sums>
class TimeSums {
 public:
  // nullptr: there is no more room.
  Sums* of(uint64_t key) {
    if (key == last_key_) return last_;
    auto found = places_.find(key);
    if (found == places_.end()) {
      if (sums_.size() == kMostBuckets || key >> 32 == KeyGroups::kOthers) {
        full_ = true;
        return nullptr;
      }
      found = places_.emplace(key, &sums_.emplace_back()).first;
    }
    last_key_ = key;
    return last_ = found->second;
  }
  bool full() const { return full_; }
  // In no order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [key, sums] : places_) visit(key, *sums);
  }

 private:
  std::unordered_map<uint64_t, Sums*> places_;
  std::deque<Sums> sums_;
  uint64_t last_key_ = UINT64_MAX;
  Sums* last_ = nullptr;
  bool full_ = false;
};

}  // namespace ebpftrace::analyzer
