// SPDX-License-Identifier: Apache-2.0
// The network rules that a trace describes, by the numbers that packets carry.
#pragma once

#include <string_view>
#include <unordered_map>

#include "analyzer/dictionaries/text_arena.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

class RuleTexts {
 public:
  explicit RuleTexts(const trace::Trace& trace) {
    constexpr size_t kMost = 200'000, kMostBytes = 1000;
    trace::Block block(trace, "rule", {"rule", "text"});
    for (const uint32_t position : trace.blocks_of("rule")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const auto text = arena_.keep(block.text(block.column(1)[i]).bytes.substr(0, kMostBytes));
          if (!text || texts_.size() == kMost) {
            trace.shortfalls().report("more rules are described than this program keeps; the rest have no text");
            return;
          }
          if (!text->empty()) texts_[block.column(0)[i]] = *text;
        }
    }
  }
  RuleTexts(const RuleTexts&) = delete;
  // Empty: not known.
  std::string_view text(uint64_t number) const {
    const auto found = texts_.find(number);
    return found == texts_.end() ? std::string_view() : found->second;
  }

 private:
  TextArena arena_{16u << 20};
  std::unordered_map<uint64_t, std::string_view> texts_;
};

}  // namespace ebpftrace::analyzer
