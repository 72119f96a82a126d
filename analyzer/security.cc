// SPDX-License-Identifier: Apache-2.0
#include "analyzer/security.h"

#include <algorithm>
#include <unordered_map>

#include "analyzer/block.h"
#include "analyzer/flow_owners.h"
#include "analyzer/network_names.h"
#include "analyzer/thread_table.h"
#include "analyzer/wall_clock.h"

namespace ebpftrace {
namespace {

constexpr size_t kMostAncestors = 32;
constexpr size_t kMostFindings = 200'000;

// From the oldest known ancestor down. The parent is the process that had its pid when this one began.
std::string ancestry_of(uint32_t process, const ThreadTable& threads) {
  const auto& all = threads.processes();
  std::vector<uint32_t> line{process};
  while (line.size() < kMostAncestors) {
    const Process& child = all[line.back()];
    uint32_t parent = 0;
    for (uint32_t i = 1; i < all.size(); ++i)
      if (all[i].pid == child.ppid && all[i].start_ns <= child.start_ns && (!parent || all[i].start_ns > all[parent].start_ns)) parent = i;
    if (!parent || std::find(line.begin(), line.end(), parent) != line.end()) break;
    line.push_back(parent);
  }
  std::string text;
  for (auto at = line.rbegin(); at != line.rend(); ++at)
    text += (text.empty() ? "" : " > ") + std::string(all[*at].name) + "(" + std::to_string(all[*at].pid) + ")";
  return text;
}

}  // namespace

Security security(const Trace& trace, size_t limit) {
  const ThreadTable threads(trace);
  const FlowOwners owners(trace, threads);
  const WallClock clock(trace);
  Security result;
  std::unordered_map<uint32_t, std::string> ancestries;
  std::vector<std::pair<uint64_t, SecurityRow>> rows;
  enum { kTime, kCount, kSuppressed, kProtocol, kWhat, kSeverity, kVerdict, kSource, kDestination, kRule };
  Block block(trace, "security",
              {"timeNs", "countSoFar", "suppressed", "protocol", "what", "severity", "verdict", "source", "destination", "rule"});
  for (const uint32_t position : trace.blocks_of("security")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        auto value = [&](unsigned column) { return block.column(column)[i]; };
        ++result.findings;
        if (rows.size() >= kMostFindings) continue;
        SecurityRow row{};
        row.time_ns = trace.since_start(value(kTime));
        row.wall_clock = clock.text(value(kTime));
        row.severity = severity_name(value(kSeverity));
        row.event = finding_name(value(kWhat));
        row.verdict = verdict_name(value(kVerdict));
        row.rule = block.text(value(kRule)).bytes;
        row.count = value(kCount);
        row.suppressed = value(kSuppressed);
        const auto protocol = static_cast<uint8_t>(value(kProtocol));
        const bool ports = protocol_has_ports(protocol);
        const auto source = InternetAddress::from(block.text(value(kSource)).bytes);
        const auto destination = InternetAddress::from(block.text(value(kDestination)).bytes);
        if (source) row.source = source->text(ports && source->port);
        if (destination) {
          row.destination = destination->text(ports);
          row.protocol = protocol_name(protocol);
        }
        if (source && destination)
          if (const uint32_t process = owners.owner_of_flow(protocol, *source, *destination)) {
            row.pid = threads.processes()[process].pid;
            row.process = threads.name_at(process, value(kTime));
            auto [at, is_new] = ancestries.try_emplace(process);
            if (is_new) at->second = ancestry_of(process, threads);
            row.ancestry = at->second;
          }
        rows.emplace_back(value(kTime), std::move(row));
      }
  }
  if (result.findings > rows.size()) trace.damage().report(0, "more findings are recorded than this program lists; the rest are left out");
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < std::min(limit, rows.size()); ++i) result.rows.push_back(std::move(rows[i].second));
  result.coverage = coverage_of(trace, {"security"});
  return result;
}

}  // namespace ebpftrace
