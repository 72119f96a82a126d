// SPDX-License-Identifier: Apache-2.0
// Keeps copies of texts for as long as it or a copy of it lives, up to a fixed number of bytes.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace ebpftrace::analyzer {

// A copy shares what is there and goes on by itself; original and copies may be used by a thread each.
class TextArena {
 public:
  explicit TextArena(size_t most_bytes) : left_(most_bytes) {}

  // Nothing: full.
  std::optional<std::string_view> keep(std::string_view text) {
    if (text.empty()) return std::string_view();
    if (text.size() > left_) return std::nullopt;
    left_ -= text.size();
    if (chunks_.empty() || !chunks_.back()->take(used_, text.size())) {
      chunks_.push_back(std::make_shared<Chunk>(std::max(kChunk, text.size())));
      chunks_.back()->take(used_ = 0, text.size());
    }
    char* to = chunks_.back()->bytes.get() + used_;
    std::memcpy(to, text.data(), text.size());
    used_ += text.size();
    return std::string_view(to, text.size());
  }

 private:
  static constexpr size_t kChunk = 64 << 10;

  struct Chunk {
    explicit Chunk(size_t most) : bytes(std::make_unique_for_overwrite<char[]>(most)), size(most) {}
    // False: there is no room, or somebody else has what is behind `from`.
    bool take(size_t from, size_t count) {
      return count <= size - from && used.compare_exchange_strong(from, from + count, std::memory_order_relaxed);
    }
    std::unique_ptr<char[]> bytes;
    size_t size;
    std::atomic<size_t> used{0};
  };

  size_t left_;
  size_t used_ = 0;  // of the last chunk, with texts that this one or those before it keep
  std::vector<std::shared_ptr<Chunk>> chunks_;
};

}  // namespace ebpftrace::analyzer
