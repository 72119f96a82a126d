// SPDX-License-Identifier: Apache-2.0
// Addresses, protocols and verdicts of network events for people and scripts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

// An internet address out of a struct sockaddr_in or sockaddr_in6; an IPv4 address within IPv6 is its IPv4 address.
struct InternetAddress {
  std::array<uint8_t, 16> address{};  // IPv4 as ::ffff:a.b.c.d
  uint16_t port = 0;

  static std::optional<InternetAddress> from(std::string_view sockaddr);
  bool is_four() const;
  bool any() const;  // 0.0.0.0 or ::
  std::string host() const;
  std::string text(bool with_port) const;  // "10.0.0.1:80", "[fd00::1]:80"
  auto operator<=>(const InternetAddress&) const = default;
};

bool protocol_has_ports(uint64_t protocol);
std::string_view verdict_name(uint64_t verdict);
std::string_view outcome_name(uint64_t outcome);  // enum parse_outcome
std::string headers_text(uint64_t headers);       // of a flow, between IP and the transport: "ah", "fragment later"
std::string_view finding_name(uint64_t what);
std::string_view severity_name(uint64_t severity);
std::string_view flow_state_name(uint64_t state);
// Of traffic rows: what is counted ("protocol", "port"), and which of its kind ("tcp over ipv4", "udp 53").
bool is_traffic(uint64_t kind, uint64_t key);  // else it is of a later version
std::string_view traffic_kind_name(uint64_t kind);
std::string traffic_name(uint64_t kind, uint64_t key);

}  // namespace ebpftrace::analyzer
