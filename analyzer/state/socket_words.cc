// SPDX-License-Identifier: Apache-2.0
#include "analyzer/state/socket_words.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>

#include "analyzer/dictionaries/network_names.h"
#include "analyzer/text/content_bytes.h"

namespace ebpftrace::analyzer {
namespace {

sa_family_t family_of(std::string_view address) { return read_at<sa_family_t>(address, 0); }

}  // namespace

std::string socket_protocol(const SocketFact& socket) {
  const sa_family_t family = family_of(socket.local) ? family_of(socket.local) : family_of(socket.remote);
  switch (family) {
    case AF_UNIX:
      return socket.type == SOCK_STREAM ? "u_str" : socket.type == SOCK_DGRAM ? "u_dgr" : "u_seq";
    case AF_NETLINK:
      return "nl";
    case AF_PACKET:
      return socket.type == SOCK_RAW ? "p_raw" : "p_dgr";
    case AF_VSOCK:
      return socket.type == SOCK_STREAM ? "v_str" : "v_dgr";
    case AF_INET:
    case AF_INET6:
      if (socket.type == SOCK_RAW) return "raw";
      switch (socket.protocol) {
        case IPPROTO_TCP:
          return "tcp";
        case IPPROTO_UDP:
          return "udp";
        case IPPROTO_UDPLITE:
          return "udplite";
        case IPPROTO_SCTP:
          return "sctp";
        case IPPROTO_MPTCP:
          return "mptcp";
        case IPPROTO_DCCP:
          return "dccp";
        case IPPROTO_ICMP:
          return "icmp";
        case IPPROTO_ICMPV6:
          return "icmp6";
        default:
          return socket.type == SOCK_STREAM ? "tcp" : socket.type == SOCK_DGRAM ? "udp" : "";
      }
    default:
      return "";
  }
}

std::vector<std::string> socket_protocols() {
  return {"tcp",   "udp",   "udplite", "sctp", "mptcp", "dccp",  "icmp",  "icmp6", "raw",
          "u_str", "u_dgr", "u_seq",   "nl",   "p_raw", "p_dgr", "v_str", "v_dgr"};
}

std::string socket_address(std::string_view address) {
  if (const auto internet = InternetAddress::from(address))
    return internet->port || !internet->any() ? internet->text(true) : "";
  if (family_of(address) == AF_UNIX) {
    constexpr size_t kPath = offsetof(sockaddr_un, sun_path);
    if (address.size() <= kPath) return "";
    std::string_view path = address.substr(kPath);
    if (path[0] != '\0') return std::string(path.substr(0, path.find('\0')));
    return "@" + std::string(path.substr(1));
  }
  if (family_of(address) == AF_NETLINK && address.size() >= sizeof(sockaddr_nl))
    return std::to_string(read_at<uint32_t>(address, offsetof(sockaddr_nl, nl_pid)));
  return "";
}

}  // namespace ebpftrace::analyzer
