// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/sockaddr_text.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <iterator>

#include "analyzer/text/content_bytes.h"
#include "analyzer/text/quote.h"

namespace ebpftrace::analyzer {
namespace {

uint16_t port_of(std::string_view bytes) { return ntohs(read_at<uint16_t>(bytes, 2)); }

void append_inet(std::string& out, std::string_view bytes) {
  char text[INET_ADDRSTRLEN] = "";
  const auto address = read_at<uint32_t>(bytes, 4);
  ::inet_ntop(AF_INET, &address, text, sizeof text);
  fmt::format_to(std::back_inserter(out), ", sin_port=htons({}), sin_addr=inet_addr(\"{}\")", port_of(bytes), text);
}

void append_inet6(std::string& out, std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, bytes.data() + 8, text, sizeof text);
  fmt::format_to(
      std::back_inserter(out),
      ", sin6_port=htons({}), sin6_flowinfo=htonl({}), inet_pton(AF_INET6, \"{}\", &sin6_addr), sin6_scope_id={}",
      port_of(bytes), ntohl(read_at<uint32_t>(bytes, 4)), text, read_at<uint32_t>(bytes, 24));
}

// A path ends with a zero byte or with the address, an abstract name (which begins with one) with the address.
void append_unix(std::string& out, std::string_view bytes) {
  std::string_view path = bytes.substr(2);
  if (path.empty()) return;
  out += ", sun_path=";
  if (path.front() == '\0') {
    out += '@';
    path.remove_prefix(1);
  } else {
    path = path.substr(0, path.find('\0'));
  }
  append_quoted(out, path);
}

}  // namespace

void append_sockaddr(std::string& out, std::string_view bytes, const trace::SymbolSets& symbols) {
  if (bytes.size() < 2) {
    out += kDamaged;
    return;
  }
  const auto family = read_at<uint16_t>(bytes, 0);
  out += "{sa_family=";
  if (family == AF_INET)
    out += "AF_INET";
  else if (family == AF_INET6)
    out += "AF_INET6";
  else if (family == AF_UNIX)
    out += "AF_UNIX";
  else if (family == AF_NETLINK)
    out += "AF_NETLINK";
  else
    trace::append_symbols(out, symbols, "enum:socket_domain", family);
  if (family == AF_INET && bytes.size() >= 8)
    append_inet(out, bytes);
  else if (family == AF_INET6 && bytes.size() >= 24)
    append_inet6(out, bytes);
  else if (family == AF_UNIX)
    append_unix(out, bytes);
  else if (family == AF_NETLINK && bytes.size() >= 12)
    fmt::format_to(std::back_inserter(out), ", nl_pid={}, nl_groups={:08x}", read_at<uint32_t>(bytes, 4),
                   read_at<uint32_t>(bytes, 8));
  else if (bytes.size() > 2) {
    out += ", sa_data=";
    append_quoted(out, bytes.substr(2));
  }
  out += '}';
}

}  // namespace ebpftrace::analyzer
