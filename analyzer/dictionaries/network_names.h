// SPDX-License-Identifier: Apache-2.0
// Addresses and counters of network events for people and scripts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "trace/read/trace_catalogue.h"

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

// What rows of traffic count, by the trace's own names. Good for as long as the catalogue.
class TrafficNames {
 public:
  explicit TrafficNames(const trace::Catalogue& catalogue);

  bool knows(uint64_t kind, uint64_t key) const;       // else it is of a later version
  std::string kind(uint64_t kind) const;               // "protocol", "port"
  std::string key(uint64_t kind, uint64_t key) const;  // which of its kind: "tcp over ipv4", "udp 53"

 private:
  const trace::ValueNames &kinds_, &ip_protocols_, &others_, &outcomes_, &verdicts_, &table_;
};

}  // namespace ebpftrace::analyzer
