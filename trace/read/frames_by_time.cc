// SPDX-License-Identifier: Apache-2.0
#include "trace/read/frames_by_time.h"

#include <algorithm>

namespace ebpftrace::trace {
namespace {

constexpr uint32_t kStretchFrames = 1024;
constexpr size_t kTakenAtOnce = 64;

}  // namespace

FramesByTime::FramesByTime(const Trace& trace, const Positions& positions)
    : trace_(&trace), waiting_(trace.frames().size()) {
  std::vector<Key> earliest;
  for (const uint32_t position : positions) {
    waiting_[position] = true;
    const Key key{trace.frames()[position].first_ns, position};
    if (earliest.empty() || earliest.back().second / kStretchFrames != position / kStretchFrames)
      earliest.push_back(key);
    else
      earliest.back() = std::min(earliest.back(), key);
  }
  stretches_ = Queue(std::greater<>(), std::move(earliest));
  open_stretches();
}

void FramesByTime::pop() {
  next_.pop();
  open_stretches();
}

// Until the top of next_ is the earliest of all.
void FramesByTime::open_stretches() {
  while (!stretches_.empty() && (next_.empty() || stretches_.top() < next_.top())) {
    const uint32_t begin = stretches_.top().second / kStretchFrames * kStretchFrames;
    stretches_.pop();
    std::vector<Key> keys;
    for (uint32_t i = begin; i - begin < kStretchFrames && i < waiting_.size(); ++i)
      if (waiting_[i]) keys.emplace_back(trace_->frames()[i].first_ns, i);
    const size_t taken = std::min(keys.size(), kTakenAtOnce);
    const auto sorted = static_cast<std::ptrdiff_t>(std::min(taken + 1, keys.size()));
    std::partial_sort(keys.begin(), keys.begin() + sorted, keys.end());
    for (size_t i = 0; i < taken; ++i) {
      next_.push(keys[i]);
      waiting_[keys[i].second] = false;
    }
    if (taken < keys.size()) stretches_.push(keys[taken]);
  }
}

}  // namespace ebpftrace::trace
