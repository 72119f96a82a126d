// SPDX-License-Identifier: Apache-2.0
#include "analyzer/network_names.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "schema/ip_protocols.h"
#include "schema/parse_outcomes.h"

namespace ebpftrace::analyzer {
namespace {

constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

enum TrafficKind : uint8_t { kProtocol = 1, kOutcome, kVerdict, kTcpPort, kUdpPort, kTable, kHeader, kDropped };

struct TrafficNames {
  std::string_view kind;
  uint64_t first, end;  // keys
};
constexpr TrafficNames kTraffic[] = {
    {"unknown", 1, 0}, {"protocol", 0, 515}, {"parse", 0, std::size(kParseOutcomes)},
    {"verdict", 0, 3}, {"port", 0, 65536},   {"port", 0, 65536},
    {"table", 1, 4},   {"header", 0, 512},   {"dropped", 0, std::size(kParseOutcomes)}};

constexpr uint8_t kHeaderProtocols[] = {
    IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT, IPPROTO_AH, IPPROTO_DSTOPTS, IPPROTO_MH, 139, 140};
// Of the bits of a flow's headers.
constexpr std::string_view kHeaders[] = {"hop-by-hop",          "routing",  "fragment", "ah",
                                         "destination-options", "mobility", "hip",      "shim6"};
constexpr uint64_t kLaterFragment = 0x8000;

template <size_t Count>
std::string_view pick(const std::string_view (&names)[Count], uint64_t value) {
  return value < Count ? names[value] : "unknown";
}

}  // namespace

std::optional<InternetAddress> InternetAddress::from(std::string_view bytes) {
  InternetAddress result;
  sa_family_t family;
  if (bytes.size() < sizeof family) return std::nullopt;
  std::memcpy(&family, bytes.data(), sizeof family);
  if (family == AF_INET && bytes.size() >= 8) {
    sockaddr_in from{};
    std::memcpy(&from, bytes.data(), std::min(bytes.size(), sizeof from));
    std::memcpy(result.address.data(), kMapped, sizeof kMapped);
    std::memcpy(result.address.data() + 12, &from.sin_addr, 4);
    result.port = ntohs(from.sin_port);
    return result;
  }
  if (family == AF_INET6 && bytes.size() >= 24) {
    sockaddr_in6 from{};
    std::memcpy(&from, bytes.data(), std::min(bytes.size(), sizeof from));
    std::memcpy(result.address.data(), &from.sin6_addr, 16);
    result.port = ntohs(from.sin6_port);
    return result;
  }
  return std::nullopt;
}

bool InternetAddress::is_four() const { return std::memcmp(address.data(), kMapped, sizeof kMapped) == 0; }

bool InternetAddress::any() const {
  for (size_t i = is_four() ? 12 : 0; i < 16; ++i)
    if (address[i]) return false;
  return true;
}

std::string InternetAddress::host() const {
  const bool four = is_four();
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(four ? AF_INET : AF_INET6, address.data() + (four ? 12 : 0), text, sizeof text);
  return text;
}

std::string InternetAddress::text(bool with_port) const {
  std::string name = host();
  if (!with_port) return name;
  if (name.find(':') != std::string::npos) name = "[" + name + "]";
  return name + ":" + std::to_string(port);
}

bool protocol_has_ports(uint64_t protocol) {
  return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

std::string_view verdict_name(uint64_t verdict) {
  static constexpr std::string_view kNames[] = {"pass", "drop", "would drop"};
  return pick(kNames, verdict);
}

std::string_view outcome_name(uint64_t outcome) { return parse_outcome_name(outcome); }

std::string headers_text(uint64_t headers) {
  std::string text;
  auto add = [&](std::string_view name) { text += (text.empty() ? "" : " ") + std::string(name); };
  for (size_t bit = 0; bit < std::size(kHeaders); ++bit)
    if (headers >> bit & 1) add(kHeaders[bit]);
  if (headers & kLaterFragment) add("later");
  return text;
}

std::string_view finding_name(uint64_t what) {
  static constexpr std::string_view kNames[] = {"unknown",       "block",          "unblock",    "drop",
                                                "scan",          "flood",          "table full", "rules replaced",
                                                "rules refused", "interface gone", "suppressed", "unparsed"};
  return pick(kNames, what);
}

std::string_view severity_name(uint64_t severity) {
  static constexpr std::string_view kNames[] = {"unknown", "info", "warning", "alert"};
  return pick(kNames, severity);
}

std::string_view flow_state_name(uint64_t state) {
  static constexpr std::string_view kNames[] = {"unknown", "active", "ended", "idle", "recording ended"};
  return pick(kNames, state);
}

bool is_traffic(uint64_t kind, uint64_t key) {
  if (kind == kHeader &&
      std::find(std::begin(kHeaderProtocols), std::end(kHeaderProtocols), key & 255) == std::end(kHeaderProtocols))
    return false;
  return kind < std::size(kTraffic) && key >= kTraffic[kind].first && key < kTraffic[kind].end;
}

std::string_view traffic_kind_name(uint64_t kind) { return kTraffic[kind < std::size(kTraffic) ? kind : 0].kind; }

std::string traffic_name(uint64_t kind, uint64_t key) {
  if (!is_traffic(kind, key)) return std::to_string(key);
  switch (kind) {
    case kProtocol:
      if (key < 512) return ip_protocol_name(key & 255) + (key < 256 ? " over ipv4" : " over ipv6");
      return key == 512 ? "arp" : key == 513 ? "other" : "unparsed";
    case kOutcome:
    case kDropped:
      return std::string(outcome_name(key));
    case kHeader:
      return ip_protocol_name(key & 255) + (key < 256 ? " over ipv4" : " over ipv6");
    case kVerdict:
      return std::string(verdict_name(key));
    case kTcpPort:
      return "tcp " + std::to_string(key);
    case kUdpPort:
      return "udp " + std::to_string(key);
    default:
      return key == 1 ? "flows begun" : key == 2 ? "flows evicted" : "flows refused";
  }
}

}  // namespace ebpftrace::analyzer
