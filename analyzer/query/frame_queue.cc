// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/frame_queue.h"

#include <algorithm>

namespace ebpftrace::analyzer {

std::optional<EventKey> FrameQueue::next(const EventKey& last) {
  if (next_again_ < again_.size()) return EventKey{0, again_[next_again_++], 0};
  const bool again = !queue_.empty() && (untouched_.empty() ||
                                         queue_.top() < EventKey{untouched_.next().first, untouched_.next().second, 0});
  if (!again && untouched_.empty()) return std::nullopt;
  const EventKey next = again ? queue_.top() : EventKey{untouched_.next().first, untouched_.next().second, 0};
  if (next > last) return std::nullopt;
  if (again)
    queue_.pop();
  else
    untouched_.pop();
  return next;
}

void FrameQueue::put_off(const EventKey& key) {
  if (left_.size() >= most_queued_ && !left_.contains(key.frame)) {
    more_left_.insert(key.frame);
    return;
  }
  EventKey& left = left_.try_emplace(key.frame, key).first->second;
  left = std::min(left, key);
}

size_t FrameQueue::end_window() {
  size_t queued = 0;
  for (const auto& [frame, key] : left_) {
    if (queue_.size() < most_queued_) {
      queue_.push(key);
      ++queued;
    } else {
      more_left_.insert(frame);
    }
  }
  left_.clear();
  again_ = std::exchange(more_left_, {}).done();
  next_again_ = 0;
  return queued + again_.size();
}

}  // namespace ebpftrace::analyzer
