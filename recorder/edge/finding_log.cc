// SPDX-License-Identifier: Apache-2.0
#include "recorder/edge/finding_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "recorder/edge/socket_address.h"
#include "schema/value_words.h"

namespace ebpftrace::recorder {
namespace {

severity severity_of(uint8_t what) {
  switch (what) {
    case FOUND_SCAN:
    case FOUND_FLOOD:
    case FOUND_TABLE_FULL:
      return SEVERITY_ALERT;
    case FOUND_BLOCK:
    case FOUND_FIRST_DROP:
      return SEVERITY_WARNING;
    default:
      return SEVERITY_INFO;
  }
}

constexpr uint64_t kSameDrop = 1'000'000'000;  // by another CPU
constexpr size_t kMostFirstDrops = 8192;

unsigned family_of(const u8* address) {
  static constexpr u8 kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::memcmp(address, kMapped, sizeof kMapped) == 0 ? 4 : 6;
}

}  // namespace

bool FindingLog::seen_before(const finding& finding) {
  if (finding.what != FOUND_FIRST_DROP || !IS_OF_A_FLOW(finding.outcome)) return false;
  if (first_drops_.size() > kMostFirstDrops) first_drops_.clear();
  const std::string key(reinterpret_cast<const char*>(&finding.flow), sizeof finding.flow);
  const auto [at, is_new] = first_drops_.try_emplace(key, finding.time_ns);
  const bool again = !is_new && finding.time_ns - at->second < kSameDrop;
  at->second = finding.time_ns;
  return again;
}

void FindingLog::add(const finding& finding) {
  if (seen_before(finding)) return;
  security_record record{};
  record.time_ns = finding.time_ns;
  record.count_so_far = finding.count;
  record.suppressed = finding.suppressed;
  record.until_ns = finding.until_ns;
  record.interface = finding.flow.interface;
  record.source_port = finding.flow.source_port;
  record.destination_port = finding.flow.destination_port;
  record.protocol = finding.flow.protocol;
  record.what = finding.what;
  record.severity = static_cast<uint8_t>(severity_of(finding.what));
  record.verdict = finding.verdict;
  record.outcome = finding.outcome;
  write(finding.cpu, record, finding.flow.family || IS_OF_A_FLOW(finding.outcome) ? &finding.flow : nullptr,
        rules_.numbers().text(finding.rule));
}

void FindingLog::released(const EdgeRules::Release& release, uint64_t now_ns) {
  security_record record{};
  record.time_ns = now_ns;
  record.count_so_far = release.packets;
  record.until_ns = release.until_ns;
  record.interface = 0;
  record.what = FOUND_UNBLOCK;
  record.severity = SEVERITY_INFO;
  flow_key flow{};
  std::memcpy(flow.source, release.address.data(), ADDRESS_BYTES);
  flow.family = static_cast<u8>(family_of(flow.source));
  write(static_cast<uint16_t>(trace::kNoCpu), record, &flow, rules_.numbers().text(release.rule));
}

void FindingLog::suppressed(const u8* address, uint64_t count, uint64_t now_ns) {
  security_record record{};
  record.time_ns = now_ns;
  record.suppressed = count;
  record.what = FOUND_SUPPRESSED;
  record.severity = SEVERITY_INFO;
  flow_key flow{};
  if (address) {
    std::memcpy(flow.source, address, ADDRESS_BYTES);
    flow.family = static_cast<u8>(family_of(address));
  }
  write(static_cast<uint16_t>(trace::kNoCpu), record, address ? &flow : nullptr,
        address ? "the limit of one source" : "the limit of all sources");
}

void FindingLog::notice(finding_what what, severity how_bad, uint64_t now_ns, uint32_t interface, uint64_t count,
                        const std::string& text, uint8_t outcome) {
  security_record record{};
  record.outcome = outcome;
  record.time_ns = now_ns;
  record.count_so_far = count;
  record.interface = interface;
  record.what = what;
  record.severity = static_cast<uint8_t>(how_bad);
  write(static_cast<uint16_t>(trace::kNoCpu), record, nullptr, text);
}

void FindingLog::write(uint16_t cpu, security_record record, const flow_key* flow, const std::string& rule) {
  std::string source, destination;
  if (flow) {
    const bool ports = has_ports(flow->protocol);
    source = socket_address(flow->source, flow->family, ports ? flow->source_port : 0);
    // a release, and what is suppressed, are of a source as a whole
    if (record.what != FOUND_UNBLOCK && record.what != FOUND_SUPPRESSED)
      destination = socket_address(flow->destination, flow->family, ports ? flow->destination_port : 0);
  }
  record.source = size_of(source);
  record.destination = size_of(destination);
  record.rule = size_of(rule);
  sink_.add(EVENT_SECURITY, cpu, record, {source, destination, rule});
  if (live_) print(record, flow, rule);
}

void FindingLog::print(const security_record& record, const flow_key* flow, const std::string& rule) const {
  std::string line = fmt::format("ebpf-record: {}", word_of(kFindingWhatWords, record.what));
  if (flow && flow->family) {
    line += ' ' + address_text(flow->source, flow->family);
    if (record.destination.stored) {
      line += fmt::format(" to {}", address_text(flow->destination, flow->family));
      if (has_ports(record.protocol)) line += fmt::format(" port {}", record.destination_port);
      line += ", " + word_of(kIpProtocolWords, record.protocol);
      if (record.interface < links_.interfaces().size()) line += " on " + links_.interfaces()[record.interface].name;
    }
  }
  if (!IS_OF_A_FLOW(record.outcome)) line += fmt::format(", {}", word_of(kParseOutcomeWords, record.outcome));
  if (record.count_so_far) line += fmt::format(", {}", record.count_so_far);
  if (record.suppressed) line += fmt::format(", {} more not told", record.suppressed);
  if (record.verdict == EDGE_WOULD_DROP) line += ", dry run";
  fmt::print(stderr, "{} ({})\n", line, rule);
}

}  // namespace ebpftrace::recorder
