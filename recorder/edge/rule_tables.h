// SPDX-License-Identifier: Apache-2.0
// Rules in the form that the data path reads. Pure: no kernel.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bpf/edge_shared.h"
#include "recorder/edge/rule_file.h"

namespace ebpftrace::recorder {

// As many prefixes as one set of rules may have: the tree holds two sets (tests/live/network_rules.py fills it).
inline constexpr size_t kMostPrefixes = 65536;

// A number for each text of a rule, the same for as long as we run. 0 is no rule. Only grows: what was reported stays named.
class RuleNumbers {
 public:
  uint32_t of(const std::string& text);
  const std::string& text(uint32_t number) const;
  size_t size() const { return texts_.size(); }  // 0 included

 private:
  std::map<std::string, uint32_t> numbers_;
  std::vector<std::string> texts_{""};
};

struct PrefixEntry {
  std::array<uint8_t, 16> address;
  unsigned bits;  // of 128
  uint64_t until_ns;
  uint32_t rule;
  bool allow;
};

struct RuleTables {
  // The longest match decides: a block within what is allowed is left out, and so is one within a block that lasts longer.
  std::vector<PrefixEntry> prefixes;
  std::unique_ptr<port_table[]> ports = std::make_unique<port_table[]>(PORT_PROTOCOLS);
  edge_config config{};
  size_t rules = 0;
};

// When each block with a time to live ends, by its text: a reload does not begin it anew.
using BlockEnds = std::map<std::string, uint64_t>;

// Throws RuleError on rules that contradict one another or are too many.
RuleTables make_rule_tables(const std::vector<Rule>& rules, bool dry_run, uint64_t now_ns, RuleNumbers& numbers,
                            BlockEnds& ends);

}  // namespace ebpftrace::recorder
