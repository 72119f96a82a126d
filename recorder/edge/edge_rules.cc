// SPDX-License-Identifier: Apache-2.0
#include "recorder/edge/edge_rules.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "recorder/edge/map_batch.h"

namespace ebpftrace::recorder {
namespace {

// A program that began before a switch has long ended after that.
constexpr uint64_t kGraceNs = 100'000'000;
constexpr uint64_t kForEver = ~uint64_t{0};

}  // namespace

prefix_key EdgeRules::key_of(const PrefixEntry& entry, uint32_t generation) {
  prefix_key key{};
  key.bits = PREFIX_KEY_BITS + entry.bits;
  key.generation = static_cast<u8>(generation);
  std::memcpy(key.address, entry.address.data(), ADDRESS_BYTES);
  return key;
}

void EdgeRules::empty(uint32_t generation) {
  for (const PrefixEntry& entry : prefixes_[generation]) {
    const prefix_key key = key_of(entry, generation);
    bpf_map_delete_elem(maps_.prefixes, &key);
  }
  prefixes_[generation].clear();
}

void EdgeRules::load(uint64_t now_ns) {
  std::vector<Rule> rules;
  if (!sources_.file.empty()) rules = read_rule_file(sources_.file);
  for (const std::string& text : sources_.texts)
    for (Rule& rule : parse_rules(text, "--rule")) rules.push_back(std::move(rule));
  BlockEnds ends = ends_;
  RuleTables tables = make_rule_tables(rules, sources_.dry_run, now_ns, numbers_, ends);

  if (switched_ns_ && now_ns - switched_ns_ < kGraceNs) std::this_thread::sleep_for(std::chrono::nanoseconds(kGraceNs));
  const uint32_t next = 1 - generation_;
  empty(next);
  for (const PrefixEntry& entry : tables.prefixes) {
    const prefix_key key = key_of(entry, next);
    const prefix_value value{entry.until_ns, 0, entry.rule,
                             static_cast<u32>(entry.allow ? PREFIX_ALLOW : PREFIX_BLOCK)};
    if (bpf_map_update_elem(maps_.prefixes, &key, &value, BPF_ANY) != 0) {
      const int error = errno;
      const size_t loaded = prefixes_[next].size();
      empty(next);
      throw RulesError(fmt::format("the kernel's table of prefixes took {} of {}: {}", loaded, tables.prefixes.size(),
                                   std::strerror(error)));
    }
    prefixes_[next].push_back(entry);
  }
  if (tables.config.has_ports)
    for (u32 protocol = 0; protocol < PORT_PROTOCOLS; ++protocol) {
      const u32 key = next * PORT_PROTOCOLS + protocol;
      if (bpf_map_update_elem(maps_.port_tables, &key, &tables.ports[protocol], BPF_ANY) != 0)
        throw RulesError(fmt::format("setting the table of ports failed: {}", std::strerror(errno)));
    }
  variables_.configs[next] = tables.config;
  std::atomic_ref(*variables_.active).store(next, std::memory_order_seq_cst);
  std::atomic_ref(*variables_.epoch).fetch_add(1, std::memory_order_seq_cst);  // flows decide anew
  generation_ = next;
  switched_ns_ = now_ns;
  ends_ = std::move(ends);
  rules_ = tables.rules;
}

void EdgeRules::release(uint64_t now_ns, bool all, const std::function<void(const Release&)>& tell) {
  auto& prefixes = prefixes_[generation_];
  for (size_t i = 0; i < prefixes.size();) {
    const PrefixEntry entry = prefixes[i];
    if (entry.until_ns == kForEver || entry.until_ns > now_ns) {
      ++i;
      continue;
    }
    const prefix_key key = key_of(entry, generation_);
    prefix_value value{};
    bpf_map_lookup_elem(maps_.prefixes, &key, &value);
    bpf_map_delete_elem(maps_.prefixes, &key);
    tell({entry.address, entry.rule, entry.until_ns, value.packets});
    prefixes[i] = prefixes.back();
    prefixes.pop_back();
  }
  if (!std::atomic_ref(*variables_.any_blocks).load(std::memory_order_relaxed)) return;
  std::vector<std::pair<source_key, block_value>> over;
  for_each_entry(maps_.blocks, sizeof(source_key), sizeof(block_value),
                 [&](const std::byte* key_bytes, const std::byte* value_bytes) {
                   std::pair<source_key, block_value> entry;
                   std::memcpy(&entry.first, key_bytes, sizeof entry.first);
                   std::memcpy(&entry.second, value_bytes, sizeof entry.second);
                   if (all || entry.second.until_ns <= now_ns) over.push_back(entry);
                 });
  for (const auto& [key, value] : over) {
    if (bpf_map_delete_elem(maps_.blocks, &key) != 0) continue;
    Release release{{}, value.rule, std::min<uint64_t>(value.until_ns, now_ns), value.packets};
    std::memcpy(release.address.data(), key.address, ADDRESS_BYTES);
    tell(release);
  }
}

}  // namespace ebpftrace::recorder
