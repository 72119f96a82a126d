// SPDX-License-Identifier: Apache-2.0
// The interfaces that a trace describes, by their number: name and network namespace.
#pragma once

#include <string>
#include <vector>

#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

class InterfaceNames {
 public:
  explicit InterfaceNames(const trace::Trace& trace) {
    constexpr size_t kMost = 256, kMostBytes = 64;  // the kernel's own limit is 15
    trace::Block block(trace, "interface", {"interface", "name", "netns"});
    for (const uint32_t position : trace.blocks_of("interface")) {
      if (!block.load(trace.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const uint64_t number = block.column(0)[i];
          if (number >= kMost) {
            trace.shortfalls().report("more interfaces are described than this program keeps; the rest have no name");
            continue;
          }
          if (number >= names_.size()) {
            names_.resize(number + 1);
            netns_.resize(number + 1);
          }
          netns_[number] = static_cast<uint32_t>(block.column(2)[i]);
          names_[number] = block.text(block.column(1)[i]).bytes.substr(0, kMostBytes);
        }
    }
  }
  std::string name(uint64_t number) const {
    return number < names_.size() && !names_[number].empty() ? names_[number] : "?";
  }
  // 0: not known.
  uint32_t netns(uint64_t number) const { return number < netns_.size() ? netns_[number] : 0; }
  size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::vector<uint32_t> netns_;
};

}  // namespace ebpftrace::analyzer
