// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/security.h"

#include <algorithm>
#include <unordered_map>

#include "analyzer/dictionaries/ancestry.h"
#include "analyzer/dictionaries/flow_owners.h"
#include "analyzer/dictionaries/interface_names.h"
#include "analyzer/dictionaries/network_names.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/text/wall_clock.h"
#include "schema/values.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostFindings = 150'000;  // about 60 MiB
constexpr size_t kMostTextBytes = 16u << 20, kMostRuleBytes = 1000;

}  // namespace

Security security(const trace::Trace& trace, size_t limit) {
  const ThreadTable threads(trace);
  const FlowOwners owners(trace, threads);
  const InterfaceNames interfaces(trace);
  const WallClock clock(trace);
  const Ancestry ancestry(trace, threads);
  Security result;
  const auto kept = std::make_shared<KeptTexts>(kMostTextBytes);
  result.texts = kept;
  KeptTexts& texts = *kept;
  std::unordered_map<uint32_t, std::string_view> ancestries;
  std::vector<SecurityRow>& rows = result.rows;
  enum {
    kTime,
    kCount,
    kSuppressed,
    kProtocol,
    kWhat,
    kSeverity,
    kVerdict,
    kSource,
    kDestination,
    kRule,
    kInterface,
    kSourcePort,
    kDestinationPort,
    kOutcome
  };
  trace::Block block(trace, "security",
                     {"timeNs", "countSoFar", "suppressed", "protocol", "what", "severity", "verdict", "source",
                      "destination", "rule", "interface", "sourcePort", "destinationPort", "outcome"});
  auto names_of = [&](std::string_view column) { return &trace.catalogue().values_of("security", column); };
  const trace::ValueNames *severities = names_of("severity"), *findings = names_of("what"),
                          *verdicts = names_of("verdict"), *outcomes = names_of("outcome"),
                          *protocols = names_of("protocol");
  auto name = [&](const trace::ValueNames* names, uint64_t value) { return texts.keep(names->text(value)); };
  size_t all = 0;
  for (const uint32_t position : trace.blocks_of("security")) all += trace.frames()[position].count;
  rows.reserve(std::min(all, kMostFindings));
  for (const uint32_t position : trace.blocks_of("security")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        auto value = [&](unsigned column) { return block.column(column)[i]; };
        ++result.findings;
        if (rows.size() >= kMostFindings) continue;
        SecurityRow row{};
        row.time_ns = trace.since_start(value(kTime));
        row.real_ns = clock.real_ns(value(kTime));
        row.severity = name(severities, value(kSeverity));
        row.event = name(findings, value(kWhat));
        row.verdict = name(verdicts, value(kVerdict));
        row.rule = texts.keep(block.text(value(kRule)).bytes.substr(0, kMostRuleBytes));
        row.count = value(kCount);
        row.suppressed = value(kSuppressed);
        if (value(kOutcome)) row.parse = name(outcomes, value(kOutcome));
        const auto protocol = static_cast<uint8_t>(value(kProtocol));
        const bool ports = protocol_has_ports(protocol);
        const auto source = InternetAddress::from(block.text(value(kSource)).bytes);
        const auto destination = InternetAddress::from(block.text(value(kDestination)).bytes);
        if (source) row.source = source->text(ports && source->port);
        if (destination) {
          row.destination = destination->text(ports);
          row.protocol = protocols->text(protocol);
        }
        if (source && destination)
          for (const uint32_t process :
               owners.of({protocol, *source, *destination, static_cast<uint16_t>(value(kSourcePort)),
                          static_cast<uint16_t>(value(kDestinationPort)), interfaces.netns(value(kInterface)),
                          value(kTime), value(kTime), value(kVerdict) != EDGE_DROP})) {
            const ProcessName one{threads.processes()[process].pid, texts.keep(threads.name_at(process, value(kTime)))};
            if (row.pid) {
              row.others.push_back(one);
              continue;
            }
            row.pid = one.pid;
            row.process = one.name;
            auto [at, is_new] = ancestries.try_emplace(process);
            if (is_new) at->second = texts.keep(ancestry.of(process));
            row.ancestry = at->second;
          }
        rows.push_back(std::move(row));
      }
  }
  if (result.findings > rows.size())
    trace.damage().report(0, "more findings are recorded than this program lists; the rest are left out");
  if (texts.full())
    trace.damage().report(0, "findings have more text than this program keeps; what is missing is a '?'");
  std::stable_sort(rows.begin(), rows.end(),
                   [](const SecurityRow& a, const SecurityRow& b) { return a.time_ns < b.time_ns; });
  rows.resize(std::min(limit, rows.size()));
  result.coverage = coverage_of(trace, {"security"});
  return result;
}

}  // namespace ebpftrace::analyzer
