// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/socket_text.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <optional>

#include "analyzer/text/quote.h"

namespace ebpftrace::analyzer {
namespace {

// As much of the address as there is; the rest reads as zeros.
template <typename Address>
Address read(std::string_view bytes) {
  Address address{};
  std::memcpy(&address, bytes.data(), std::min(bytes.size(), sizeof address));
  return address;
}

sa_family_t family_of(std::string_view address) {
  return address.size() < sizeof(sa_family_t) ? sa_family_t{AF_UNSPEC} : read<sockaddr>(address).sa_family;
}

// "127.0.0.1:80", "[::1]:80"
std::string internet(std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  if (family_of(bytes) == AF_INET) {
    const auto address = read<sockaddr_in>(bytes);
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    return fmt::format("{}:{}", text, ntohs(address.sin_port));
  }
  const auto address = read<sockaddr_in6>(bytes);
  ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
  return fmt::format("[{}]:{}", text, ntohs(address.sin6_port));
}

std::string protocol_name(int family, unsigned type, unsigned protocol) {
  std::string name;
  switch (protocol) {
    case IPPROTO_TCP:
      name = "TCP";
      break;
    case IPPROTO_UDP:
      name = "UDP";
      break;
    case IPPROTO_UDPLITE:
      name = "UDPLITE";
      break;
    case IPPROTO_SCTP:
      name = "SCTP";
      break;
    case IPPROTO_MPTCP:
      name = "MPTCP";
      break;
    case IPPROTO_ICMP:
      return "PING";
    case IPPROTO_ICMPV6:
      return "PINGv6";
    default:
      name = type == SOCK_RAW ? "RAW" : fmt::format("IPPROTO {}", protocol);
  }
  return family == AF_INET6 ? name + "v6" : name;
}

std::optional<std::string> unix_name(std::string_view bytes) {
  constexpr size_t kPath = offsetof(sockaddr_un, sun_path);
  if (bytes.size() <= kPath) return std::nullopt;
  std::string_view path = bytes.substr(kPath);
  std::string text;
  if (path[0] == '\0') {  // an abstract name has its length from the address, and is shown with an at sign
    text = "@";
    path.remove_prefix(1);
  } else {
    path = path.substr(0, path.find('\0'));
  }
  append_quoted(text, path);
  return text;
}

std::string_view unix_type(unsigned type) {
  return type == SOCK_STREAM      ? "UNIX-STREAM"
         : type == SOCK_DGRAM     ? "UNIX-DGRAM"
         : type == SOCK_SEQPACKET ? "UNIX-SEQPACKET"
                                  : "UNIX";
}

}  // namespace

std::string socket_text(unsigned type, unsigned protocol, std::string_view local, std::string_view remote,
                        std::string_view path) {
  // Without addresses it goes by its inode: "socket:[123]" has it.
  const std::string_view number = path.starts_with("socket:") ? path.substr(path.find(':')) : ":[]";
  const sa_family_t family = family_of(local) != AF_UNSPEC ? family_of(local) : family_of(remote);
  if (family == AF_INET || family == AF_INET6) {
    const bool bound = family_of(local) == family && local.size() > sizeof(sa_family_t),
               connected = family_of(remote) == family;
    if (!bound && !connected) return fmt::format("{}{}", protocol_name(family, type, protocol), number);
    std::string ends = bound ? internet(local) : "";
    if (connected) ends += "->" + internet(remote);
    return fmt::format("{}:[{}]", protocol_name(family, type, protocol), ends);
  }
  if (family == AF_UNIX) {
    const auto here = unix_name(local), there = unix_name(remote);
    if (!here && !there) return fmt::format("{}{}", unix_type(type), number);
    return fmt::format("{}:[{}{}{}]", unix_type(type), here.value_or(""), there ? "->" : "", there.value_or(""));
  }
  if (family == AF_NETLINK && local.size() >= sizeof(sockaddr_nl)) {
    static constexpr std::string_view kProtocols[] = {
        "ROUTE", "UNUSED",     "USERSOCK",  "FIREWALL",  "SOCK_DIAG", "NFLOG",   "XFRM",           "SELINUX", "ISCSI",
        "AUDIT", "FIB_LOOKUP", "CONNECTOR", "NETFILTER", "IP6_FW",    "DNRTMSG", "KOBJECT_UEVENT", "GENERIC"};
    const std::string name =
        protocol < std::size(kProtocols) ? std::string(kProtocols[protocol]) : std::to_string(protocol);
    return fmt::format("NETLINK:[{}:{}]", name, read<sockaddr_nl>(local).nl_pid);
  }
  return {};
}

}  // namespace ebpftrace::analyzer
