// SPDX-License-Identifier: Apache-2.0
// Names of transport protocols (RFC 790 and its successors, IANA "Protocol Numbers"), as rules, findings and answers have them.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ebpftrace {

struct IpProtocol {
  std::string_view name;
  uint8_t number;
};
inline constexpr IpProtocol kIpProtocols[] = {{"tcp", IPPROTO_TCP},
                                              {"udp", IPPROTO_UDP},
                                              {"icmp", IPPROTO_ICMP},
                                              {"icmpv6", IPPROTO_ICMPV6},
                                              {"sctp", IPPROTO_SCTP},
                                              {"gre", IPPROTO_GRE},
                                              {"esp", IPPROTO_ESP},
                                              {"ah", IPPROTO_AH},
                                              {"igmp", IPPROTO_IGMP},
                                              {"hop-by-hop", IPPROTO_HOPOPTS},
                                              {"routing", IPPROTO_ROUTING},
                                              {"fragment", IPPROTO_FRAGMENT},
                                              {"destination-options", IPPROTO_DSTOPTS},
                                              {"mobility", IPPROTO_MH}};

inline std::optional<uint8_t> ip_protocol_named(std::string_view name) {
  for (const IpProtocol& protocol : kIpProtocols)
    if (protocol.name == name) return protocol.number;
  return std::nullopt;
}

// Its number if it has no name here.
inline std::string ip_protocol_name(uint64_t number) {
  for (const IpProtocol& protocol : kIpProtocols)
    if (protocol.number == number) return std::string(protocol.name);
  return std::to_string(number);
}

}  // namespace ebpftrace
