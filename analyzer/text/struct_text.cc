// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/struct_text.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <bit>
#include <iterator>
#include <utility>

#include "analyzer/text/call_text.h"
#include "analyzer/text/content_bytes.h"
#include "analyzer/text/quote.h"

namespace ebpftrace::analyzer {
namespace {

void append_hex_field(std::string& out, std::string_view name, uint64_t value) {
  append_field_name(out, name);
  append_hex(out, value);
}

void append_flags_field(std::string& out, std::string_view name, const trace::SymbolSets& symbols, std::string_view set,
                        uint64_t value) {
  append_field_name(out, name);
  trace::append_symbols(out, symbols, set, value);
}

void append_octal(std::string& out, unsigned mode) {
  fmt::format_to(std::back_inserter(out), "{}{:03o}", mode > 077 ? "0" : "", mode);
}

void append_file_mode(std::string& out, unsigned mode) {
  static constexpr std::pair<unsigned, std::string_view> kTypes[] = {
      {S_IFREG, "S_IFREG"}, {S_IFSOCK, "S_IFSOCK"}, {S_IFIFO, "S_IFIFO"}, {S_IFLNK, "S_IFLNK"},
      {S_IFBLK, "S_IFBLK"}, {S_IFDIR, "S_IFDIR"},   {S_IFCHR, "S_IFCHR"}};
  bool known = false;
  for (const auto& [type, name] : kTypes) {
    if ((mode & S_IFMT) != type) continue;
    out += name;
    out += '|';
    known = true;
  }
  if (known) {
    static constexpr std::pair<unsigned, std::string_view> kBits[] = {
        {S_ISUID, "S_ISUID|"}, {S_ISGID, "S_ISGID|"}, {S_ISVTX, "S_ISVTX|"}};
    for (const auto& [bit, name] : kBits)
      if (mode & bit) out += name;
    mode &= 0777;
  }
  append_octal(out, mode);
}

// linux/kdev_t.h, new_decode_dev()
void append_device(std::string& out, uint64_t device) {
  fmt::format_to(std::back_inserter(out), "makedev({:#x}, {:#x})", device >> 8 & 0xfff,
                 (device & 0xff) | (device >> 12 & 0xfff00));
}

void append_mode_and_size(std::string& out, std::string_view prefix, unsigned mode, uint64_t size) {
  append_field_name(out, fmt::format("{}_mode", prefix));
  append_file_mode(out, mode);
  if (!S_ISCHR(mode) && !S_ISBLK(mode)) append_field(out, fmt::format("{}_size", prefix), size);
}

void append_stat(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  const auto mode = read_at<uint32_t>(bytes, 24);
  append_mode_and_size(out, "st", mode, read_at<uint64_t>(bytes, 48));
  if (S_ISCHR(mode) || S_ISBLK(mode)) {
    append_field_name(out, "st_rdev");
    append_device(out, read_at<uint64_t>(bytes, 40));
  }
  out += ", ...";
}

void append_statx(std::string& out, std::string_view bytes, const trace::SymbolSets& symbols) {
  append_flags_field(out, "stx_mask", symbols, "flags:statx_mask", read_at<uint32_t>(bytes, 0));
  append_flags_field(out, "stx_attributes", symbols, "flags:statx_attributes", read_at<uint64_t>(bytes, 8));
  append_field_name(out, "stx_mode");
  append_file_mode(out, read_at<uint16_t>(bytes, 28));
  append_field(out, "stx_size", read_at<uint64_t>(bytes, 40));
  out += ", ...";
}

void append_statfs(std::string& out, std::string_view bytes, const trace::SymbolSets& symbols) {
  append_field_name(out, "f_type");
  trace::append_symbols(out, symbols, "enum:filesystem", read_at<uint64_t>(bytes, 0));
  static constexpr std::string_view kCounts[] = {"f_bsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree"};
  for (size_t i = 0; i < std::size(kCounts); ++i) append_field(out, kCounts[i], read_at<uint64_t>(bytes, 8 * (i + 1)));
  auto id = [&](size_t at) {
    return read_at<uint32_t>(bytes, at) ? fmt::format("{:#x}", read_at<uint32_t>(bytes, at)) : "0";
  };
  fmt::format_to(std::back_inserter(out), ", f_fsid={{val=[{}, {}]}}", id(56), id(60));
  append_field(out, "f_namelen", read_at<uint64_t>(bytes, 64));
  append_field(out, "f_frsize", read_at<uint64_t>(bytes, 72));
  append_flags_field(out, "f_flags", symbols, "flags:statfs", read_at<uint64_t>(bytes, 80));
}

void append_timespec_fields(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  append_field(out, "tv_sec", read_at<int64_t>(bytes, 0));
  append_field(out, "tv_nsec", read_at<int64_t>(bytes, 8));
}

void append_timeval_fields(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  append_field(out, "tv_sec", read_at<int64_t>(bytes, 0));
  append_field(out, "tv_usec", read_at<int64_t>(bytes, 8));
}

void append_itimerspec(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  append_field_name(out, "it_interval");
  append_timespec(out, bytes.substr(0, 16));
  append_field_name(out, "it_value");
  append_timespec(out, bytes.substr(16));
}

void append_itimerval(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  append_field_name(out, "it_interval");
  append_timeval(out, bytes.substr(0, 16));
  append_field_name(out, "it_value");
  append_timeval(out, bytes.substr(16));
}

void append_timex(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  const auto modes = read_at<uint32_t>(bytes, 0);
  append_field_name(out, "modes");
  if (modes)
    append_hex(out, modes);
  else
    out += '0';
  append_field(out, "offset", read_at<int64_t>(bytes, 8));
  append_field(out, "freq", read_at<int64_t>(bytes, 16));
  append_field(out, "maxerror", read_at<int64_t>(bytes, 24));
  append_field(out, "esterror", read_at<int64_t>(bytes, 32));
  append_hex_field(out, "status", read_at<uint32_t>(bytes, 40));
  out += ", ...";
}

void append_tms(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  static constexpr std::string_view kNames[] = {"tms_utime", "tms_stime", "tms_cutime", "tms_cstime"};
  for (size_t i = 0; i < std::size(kNames); ++i) append_field(out, kNames[i], read_at<int64_t>(bytes, 8 * i));
}

void append_sigaction(std::string& out, std::string_view bytes, const trace::SymbolSets& symbols) {
  constexpr uint64_t kRestorer = 0x04000000;  // asm/signal.h SA_RESTORER
  const auto handler = read_at<uint64_t>(bytes, 0), flags = read_at<uint64_t>(bytes, 8);
  append_field_name(out, "sa_handler");
  if (handler < 2)
    out += handler ? "SIG_IGN" : "SIG_DFL";
  else
    append_hex(out, handler);
  append_field_name(out, "sa_mask");
  append_sigset(out, read_at<uint64_t>(bytes, 24));
  append_flags_field(out, "sa_flags", symbols, "flags:sigaction", flags);
  if (flags & kRestorer) append_hex_field(out, "sa_restorer", read_at<uint64_t>(bytes, 16));
}

std::string_view code_name(int signal, int code) {
  switch (code) {
    case SI_USER:
      return "SI_USER";
    case SI_KERNEL:
      return "SI_KERNEL";
    case SI_QUEUE:
      return "SI_QUEUE";
    case SI_TIMER:
      return "SI_TIMER";
    case SI_MESGQ:
      return "SI_MESGQ";
    case SI_ASYNCIO:
      return "SI_ASYNCIO";
    case SI_TKILL:
      return "SI_TKILL";
  }
  static constexpr std::string_view kChild[] = {"CLD_EXITED",  "CLD_KILLED",  "CLD_DUMPED",
                                                "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"};
  if (signal == SIGCHLD && code >= 1 && code <= 6) return kChild[code - 1];
  return {};
}

void append_siginfo(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  const auto signal = read_at<int32_t>(bytes, 0), error = read_at<int32_t>(bytes, 4), code = read_at<int32_t>(bytes, 8);
  if (!signal && !code) return;  // waitid with WNOHANG found nobody
  append_field_name(out, "si_signo");
  out += signal_name(static_cast<unsigned>(signal));
  append_field_name(out, "si_code");
  if (const auto name = code_name(signal, code); !name.empty())
    out += name;
  else
    append_integer(out, code);
  if (error) append_field(out, "si_errno", error);
  if (signal == SIGCHLD || code <= 0) {
    append_field(out, "si_pid", read_at<int32_t>(bytes, 16));
    append_field(out, "si_uid", read_at<uint32_t>(bytes, 20));
    if (signal == SIGCHLD && code > 0) {
      const auto status = read_at<int32_t>(bytes, 24);
      append_field_name(out, "si_status");
      if (code == CLD_EXITED)
        append_integer(out, status);
      else
        out += signal_name(static_cast<unsigned>(status));
      append_field(out, "si_utime", read_at<int64_t>(bytes, 32));
      append_field(out, "si_stime", read_at<int64_t>(bytes, 40));
    } else if (code == SI_QUEUE) {
      append_field(out, "si_int", read_at<int32_t>(bytes, 24));
    }
  } else {
    append_hex_field(out, "si_addr", read_at<uint64_t>(bytes, 16));
  }
}

void append_limit(std::string& out, uint64_t limit) {
  if (limit == UINT64_MAX)
    out += "RLIM64_INFINITY";
  else if (limit > 1024 && limit % 1024 == 0)
    fmt::format_to(std::back_inserter(out), "{}*1024", limit / 1024);
  else
    append_integer(out, limit);
}

void append_rlimit(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  append_field_name(out, "rlim_cur");
  append_limit(out, read_at<uint64_t>(bytes, 0));
  append_field_name(out, "rlim_max");
  append_limit(out, read_at<uint64_t>(bytes, 8));
}

void append_rusage(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  append_field_name(out, "ru_utime");
  append_timeval(out, bytes.substr(0, 16));
  append_field_name(out, "ru_stime");
  append_timeval(out, bytes.substr(16));
  out += ", ...";
}

void append_sysinfo(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  append_field(out, "uptime", read_at<int64_t>(bytes, 0));
  fmt::format_to(std::back_inserter(out), ", loads=[{}, {}, {}]", read_at<uint64_t>(bytes, 8),
                 read_at<uint64_t>(bytes, 16), read_at<uint64_t>(bytes, 24));
  static constexpr std::string_view kNames[] = {"totalram",  "freeram",   "sharedram",
                                                "bufferram", "totalswap", "freeswap"};
  for (size_t i = 0; i < std::size(kNames); ++i) append_field(out, kNames[i], read_at<uint64_t>(bytes, 32 + 8 * i));
  append_field(out, "procs", read_at<uint16_t>(bytes, 80));
  append_field(out, "totalhigh", read_at<uint64_t>(bytes, 88));
  append_field(out, "freehigh", read_at<uint64_t>(bytes, 96));
  append_field(out, "mem_unit", read_at<uint32_t>(bytes, 104));
}

void append_utsname(std::string& out, std::string_view bytes, const trace::SymbolSets&) {
  static constexpr std::string_view kNames[] = {"sysname", "nodename", "release", "version", "machine", "domainname"};
  constexpr size_t kLength = 65;  // linux/utsname.h __NEW_UTS_LEN + 1
  for (size_t i = 0; i < std::size(kNames); ++i) {
    const auto text = bytes.substr(i * kLength, kLength);
    append_field_name(out, kNames[i]);
    append_quoted(out, text.substr(0, text.find('\0')));
  }
}

void append_open_how(std::string& out, std::string_view bytes, const trace::SymbolSets& symbols) {
  constexpr uint64_t kCreates = 0100 | 020000000;  // O_CREAT, __O_TMPFILE
  const auto flags = read_at<uint64_t>(bytes, 0);
  append_flags_field(out, "flags", symbols, "flags:open", flags);
  if (flags & kCreates || read_at<uint64_t>(bytes, 8)) {
    append_field_name(out, "mode");
    append_octal(out, static_cast<unsigned>(read_at<uint64_t>(bytes, 8)));
  }
  append_flags_field(out, "resolve", symbols, "flags:resolve", read_at<uint64_t>(bytes, 16));
}

void append_clone_args(std::string& out, std::string_view bytes, const trace::SymbolSets& symbols) {
  // linux/sched.h
  constexpr uint64_t kPidfd = 0x1000, kParentTid = 0x100000, kChildTid = 0x1000000 | 0x200000, kTls = 0x80000,
                     kCgroup = 0x200000000;
  const auto flags = read_at<uint64_t>(bytes, 0), signal = read_at<uint64_t>(bytes, 32);
  append_flags_field(out, "flags", symbols, symbols.find("flags:clone3") ? "flags:clone3" : "flags:clone", flags);
  if (flags & kPidfd) append_hex_field(out, "pidfd", read_at<uint64_t>(bytes, 8));
  if (flags & kChildTid) append_hex_field(out, "child_tid", read_at<uint64_t>(bytes, 16));
  if (flags & kParentTid) append_hex_field(out, "parent_tid", read_at<uint64_t>(bytes, 24));
  append_field_name(out, "exit_signal");
  out += signal_name(static_cast<unsigned>(signal));
  append_field_name(out, "stack");
  if (const auto stack = read_at<uint64_t>(bytes, 40))
    append_hex(out, stack);
  else
    out += "NULL";
  append_field_name(out, "stack_size");
  if (const auto size = read_at<uint64_t>(bytes, 48))
    append_hex(out, size);
  else
    out += '0';
  if (flags & kTls) append_hex_field(out, "tls", read_at<uint64_t>(bytes, 56));
  if (flags & kCgroup) append_field(out, "cgroup", read_at<uint64_t>(bytes, 80));
}

void append_epoll_event(std::string& out, std::string_view bytes, const trace::SymbolSets& symbols) {
  append_flags_field(out, "events", symbols, "flags:epoll_events", read_at<uint32_t>(bytes, 0));
  fmt::format_to(std::back_inserter(out), ", data={{u32={}, u64={}}}", read_at<uint32_t>(bytes, 4),
                 read_at<uint64_t>(bytes, 4));
}

struct Structure {
  std::string_view type;
  size_t needed;  // bytes that the text needs
  void (*append)(std::string&, std::string_view, const trace::SymbolSets&);
};
constexpr Structure kStructures[] = {
    {"stat", 64, append_stat},
    {"statx", 48, append_statx},
    {"statfs", 88, append_statfs},
    {"timespec", 16, append_timespec_fields},
    {"timeval", 16, append_timeval_fields},
    {"itimerspec", 32, append_itimerspec},
    {"itimerval", 32, append_itimerval},
    {"timex", 44, append_timex},
    {"tms", 32, append_tms},
    {"sigaction", 32, append_sigaction},
    {"siginfo", 48, append_siginfo},
    {"rlimit", 16, append_rlimit},
    {"rusage", 32, append_rusage},
    {"sysinfo", 108, append_sysinfo},
    {"utsname", 390, append_utsname},
    {"open_how", 24, append_open_how},
    {"clone_args", 64, append_clone_args},
    {"epoll_event", 12, append_epoll_event},
};

}  // namespace

bool append_struct(std::string& out, std::string_view type, std::string_view bytes, const trace::SymbolSets& symbols) {
  for (const Structure& structure : kStructures) {
    if (structure.type != type) continue;
    if (bytes.size() < structure.needed) {
      out += kDamaged;
      return true;
    }
    out += '{';
    structure.append(out, bytes, symbols);
    out += '}';
    return true;
  }
  return false;
}

void append_timespec(std::string& out, std::string_view bytes) { append_struct(out, "timespec", bytes, {}); }
void append_timeval(std::string& out, std::string_view bytes) { append_struct(out, "timeval", bytes, {}); }

void append_sigset(std::string& out, uint64_t set) {
  const bool inverted = std::popcount(set) >= 43;  // more than two thirds, as strace decides it
  if (inverted) {
    set = ~set;
    out += '~';
  }
  out += '[';
  for (unsigned signal = 1; signal <= 64; ++signal) {
    if (!(set >> (signal - 1) & 1)) continue;
    if (!out.ends_with('[')) out += ' ';
    out += signal_name(signal).substr(3);  // without SIG
  }
  out += ']';
}

void append_wait_status(std::string& out, uint32_t value, const trace::SymbolSets&) {
  const auto status = static_cast<int>(value);
  out += "[{";
  if (WIFEXITED(status)) {
    fmt::format_to(std::back_inserter(out), "WIFEXITED(s) && WEXITSTATUS(s) == {}", WEXITSTATUS(status));
  } else if (WIFSIGNALED(status)) {
    fmt::format_to(std::back_inserter(out), "WIFSIGNALED(s) && WTERMSIG(s) == {}{}",
                   signal_name(static_cast<unsigned>(WTERMSIG(status))), WCOREDUMP(status) ? " && WCOREDUMP(s)" : "");
  } else if (WIFSTOPPED(status)) {
    fmt::format_to(std::back_inserter(out), "WIFSTOPPED(s) && WSTOPSIG(s) == {}",
                   signal_name(static_cast<unsigned>(WSTOPSIG(status))));
  } else if (WIFCONTINUED(status)) {
    out += "WIFCONTINUED(s)";
  } else {
    append_hex(out, value);
  }
  out += "}]";
}

}  // namespace ebpftrace::analyzer
