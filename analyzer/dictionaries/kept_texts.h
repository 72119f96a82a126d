// SPDX-License-Identifier: Apache-2.0
// Texts of an answer that come again and again, kept once, up to a fixed number of bytes. Any thread.
#pragma once

#include <mutex>
#include <string_view>
#include <unordered_set>

#include "analyzer/dictionaries/text_arena.h"

namespace ebpftrace::analyzer {

class KeptTexts {
 public:
  explicit KeptTexts(size_t most_bytes) : arena_(most_bytes) {}

  // "?" once it is full.
  std::string_view keep(std::string_view text) {
    std::lock_guard lock(mutex_);
    if (const auto found = kept_.find(text); found != kept_.end()) return *found;
    const auto kept = arena_.keep(text);
    full_ |= !kept;
    return kept ? *kept_.insert(*kept).first : "?";
  }
  bool full() const {
    std::lock_guard lock(mutex_);
    return full_;
  }

 private:
  mutable std::mutex mutex_;  // of all that follows
  TextArena arena_;
  std::unordered_set<std::string_view> kept_;
  bool full_ = false;
};

}  // namespace ebpftrace::analyzer
