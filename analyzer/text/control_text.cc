// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/control_text.h"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/in.h>
#include <linux/socket.h>

#include <algorithm>
#include <string_view>

#include "analyzer/text/call_args.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/content_bytes.h"
#include "analyzer/text/quote.h"
#include "analyzer/text/sockaddr_text.h"
#include "analyzer/text/struct_text.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kHeader = 16;  // struct cmsghdr: u64 length, int level, int type
constexpr uint32_t kSocket = 1, kIp = 0;
// asm-generic/socket.h, linux/socket.h
enum : uint32_t {
  kRights = 1,
  kCredentials = 2,
  kSecurity = 3,
  kPidfd = 4,
  kTimestampOld = 29,
  kTimestampNsOld = 35,
  kTimestampingOld = 37,
  kTimestampNew = 63,
  kTimestampNsNew = 64,
  kTimestampingNew = 65,
};

std::string_view type_name(uint32_t level, uint32_t type) {
  if (level == kSocket) {
    switch (type) {
      case kRights:
        return "SCM_RIGHTS";
      case kCredentials:
        return "SCM_CREDENTIALS";
      case kSecurity:
        return "SCM_SECURITY";
      case kPidfd:
        return "SCM_PIDFD";
      case kTimestampOld:
        return "SO_TIMESTAMP_OLD";
      case kTimestampNsOld:
        return "SO_TIMESTAMPNS_OLD";
      case kTimestampingOld:
        return "SO_TIMESTAMPING_OLD";
      case kTimestampNew:
        return "SO_TIMESTAMP_NEW";
      case kTimestampNsNew:
        return "SO_TIMESTAMPNS_NEW";
      case kTimestampingNew:
        return "SO_TIMESTAMPING_NEW";
    }
  } else if (level == kIp) {
    switch (type) {
      case IP_TOS:
        return "IP_TOS";
      case IP_TTL:
        return "IP_TTL";
      case kSecurity:
        return "SCM_SECURITY";
      case IP_RECVOPTS:
        return "IP_RECVOPTS";
      case IP_RETOPTS:
        return "IP_RETOPTS";
      case IP_PKTINFO:
        return "IP_PKTINFO";
      case IP_RECVERR:
        return "IP_RECVERR";
      case IP_ORIGDSTADDR:
        return "IP_ORIGDSTADDR";
      case IP_CHECKSUM:
        return "IP_CHECKSUM";
    }
  }
  return {};
}

// As printf's %#x.
void append_hex_or_zero(std::string& out, uint32_t value) {
  if (value)
    append_hex(out, value);
  else
    out += '0';
}

// [a, b] of the elements that are whole; append_one(bytes of the element).
template <typename AppendOne>
void append_array(std::string& out, std::string_view data, size_t size, AppendOne&& append_one) {
  out += '[';
  for (; data.size() >= size; data.remove_prefix(size)) {
    append_one(data.substr(0, size));
    if (data.size() >= 2 * size) out += ", ";
  }
  out += ']';
}

void append_descriptor(std::string& out, std::string_view data, PassedFiles& files) {
  append_integer(out, read_at<int32_t>(data, 0));
  append_file(out, files.next());
}

void append_inet_field(std::string& out, std::string_view name, std::string_view address) {
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, address.data(), text, sizeof text);
  append_field_name(out, name);
  out += "inet_addr(\"";
  out += text;
  out += "\")";
}

// False: nothing better than the type is known.
bool append_socket_data(std::string& out, uint32_t type, std::string_view data, PassedFiles& files) {
  switch (type) {
    case kRights:
      if (data.size() < 4) return false;
      append_array(out, data, 4, [&](std::string_view one) { append_descriptor(out, one, files); });
      return true;
    case kPidfd:
      if (data.size() < 4) return false;
      append_descriptor(out, data, files);
      // The recorder notes a file for every descriptor that there is room for.
      for (size_t more = data.size() / 4; more > 1; --more) files.next();
      return true;
    case kCredentials:
      if (data.size() < 12) return false;
      fmt::format_to(std::back_inserter(out), "{{pid={}, uid={}, gid={}}}", read_at<int32_t>(data, 0),
                     read_at<uint32_t>(data, 4), read_at<uint32_t>(data, 8));
      return true;
    case kSecurity:
      append_quoted(out, data);
      return true;
    case kTimestampOld:
    case kTimestampNew:
      append_timeval(out, data);
      return true;
    case kTimestampNsOld:
    case kTimestampNsNew:
      append_timespec(out, data);
      return true;
    case kTimestampingOld:
    case kTimestampingNew:
      append_array(out, data.substr(0, 48), 16, [&](std::string_view one) { append_timespec(out, one); });
      return true;
    default:
      return false;
  }
}

bool append_ip_data(std::string& out, uint32_t type, std::string_view data, const trace::SymbolSets& symbols) {
  switch (type) {
    case IP_PKTINFO:
      if (data.size() < 12) return false;
      out += '{';
      append_field(out, "ipi_ifindex", read_at<uint32_t>(data, 0));  // whose name then is not known
      append_inet_field(out, "ipi_spec_dst", data.substr(4));
      append_inet_field(out, "ipi_addr", data.substr(8));
      out += '}';
      return true;
    case IP_TTL:
    case IP_CHECKSUM:
      if (data.size() < 4) return false;
      append_array(out, data, 4, [&](std::string_view one) { append_integer(out, read_at<uint32_t>(one, 0)); });
      return true;
    case IP_TOS:
    case IP_RECVOPTS:
    case IP_RETOPTS:
      if (data.empty()) return false;
      append_array(out, data, 1,
                   [&](std::string_view one) { append_hex_or_zero(out, static_cast<unsigned char>(one[0])); });
      return true;
    case IP_RECVERR:
      if (data.size() < sizeof(sock_extended_err) + 16) return false;
      out += '{';
      append_field(out, "ee_errno", read_at<uint32_t>(data, 0));
      append_field(out, "ee_origin", static_cast<uint32_t>(read_at<uint8_t>(data, 4)));
      append_field(out, "ee_type", static_cast<uint32_t>(read_at<uint8_t>(data, 5)));
      append_field(out, "ee_code", static_cast<uint32_t>(read_at<uint8_t>(data, 6)));
      append_field(out, "ee_info", read_at<uint32_t>(data, 8));
      append_field(out, "ee_data", read_at<uint32_t>(data, 12));
      append_field_name(out, "offender");
      append_sockaddr(out, data.substr(sizeof(sock_extended_err), 16), symbols);
      out += '}';
      return true;
    case IP_ORIGDSTADDR:
      if (data.size() < 16) return false;
      append_sockaddr(out, data, symbols);
      return true;
    case kSecurity:
      append_quoted(out, data);
      return true;
    default:
      return false;
  }
}

void append_one(std::string& out, uint64_t length, uint32_t level, uint32_t type, std::string_view data,
                PassedFiles& files, const trace::SymbolSets& symbols) {
  out += '{';
  append_field(out, "cmsg_len", length);
  append_field_name(out, "cmsg_level");
  trace::append_symbols(out, symbols, "enum:sockopt_level", level);
  append_field_name(out, "cmsg_type");
  if (const std::string_view name = type_name(level, type); !name.empty())
    out += name;
  else
    append_hex_or_zero(out, type);
  const size_t before = out.size();
  append_field_name(out, "cmsg_data");
  if (!(level == kSocket ? append_socket_data(out, type, data, files)
                         : level == kIp && append_ip_data(out, type, data, symbols)))
    out.resize(before);
  out += '}';
}

}  // namespace

bool append_control(std::string& out, const ContentItem& control, PassedFiles& files,
                    const trace::SymbolSets& symbols) {
  std::string_view rest = control.bytes;
  if (rest.size() < kHeader) return false;
  bool more = control.cut();
  out += '[';
  while (rest.size() >= kHeader) {
    const auto length = read_at<uint64_t>(rest, 0);
    const auto whole = static_cast<size_t>(std::min<uint64_t>(length, rest.size()));
    if (!out.ends_with('[')) out += ", ";
    append_one(out, length, read_at<uint32_t>(rest, 8), read_at<uint32_t>(rest, 12),
               whole > kHeader ? rest.substr(kHeader, whole - kHeader) : std::string_view(), files, symbols);
    if (length < kHeader) {
      more = more || rest.size() > kHeader;
      rest = {};
      break;
    }
    rest.remove_prefix(std::min((whole + 7) & ~size_t{7}, rest.size()));
  }
  if (more || !rest.empty()) out += ", ...";
  out += ']';
  return true;
}

}  // namespace ebpftrace::analyzer
