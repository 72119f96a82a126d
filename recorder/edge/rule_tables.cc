// SPDX-License-Identifier: Apache-2.0
#include "recorder/edge/rule_tables.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace ebpftrace::recorder {
namespace {

constexpr uint64_t kForEver = ~uint64_t{0};

[[noreturn]] void fail(const Rule& rule, const std::string& what) {
  throw RuleError(rule.source, rule.line, rule.column, what);
}

bool covers(const PrefixEntry& outer, const PrefixEntry& inner) {
  if (outer.bits > inner.bits) return false;
  const unsigned whole = outer.bits / 8, rest = outer.bits % 8;
  return std::memcmp(outer.address.data(), inner.address.data(), whole) == 0 &&
         (rest == 0 || ((outer.address[whole] ^ inner.address[whole]) >> (8 - rest)) == 0);
}

// What the longest match would decide otherwise than the rules say, or no differently, is taken out.
std::vector<PrefixEntry> effective(std::vector<PrefixEntry> all) {
  std::stable_sort(all.begin(), all.end(), [](const PrefixEntry& a, const PrefixEntry& b) {
    if (a.address != b.address) return a.address < b.address;
    if (a.bits != b.bits) return a.bits < b.bits;
    return a.allow != b.allow ? a.allow : a.until_ns > b.until_ns;
  });
  std::vector<PrefixEntry> kept;
  std::vector<size_t> outer;  // positions in kept, each within the one before
  for (const PrefixEntry& entry : all) {
    while (!outer.empty() && !covers(kept[outer.back()], entry)) outer.pop_back();
    bool needless = false;
    for (const size_t position : outer)
      needless |= kept[position].allow || (!entry.allow && kept[position].until_ns >= entry.until_ns);
    if (needless) continue;
    outer.push_back(kept.size());
    kept.push_back(entry);
  }
  return kept;
}

// place: among the rules, from 1.
void add_ports(RuleTables& tables, const Rule& rule, uint32_t place, uint32_t number) {
  const u64 value = RULE_CELL(place, number, rule.kind == Rule::Kind::kDrop ? 1u : 0u);
  const int table = rule.protocol == IPPROTO_TCP    ? PORTS_TCP
                    : rule.protocol == IPPROTO_UDP  ? PORTS_UDP
                    : rule.protocol == IPPROTO_SCTP ? PORTS_SCTP
                                                    : PORT_PROTOCOLS;
  auto set = [&](u64& cell) {  // the first rule that matches decides
    if (!cell) cell = value;
  };
  tables.config.has_ports = 1;
  switch (rule.packets) {
    case Rule::Packets::kArp:
      return set(tables.config.arp);
    case Rule::Packets::kOther:
      return set(tables.config.other);
    case Rule::Packets::kUnparsed:
      return set(tables.config.unparsed);
    case Rule::Packets::kOfProtocol:
      break;
  }
  for (const auto& [first, last] : rule.ports)
    for (uint32_t port = first; port <= last; ++port) set(tables.ports[table].rule[port]);
  if (rule.ports.empty()) {
    set(tables.config.protocols[rule.protocol]);
    if (table < PORT_PROTOCOLS)
      for (u64& cell : tables.ports[table].rule) set(cell);
    for (size_t header = 0; header < CHAIN_HEADERS; ++header)
      if (chain_protocols[header] == rule.protocol) set(tables.config.chain[header]);
  }
}

void set_limit(rate_limit& limit, const Rule& rule, uint32_t number) {
  if (limit.interval_ns) fail(rule, fmt::format("'{}': there is such a limit already", rule.text));
  limit.per_second = rule.per_second;
  limit.interval_ns = 1'000'000'000 / rule.per_second;
  limit.burst_ns = (rule.burst - 1) * limit.interval_ns;
  limit.block_ns = rule.block_ns;
  limit.rule = number;
}

}  // namespace

uint32_t RuleNumbers::of(const std::string& text) {
  const auto [at, is_new] = numbers_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
  if (is_new) texts_.push_back(text);
  return at->second;
}

const std::string& RuleNumbers::text(uint32_t number) const { return texts_[number < texts_.size() ? number : 0]; }

RuleTables make_rule_tables(const std::vector<Rule>& rules, bool dry_run, uint64_t now_ns, RuleNumbers& numbers,
                            BlockEnds& ends) {
  RuleTables tables;
  tables.rules = rules.size();
  tables.config.dry_run = dry_run;
  std::vector<PrefixEntry> prefixes;
  uint32_t place = 0;
  for (const Rule& rule : rules) {
    ++place;
    const uint32_t number = numbers.of(rule.text);
    switch (rule.kind) {
      case Rule::Kind::kAllow:
        prefixes.push_back({rule.address, rule.bits, kForEver, number, true});
        break;
      case Rule::Kind::kBlock: {
        const uint64_t until = rule.ttl_ns ? ends.try_emplace(rule.text, now_ns + rule.ttl_ns).first->second : kForEver;
        if (until > now_ns) prefixes.push_back({rule.address, rule.bits, until, number, false});
        break;
      }
      case Rule::Kind::kDrop:
      case Rule::Kind::kPass:
        add_ports(tables, rule, place, number);
        break;
      case Rule::Kind::kLimitSyn:
        set_limit(tables.config.syn, rule, number);
        break;
      case Rule::Kind::kLimitPackets:
        set_limit(tables.config.any, rule, number);
        break;
      case Rule::Kind::kScan:
        if (tables.config.scan_ports) fail(rule, "there is a scan detection already");
        tables.config.scan_ports = rule.scan_ports;
        tables.config.scan_window_ns = rule.window_ns;
        tables.config.scan_block_ns = rule.block_ns;
        tables.config.scan_rule = number;
        break;
    }
    if (prefixes.size() > kMostPrefixes)
      fail(rule,
           fmt::format(
               "the table of prefixes is full: it holds {}; leave out the rest, or join neighbours to shorter prefixes",
               kMostPrefixes));
  }
  tables.prefixes = effective(std::move(prefixes));
  tables.config.has_prefixes = !tables.prefixes.empty();
  return tables;
}

}  // namespace ebpftrace::recorder
