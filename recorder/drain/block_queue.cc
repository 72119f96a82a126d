// SPDX-License-Identifier: Apache-2.0
#include "recorder/drain/block_queue.h"

#include "bpf/records.h"

namespace ebpftrace::recorder {

BlockPtr BlockQueue::take(const EventType& type, uint32_t cpu) {
  const bool syscall = type.id == EVENT_SYSCALL;
  BlockPtr block;
  {
    std::lock_guard lock(mutex_);
    Pool& pool = pools_[type.id];
    if (!pool.free.empty()) {
      block = std::move(pool.free.back());
      pool.free.pop_back();
    } else if (pool.made == (syscall ? limits_.syscall_blocks : limits_.other_blocks)) {
      return nullptr;
    } else {
      ++pool.made;
    }
  }
  if (!block) block = std::make_unique<trace::OpenBlock>(type, syscall ? limits_.syscall_rows : limits_.other_rows);
  block->start(cpu);
  return block;
}

void BlockQueue::push(BlockPtr filled) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back({std::move(filled), false});
  }
  filled_.notify_one();
}

void BlockQueue::push_mark() {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back({nullptr, true});
  }
  filled_.notify_one();
}

BlockQueue::Item BlockQueue::pop(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  filled_.wait_for(lock, wait, [&] { return !queue_.empty() || closed_; });
  if (queue_.empty()) return {};
  Item item = std::move(queue_.front());
  queue_.pop_front();
  return item;
}

void BlockQueue::give_back(BlockPtr block) {
  std::lock_guard lock(mutex_);
  pools_[block->type().id].free.push_back(std::move(block));
}

size_t BlockQueue::backlog() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void BlockQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
}

bool BlockQueue::finished() const {
  std::lock_guard lock(mutex_);
  return closed_ && queue_.empty();
}

}  // namespace ebpftrace::recorder
