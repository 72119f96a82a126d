// SPDX-License-Identifier: Apache-2.0
#include "analyzer/call_text.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <iterator>

namespace ebpftrace {
namespace {

constexpr int32_t kAtFdcwd = -100;  // linux/fcntl.h

void append_quoted(std::string& out, std::string_view bytes) {
  out += '"';
  for (char c : bytes) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += c;
    }
  }
  out += '"';
}

template <typename Integer>
void append_decimal(std::string& out, Integer value) {
  fmt::format_int text(value);
  out.append(text.data(), text.size());
}

bool is_pointer(std::string_view type) {
  static constexpr std::string_view kPlain[] = {"dev", "flags", "address", "arg", "ipckey", "aioctx"};
  return std::find(std::begin(kPlain), std::end(kPlain), type) == std::end(kPlain) && !type.starts_with("flags:") &&
         !type.starts_with("enum:");
}

void append_value(std::string& out, std::string_view type, uint64_t value) {
  const auto as_int = static_cast<int32_t>(value);
  if (type == "fd" || type == "newfd" || type == "int" || type == "pid") {
    append_decimal(out, as_int);
  } else if (type == "dirfd") {
    if (as_int == kAtFdcwd)
      out += "AT_FDCWD";
    else
      append_decimal(out, as_int);
  } else if (type == "uid" || type == "gid") {
    if (as_int == -1)
      out += "-1";
    else
      append_decimal(out, static_cast<uint32_t>(value));
  } else if (type == "size" || type == "uint" ||
             (type.starts_with("enum:") && type != "enum:ioctl" && value < 0x10000)) {
    append_decimal(out, value);
  } else if (type == "offset") {
    append_decimal(out, static_cast<int64_t>(value));
  } else if (type == "mode") {
    fmt::format_to(std::back_inserter(out), "{:#o}", value);
  } else if (type == "signal") {
    out += signal_name(static_cast<uint32_t>(value));
  } else if (value == 0) {
    out += is_pointer(type) ? "NULL" : "0";
  } else {
    append_hex(out, value);
  }
}

}  // namespace

std::string errno_name(unsigned number) {
  if (const char* name = ::strerrorname_np(static_cast<int>(number))) return name;
  switch (number) {  // linux/errno.h, "should never be seen by user programs"; a tracer sees them
    case 512:
      return "ERESTARTSYS";
    case 513:
      return "ERESTARTNOINTR";
    case 514:
      return "ERESTARTNOHAND";
    case 515:
      return "ENOIOCTLCMD";
    case 516:
      return "ERESTART_RESTARTBLOCK";
    default:
      return "E" + std::to_string(number);
  }
}

std::string signal_name(unsigned number) {
  if (number == 0) return "0";
  if (const char* name = ::sigabbrev_np(static_cast<int>(number))) return std::string("SIG") + name;
  return number >= 32 && number <= 64 ? "SIGRT" + std::to_string(number) : std::to_string(number);
}

void append_hex(std::string& out, uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  char text[16];
  size_t at = sizeof text;
  do {
    text[--at] = kDigits[value & 15];
    value >>= 4;
  } while (value);
  out += "0x";
  out.append(text + at, sizeof text - at);
}

void append_name(std::string& out, size_t start, std::string_view name) {
  if (out.size() > start) out += ", ";
  out += name;
  out += '=';
}

void append_text(std::string& out, const BlockText& text) {
  if (text.unreadable) {
    out += "<unreadable>";
    return;
  }
  append_quoted(out, text.bytes);
  if (text.cut || text.at_least) out += "...";
}

void append_argv(std::string& out, const BlockText& argv) {
  if (argv.unreadable) {
    out += "<unreadable>";
    return;
  }
  out += '[';
  std::string_view rest = argv.bytes;
  for (bool first = true; !rest.empty(); first = false) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    if (!first) out += ", ";
    append_quoted(out, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (argv.cut || argv.at_least) out += "...";
  out += ']';
}

void append_call_args(std::string& out, const SyscallType* type, std::span<const uint64_t, 6> args,
                      const BlockText& path, const BlockText& path2) {
  const size_t start = out.size();
  if (!type) {
    size_t used = args.size();
    while (used && !args[used - 1]) --used;
    for (size_t i = 0; i < used; ++i) {
      append_name(out, start, "arg" + std::to_string(i));
      append_hex(out, args[i]);
    }
    return;
  }
  // A successful exec leaves no registers behind: what it was called with is in the exec event.
  const bool no_registers =
      type->alias == "execve" && std::all_of(args.begin(), args.end(), [](uint64_t a) { return a == 0; });
  const BlockText* texts[] = {&path, &path2};
  size_t paths = 0;
  for (size_t i = 0; i < std::min(type->args.size(), args.size()); ++i) {
    const SyscallArg& arg = type->args[i];
    const BlockText* text = arg.type == "path" && paths < 2 ? texts[paths++] : nullptr;
    if (no_registers && !(text && text->present)) continue;
    append_name(out, start, arg.name);
    if (text && text->present)
      append_text(out, *text);
    else
      append_value(out, arg.type, args[i]);
  }
}

}  // namespace ebpftrace
