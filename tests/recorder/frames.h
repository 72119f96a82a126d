// SPDX-License-Identifier: Apache-2.0
// Frames as they are on the wire, put together header by header for tests and measurements of the XDP program.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ebpftrace::recorder {

using Bytes = std::vector<uint8_t>;

inline void put16(Bytes& to, unsigned value) {
  to.insert(to.end(), {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)});
}
inline void put_address(Bytes& to, const std::string& text) {
  uint8_t address[16];
  const bool four = text.find(':') == std::string::npos;
  ::inet_pton(four ? AF_INET : AF_INET6, text.c_str(), address);
  to.insert(to.end(), address, address + (four ? 4 : 16));
}
inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Bytes ethernet(unsigned type) {
  Bytes to{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  put16(to, type);
  return to;
}
inline Bytes vlan(unsigned id, unsigned type) {
  Bytes to;
  put16(to, id);
  put16(to, type);
  return to;
}
inline Bytes ipv4(unsigned protocol, const Bytes& payload, const std::string& source = "10.0.0.1",
                  const std::string& destination = "10.0.0.2", unsigned fragment = 0, unsigned option_words = 0) {
  Bytes to{static_cast<uint8_t>(0x45 + option_words), 0};
  put16(to, static_cast<unsigned>(20 + 4 * option_words + payload.size()));
  put16(to, 7);
  put16(to, fragment);
  to.insert(to.end(), {64, static_cast<uint8_t>(protocol), 0, 0});
  put_address(to, source);
  put_address(to, destination);
  to.resize(20 + 4 * option_words, 1);
  return to + payload;
}
inline Bytes ipv6(unsigned next, const Bytes& payload, const std::string& source = "fd00::1",
                  const std::string& destination = "fd00::2") {
  Bytes to{0x60, 0, 0, 0};
  put16(to, static_cast<unsigned>(payload.size()));
  to.insert(to.end(), {static_cast<uint8_t>(next), 64});
  put_address(to, source);
  put_address(to, destination);
  return to + payload;
}
inline Bytes extension(unsigned next, unsigned words = 0) {
  Bytes to{static_cast<uint8_t>(next), static_cast<uint8_t>(words)};
  to.resize(8 + 8 * words);
  return to;
}
inline Bytes fragment(unsigned next, unsigned offset, bool more) {
  Bytes to{static_cast<uint8_t>(next), 0};
  put16(to, offset << 3 | more);
  to.resize(8);
  return to;
}
inline Bytes authentication(unsigned next, unsigned words = 4) {
  Bytes to{static_cast<uint8_t>(next), static_cast<uint8_t>(words)};  // 24 bytes
  to.resize((words + 2) * 4);
  return to;
}
inline Bytes tcp(unsigned source, unsigned destination, unsigned flags = 2, unsigned option_words = 0) {
  Bytes to;
  put16(to, source);
  put16(to, destination);
  to.resize(12);
  to.insert(to.end(), {static_cast<uint8_t>((5 + option_words) << 4), static_cast<uint8_t>(flags)});
  to.resize(20 + 4 * option_words);
  return to;
}
inline Bytes udp(unsigned source, unsigned destination, size_t payload = 4) {
  Bytes to;
  put16(to, source);
  put16(to, destination);
  put16(to, static_cast<unsigned>(8 + payload));
  to.resize(8 + payload);
  return to;
}
inline Bytes icmp(unsigned type, unsigned code = 0, unsigned id = 77) {
  Bytes to{static_cast<uint8_t>(type), static_cast<uint8_t>(code), 0, 0};
  put16(to, id);
  to.resize(8);
  return to;
}
inline Bytes sctp(unsigned source, unsigned destination) {
  Bytes to;
  put16(to, source);
  put16(to, destination);
  to.resize(12);
  return to;
}
inline Bytes gre(unsigned flags, unsigned protocol) {
  Bytes to;
  put16(to, flags);
  put16(to, protocol);
  to.resize(4 + (flags & 0xc000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) + (flags & 0x1000 ? 4 : 0));
  return to;
}

}  // namespace ebpftrace::recorder
