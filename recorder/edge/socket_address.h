// SPDX-License-Identifier: Apache-2.0
// Addresses as the XDP program keeps them (16 bytes, IPv4 as ::ffff:a.b.c.d, ports in host order) in the forms of the
// trace (struct sockaddr_in or sockaddr_in6) and of people.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>
#include <string>

#include "bpf/edge_shared.h"

namespace ebpftrace::recorder {

inline std::string socket_address(const u8* address, unsigned family, uint16_t port) {
  if (family == 4) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    std::memcpy(&to.sin_addr, address + 12, 4);
    return {reinterpret_cast<const char*>(&to), sizeof to};
  }
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(port);
  std::memcpy(&to.sin6_addr, address, ADDRESS_BYTES);
  return {reinterpret_cast<const char*>(&to), sizeof to};
}

inline std::string address_text(const u8* address, unsigned family) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(family == 4 ? AF_INET : AF_INET6, family == 4 ? address + 12 : address, text, sizeof text);
  return text;
}

inline bool has_ports(uint8_t protocol) {
  return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

}  // namespace ebpftrace::recorder
