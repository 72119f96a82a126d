// SPDX-License-Identifier: Apache-2.0
// The rules in the kernel: loads a set beside the one in force and switches over at once; releases blocks whose time is
// over. The data path has compared the time itself: a release here is only told and tidied up. Drain thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bpf/edge_shared.h"
#include "recorder/edge/rule_tables.h"

namespace ebpftrace::recorder {

class EdgeRules {
 public:
  struct Maps {
    int prefixes, port_tables, blocks;
  };
  // The program's own variables, mapped.
  struct Variables {
    edge_config* configs;
    u32* active;
    u32* epoch;
    u32* any_blocks;
  };
  // Where rules come from, in this order.
  struct Sources {
    std::string file;                // none: empty
    std::vector<std::string> texts;  // one rule each
    bool dry_run = false;
  };
  // A block that ended: by a limit or scan detection (source), or a prefix (rule with a time to live).
  struct Release {
    std::array<uint8_t, 16> address;
    uint32_t rule;
    uint64_t until_ns;
    uint64_t packets;
  };

  EdgeRules(Maps maps, Variables variables, Sources sources)
      : maps_(maps), variables_(variables), sources_(std::move(sources)) {}

  // Reads, checks and puts in force. Throws RulesError; what was in force then stays so.
  void load(uint64_t now_ns);
  // Ends what is over, or everything.
  void release(uint64_t now_ns, bool all, const std::function<void(const Release&)>& tell);

  size_t rules() const { return rules_; }
  // Some rule says what happens to packets that can't be parsed.
  bool decides_unparsed() const { return variables_.configs[generation_].unparsed != 0; }
  size_t prefixes() const { return prefixes_[generation_].size(); }
  RuleNumbers& numbers() { return numbers_; }
  const RuleNumbers& numbers() const { return numbers_; }

 private:
  void empty(uint32_t generation);
  static prefix_key key_of(const PrefixEntry& entry, uint32_t generation);

  Maps maps_;
  Variables variables_;
  Sources sources_;
  RuleNumbers numbers_;
  BlockEnds ends_;
  std::vector<PrefixEntry> prefixes_[2];
  uint32_t generation_ = 0;
  uint64_t switched_ns_ = 0;
  size_t rules_ = 0;
};

}  // namespace ebpftrace::recorder
