// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/network_names.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "schema/values.h"

namespace ebpftrace::analyzer {
namespace {

constexpr uint64_t kOtherProtocols = 512;  // of keys: below are those of IP
constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

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

TrafficNames::TrafficNames(const trace::Catalogue& catalogue)
    : kinds_(catalogue.values_of("traffic", "what")),
      ip_protocols_(catalogue.values.find("ip_protocol")),
      others_(catalogue.values.find("traffic_protocol")),
      outcomes_(catalogue.values.find("parse_outcome")),
      verdicts_(catalogue.values.find("verdict")),
      table_(catalogue.values.find("table_event")) {}

bool TrafficNames::knows(uint64_t kind, uint64_t key) const {
  switch (kind) {
    case TRAFFIC_PROTOCOL:
      return key < kOtherProtocols || others_.find(key);
    case TRAFFIC_PARSE:
    case TRAFFIC_DROPPED:
      return outcomes_.find(key).has_value();
    case TRAFFIC_VERDICT:
      return verdicts_.find(key).has_value();
    case TRAFFIC_TCP_PORT:
    case TRAFFIC_UDP_PORT:
      return key < 65536;
    case TRAFFIC_TABLE:
      return table_.find(key).has_value();
    case TRAFFIC_HEADER:
      return key < kOtherProtocols;
    default:
      return false;
  }
}

std::string TrafficNames::kind(uint64_t kind) const {
  return kind == TRAFFIC_TCP_PORT || kind == TRAFFIC_UDP_PORT ? "port" : kinds_.text(kind);
}

std::string TrafficNames::key(uint64_t kind, uint64_t key) const {
  switch (kind) {
    case TRAFFIC_PROTOCOL:
    case TRAFFIC_HEADER:
      if (key >= kOtherProtocols) return others_.text(key);
      return ip_protocols_.text(key & 255) + (key < 256 ? " over ipv4" : " over ipv6");
    case TRAFFIC_PARSE:
    case TRAFFIC_DROPPED:
      return outcomes_.text(key);
    case TRAFFIC_VERDICT:
      return verdicts_.text(key);
    case TRAFFIC_TCP_PORT:
      return "tcp " + std::to_string(key);
    case TRAFFIC_UDP_PORT:
      return "udp " + std::to_string(key);
    case TRAFFIC_TABLE:
      return table_.text(key);
    default:
      return std::to_string(key);
  }
}

}  // namespace ebpftrace::analyzer
