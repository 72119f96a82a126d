// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/content_text.h"

#include <sys/stat.h>

#include <algorithm>
#include <bit>

#include "analyzer/query/call_flow.h"
#include "analyzer/text/call_text.h"
#include "analyzer/text/content_bytes.h"
#include "analyzer/text/control_struct_text.h"
#include "analyzer/text/message_text.h"
#include "analyzer/text/quote.h"
#include "analyzer/text/sockaddr_text.h"
#include "analyzer/text/struct_text.h"

namespace ebpftrace::analyzer {
namespace {

void append_address(std::string& out, uint64_t address) {
  if (address)
    append_hex(out, address);
  else
    out += "NULL";
}

// [a, b, ...] of elements of `size` bytes; append_one(bytes of the element).
template <typename AppendOne>
void append_array(std::string& out, const ContentItem& item, size_t size, AppendOne&& append_one) {
  out += '[';
  for (size_t at = 0; at < item.bytes.size(); at += size) {
    if (at) out += ", ";
    const auto element = item.bytes.substr(at, size);
    if (element.size() < size) {
      out += kDamaged;
      break;
    }
    append_one(element);
  }
  if (item.cut()) out += item.bytes.empty() ? "..." : ", ...";
  out += ']';
}

template <typename Integer>
void append_integers(std::string& out, const ContentItem& item) {
  append_array(out, item, sizeof(Integer),
               [&](std::string_view one) { append_integer(out, read_at<Integer>(one, 0)); });
}

// The members of a set: [3 5]
void append_fd_set(std::string& out, const ContentItem& item, uint64_t descriptors) {
  out += '[';
  for (size_t at = 0; at < item.bytes.size(); ++at) {
    const auto byte = static_cast<unsigned char>(item.bytes[at]);
    for (unsigned bit = 0; bit < 8; ++bit) {
      if (!(byte >> bit & 1) || at * 8 + bit >= descriptors) continue;
      if (!out.ends_with('[')) out += ' ';
      append_integer(out, at * 8 + bit);
    }
  }
  if (item.cut()) out += " ...";
  out += ']';
}

// struct linux_dirent64, or of the older call struct linux_dirent, whose type is its last byte.
void append_directory(std::string& out, const ContentItem& item, bool old) {
  const size_t name_at = old ? 18 : 19;
  out += '[';
  for (std::string_view rest = item.bytes; rest.size() > name_at;) {
    const auto length = read_at<uint16_t>(rest, 16);
    const auto name = rest.substr(name_at, std::max<size_t>(length, name_at) - name_at);
    const size_t end = name.find('\0');
    if (!out.ends_with('[')) out += ", ";
    out += '{';
    append_field(out, "d_ino", read_at<uint64_t>(rest, 0));
    append_field_name(out, "d_name");
    append_quoted(out, name.substr(0, end), end == std::string_view::npos);
    out += '}';
    if (length <= name_at || length > rest.size()) break;  // cut here, or no directory at all
    rest.remove_prefix(length);
  }
  if (item.cut()) out += ", ...";
  out += ']';
}

bool append_option(std::string& out, const ContentItem& item, uint64_t level, uint64_t option) {
  constexpr uint64_t kSocket = 1, kReceiveTimeout = 20, kSendTimeout = 21, kLinger = 13;  // asm-generic/socket.h
  if (level == kSocket && (option == kReceiveTimeout || option == kSendTimeout) && item.bytes.size() == 16) {
    append_timeval(out, item.bytes);
  } else if (level == kSocket && option == kLinger && item.bytes.size() == 8) {
    fmt::format_to(std::back_inserter(out), "{{l_onoff={}, l_linger={}}}", read_at<int32_t>(item.bytes, 0),
                   read_at<int32_t>(item.bytes, 4));
  } else if (item.bytes.size() == 4) {
    append_integers<int32_t>(out, item);
  } else {
    return false;
  }
  return true;
}

// Arguments that are only pointers to the catalogue. False: nothing better than quoted bytes is known.
bool append_pointer(std::string& out, const trace::SyscallType& type, std::string_view name, const ContentItem& item,
                    std::span<const uint64_t, 6> args, const trace::SymbolSets& symbols) {
  if (name == "stat_addr" || type.name == "waitpid") {
    if (item.bytes.size() < 4)
      out += kDamaged;
    else
      append_wait_status(out, read_at<uint32_t>(item.bytes, 0), symbols);
    return true;
  }
  if (name == "dirent") {
    append_directory(out, item, type.name == "getdents");
    return true;
  }
  if (name == "optval") return append_option(out, item, args[1], args[2]);
  if (name == "grouplist" || type.name == "getresuid" || type.name == "getresgid") {
    append_integers<uint32_t>(out, item);
    return true;
  }
  return false;
}

// "a\0b\0" as ["a", "b"]
void append_strings(std::string& out, const ContentItem& item) {
  out += '[';
  for (std::string_view rest = item.bytes; !rest.empty();) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    if (!out.ends_with('[')) out += ", ";
    append_quoted(out, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (item.cut()) out += item.bytes.empty() ? "..." : ", ...";
  out += ']';
}

// The caller's own structure, not one that the call fills with something else at the same time.
void append_item(std::string& out, const trace::SyscallType& type, unsigned arg, const ContentItem& item,
                 ContentItems& parts, const ContentItems& all, std::span<const uint64_t, 6> args, uint64_t result,
                 const trace::SymbolSets& symbols, std::string_view structure, PassedFiles files) {
  const std::string_view kind = structure.empty() ? std::string_view(type.args[arg].type) : structure,
                         name = type.args[arg].name;
  if (kind == "string") return append_quoted(out, item.bytes, item.cut());
  if (kind == "sockaddr") {
    if (item.bytes.empty()) return append_address(out, args[arg]);  // the kernel had no address to give
    return append_sockaddr(out, item.bytes, symbols);
  }
  if (kind == "iovec") return append_vector(out, item, parts);
  if (kind == "msghdr") return append_message(out, item.bytes, parts, files, symbols);
  if (kind == "mmsghdr") return append_messages(out, item, is_error(result) ? 0 : result, parts, files, symbols);
  if (kind == "argv") return append_strings(out, item);
  if (kind == "fdset") return append_fd_set(out, item, args[0]);
  if (kind == "fdpair") return append_integers<int32_t>(out, item);
  if (kind == "sizeptr")
    return item.bytes.size() > 4 ? append_integers<uint64_t>(out, item) : append_integers<int32_t>(out, item);
  if (kind == "offsetptr") return append_integers<int64_t>(out, item);
  if (kind == "sigset") {
    if (item.bytes.size() < 8) return void(out += kDamaged);
    return append_sigset(out, read_at<uint64_t>(item.bytes, 0));
  }
  if (kind == "pollfd") {
    return append_array(out, item, 8, [&](std::string_view one) {
      out += '{';
      append_field(out, "fd", read_at<int32_t>(one, 0));
      if (read_at<int32_t>(one, 0) >= 0) {
        append_field_name(out, "events");
        trace::append_symbols(out, symbols, "flags:poll_events", read_at<uint16_t>(one, 4));
      }
      out += '}';
    });
  }
  if (kind == "epoll_event" && type.name != "epoll_ctl")
    return append_array(out, item, 12, [&](std::string_view one) { append_struct(out, kind, one, symbols); });
  const bool pair = name == "utimes" && (kind == "timespec" || kind == "timeval");
  if (pair)
    return append_array(out, item, 16, [&](std::string_view one) {
      const auto ns = kind == "timespec" && one.size() >= 16 ? read_at<uint64_t>(one, 8) : 0;
      if (ns == UTIME_NOW || ns == UTIME_OMIT)
        out += ns == UTIME_NOW ? "UTIME_NOW" : "UTIME_OMIT";
      else
        append_struct(out, kind, one, symbols);
    });
  if (append_struct(out, kind, item.bytes, symbols)) return;
  if (is_control_struct(kind)) return append_control_struct(out, kind, item, args[arg], all, symbols);
  if (kind == "pointer" && append_pointer(out, type, name, item, args, symbols)) return;
  std::string_view bytes = item.bytes;
  if (type.name == "getcwd" && !item.cut() && bytes.ends_with('\0')) bytes.remove_suffix(1);  // which its result counts
  append_quoted(out, bytes, item.cut());
}

}  // namespace

void append_content(std::string& out, const trace::SyscallType& type, unsigned arg, const ContentItems& items,
                    std::span<const uint64_t, 6> args, uint64_t result, const trace::SymbolSets& symbols,
                    std::string_view structure, const FileTable* files) {
  if (arg >= args.size()) return;
  ContentItems at = items.find(arg);
  const auto item = at.next();
  if (!item || item->unreadable || arg >= type.args.size()) return append_address(out, args[arg]);
  append_item(out, type, arg, *item, at, items, args, result, symbols, structure, PassedFiles(items, files));
}

// What the call left where it had found something else: poll's revents, select's sets and time left.
void append_content_result(std::string& out, const trace::SyscallType& type, const ContentItems& items,
                           std::span<const uint64_t, 6> args, uint64_t result, const trace::SymbolSets& symbols) {
  const bool poll = type.alias == "poll" || type.name == "poll" || type.name == "ppoll";
  const bool select = type.name == "select" || type.name == "pselect6" || type.name == "_newselect";
  if ((!poll && !select) || static_cast<int64_t>(result) < 0) return;
  const size_t start = out.size();
  auto separate = [&] { out += out.size() == start ? " (" : ", "; };
  if (result == 0) {
    separate();
    out += "Timeout";
  }
  static constexpr std::string_view kSets[] = {"", "in ", "out ", "exc "};
  ContentItems rest = items;
  while (const auto item = rest.next()) {
    if (item->at_entry || item->part || item->unreadable || item->arg >= type.args.size()) continue;
    const std::string_view kind = type.args[item->arg].type;
    if (kind == "pollfd" && result) {
      separate();
      out += '[';
      for (size_t entry = 0; entry + 8 <= item->bytes.size(); entry += 8) {
        const auto events = read_at<uint16_t>(item->bytes, entry + 6);
        if (!events) continue;
        if (!out.ends_with('[')) out += ", ";
        out += '{';
        append_field(out, "fd", read_at<int32_t>(item->bytes, entry));
        append_field_name(out, "revents");
        trace::append_symbols(out, symbols, "flags:poll_events", events);
        out += '}';
      }
      if (item->cut()) out += ", ...";
      out += ']';
    } else if (kind == "fdset" && result && item->arg < std::size(kSets) &&
               std::any_of(item->bytes.begin(), item->bytes.end(), [](char c) { return c != 0; })) {
      separate();
      out += kSets[item->arg];
      append_fd_set(out, *item, args[0]);
    } else if ((kind == "timespec" || kind == "timeval") && result) {
      separate();
      out += "left ";
      append_struct(out, kind, item->bytes, symbols);
    }
  }
  if (out.size() > start) out += ')';
}

}  // namespace ebpftrace::analyzer
