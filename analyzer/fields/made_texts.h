// SPDX-License-Identifier: Apache-2.0
// Texts that are made while reading, each kept once, under an id. What takes too much is forgotten between two blocks, and
// then ids begin anew.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/dictionaries/text_arena.h"
#include "predicate/tile.h"

namespace ebpftrace::analyzer {

class MadeTexts final : public predicate::Texts {
 public:
  explicit MadeTexts(size_t most_bytes = 4u << 20) : most_bytes_(most_bytes) {}

  uint64_t count() const override { return texts_.size(); }
  std::optional<std::string_view> text(uint64_t id) const override {
    return id < texts_.size() ? std::optional(texts_[id]) : std::nullopt;
  }

  uint64_t keep(std::string_view text) {
    const auto found = ids_.find(text);
    if (found != ids_.end()) return found->second;
    bytes_ += text.size() + 64;
    texts_.push_back(*arena_.keep(text));
    return ids_.emplace(texts_.back(), texts_.size() - 1).first->second;
  }

  // True: ids of before mean nothing any more.
  bool start_block() {
    if (bytes_ < most_bytes_) return false;
    ids_.clear();
    texts_.clear();
    arena_ = TextArena(SIZE_MAX);
    bytes_ = 0;
    renew();
    return true;
  }

 private:
  size_t most_bytes_, bytes_ = 0;
  TextArena arena_{SIZE_MAX};
  std::vector<std::string_view> texts_;
  std::unordered_map<std::string_view, uint64_t> ids_;
};

}  // namespace ebpftrace::analyzer
