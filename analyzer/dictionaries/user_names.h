// SPDX-License-Identifier: Apache-2.0
// The login names that a trace gives of user ids.
#pragma once

#include <string_view>
#include <unordered_map>

#include "analyzer/dictionaries/text_arena.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

class UserNames {
 public:
  explicit UserNames(const trace::Trace& trace) {
    constexpr size_t kMost = 200'000, kMostBytes = 256;
    trace::Block block(trace, "user", {"uid", "name"});
    for (const uint32_t position : trace.blocks_of("user")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const auto name = arena_.keep(block.text(block.column(1)[i]).bytes.substr(0, kMostBytes));
          if (!name || names_.size() == kMost) {
            trace.shortfalls().report("more users are described than this program keeps; the rest have no name");
            return;
          }
          if (!name->empty()) names_[block.column(0)[i]] = *name;
        }
    }
  }
  UserNames(const UserNames&) = delete;
  // Empty: not known.
  std::string_view name(uint64_t uid) const {
    const auto found = names_.find(uid);
    return found == names_.end() ? std::string_view() : found->second;
  }

 private:
  TextArena arena_{16u << 20};
  std::unordered_map<uint64_t, std::string_view> names_;
};

}  // namespace ebpftrace::analyzer
