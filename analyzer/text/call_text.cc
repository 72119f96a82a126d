// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/call_text.h"

#include <string.h>

#include <algorithm>

#include "analyzer/text/quote.h"

namespace ebpftrace::analyzer {
void append_errno(std::string& out, unsigned number) {
  if (const char* name = ::strerrorname_np(static_cast<int>(number))) {
    out += name;
    return;
  }
  switch (number) {  // linux/errno.h, "should never be seen by user programs"; a tracer sees them
    case 512:
      out += "ERESTARTSYS";
      return;
    case 513:
      out += "ERESTARTNOINTR";
      return;
    case 514:
      out += "ERESTARTNOHAND";
      return;
    case 515:
      out += "ENOIOCTLCMD";
      return;
    case 516:
      out += "ERESTART_RESTARTBLOCK";
      return;
    case 524:
      out += "ENOTSUPP";
      return;
    default:
      out += "E" + std::to_string(number);
  }
}

std::string errno_name(unsigned number) {
  std::string name;
  append_errno(name, number);
  return name;
}

std::string_view errno_text(unsigned number) {
  const char* text = ::strerrordesc_np(static_cast<int>(number));
  return text ? text : std::string_view();
}

std::string signal_name(unsigned number) {
  if (number == 0) return "0";
  if (number == 29) return "SIGIO";  // glibc prefers its other name, SIGPOLL
  if (number < 32)
    if (const char* name = ::sigabbrev_np(static_cast<int>(number))) return std::string("SIG") + name;
  if (number == 32) return "SIGRTMIN";
  return number > 32 && number <= 64 ? "SIGRT_" + std::to_string(number - 32) : std::to_string(number);
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

void append_hex_or_zero(std::string& out, uint64_t value) {
  if (value)
    append_hex(out, value);
  else
    out += '0';
}

void append_pointer(std::string& out, uint64_t value) {
  if (value)
    append_hex(out, value);
  else
    out += "NULL";
}

void append_name(std::string& out, size_t start, std::string_view name) {
  if (out.size() > start) out += ", ";
  out += name;
  out += '=';
}

void append_text(std::string& out, const trace::BlockText& text) {
  if (text.unreadable || !text.present)
    out += "NULL";
  else
    append_quoted(out, text.bytes, text.cut || text.at_least);
}

void append_argv(std::string& out, const trace::BlockText& argv) {
  out += '[';
  std::string_view rest = argv.bytes;
  for (bool first = true; !rest.empty(); first = false) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    const bool last = end == rest.size();  // without its zero byte: cut off
    if (!first) out += ", ";
    append_quoted(out, rest.substr(0, end), last && (argv.cut || argv.at_least));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (argv.cut || argv.at_least) out += ", ...";
  out += ']';
}

}  // namespace ebpftrace::analyzer
