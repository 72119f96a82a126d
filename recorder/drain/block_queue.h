// SPDX-License-Identifier: Apache-2.0
// Hands blocks from the drain thread to the compressor and back. Bounded: at most `limit` blocks of a type exist; when
// the disk is too slow, take() finds none and the caller counts what it can't keep. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "trace/write/open_block.h"

namespace ebpftrace::recorder {

using BlockPtr = std::unique_ptr<trace::OpenBlock>;

class BlockQueue {
 public:
  struct Limits {
    size_t syscall_rows = 16384;  // 2 MB of columns: 10 ms of the fastest caller we know
    size_t syscall_blocks = 64;   // and at least 2 for each CPU
    size_t other_rows = 2048;
    size_t other_blocks = 64;
  };
  explicit BlockQueue(Limits limits) : limits_(limits) {}

  // An empty block, or nullptr when all are in use.
  BlockPtr take(const EventType& type, uint32_t cpu);
  void push(BlockPtr filled);
  // What is pushed from now on belongs to the next part of the recording.
  void push_mark();

  // The next filled block; nullptr after `wait` without one, or when closed and empty.
  // The oldest block or mark; neither after `wait`.
  struct Item {
    BlockPtr block;
    bool mark = false;
  };
  Item pop(std::chrono::milliseconds wait);
  void give_back(BlockPtr block);
  // Blocks that were pushed and not yet popped.
  size_t backlog() const;
  void close();
  bool finished() const;

 private:
  struct Pool {
    std::vector<BlockPtr> free;
    size_t made = 0;
  };

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::map<uint16_t, Pool> pools_;
  std::deque<Item> queue_;
  bool closed_ = false;
};

}  // namespace ebpftrace::recorder
