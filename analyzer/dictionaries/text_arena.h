// SPDX-License-Identifier: Apache-2.0
// Keeps copies of texts for as long as it lives, up to a fixed number of bytes.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace ebpftrace::analyzer {

class TextArena {
 public:
  explicit TextArena(size_t most_bytes) : left_(most_bytes) {}

  // Nothing: full.
  std::optional<std::string_view> keep(std::string_view text) {
    if (text.empty()) return std::string_view();
    if (text.size() > left_) return std::nullopt;
    left_ -= text.size();
    if (text.size() > room_) {
      room_ = std::max(kChunk, text.size());
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(room_));
      at_ = chunks_.back().get();
    }
    char* to = at_;
    std::memcpy(to, text.data(), text.size());
    at_ += text.size();
    room_ -= text.size();
    return std::string_view(to, text.size());
  }

 private:
  static constexpr size_t kChunk = 64 << 10;

  size_t left_;
  size_t room_ = 0;
  char* at_ = nullptr;
  std::vector<std::unique_ptr<char[]>> chunks_;
};

}  // namespace ebpftrace::analyzer
