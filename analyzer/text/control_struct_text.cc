// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/control_struct_text.h"

#include <iterator>

#include "analyzer/text/call_text.h"
#include "analyzer/text/content_bytes.h"

namespace ebpftrace::analyzer {
namespace {

struct Context {
  const ContentItem& item;
  const ContentItems& all;
  const trace::SymbolSets& symbols;
};

void append_hex_field(std::string& out, std::string_view name, uint64_t value) {
  append_field_name(out, name);
  append_hex_or_zero(out, value);
}

void append_pointer_field(std::string& out, std::string_view name, uint64_t value) {
  append_field_name(out, name);
  append_pointer(out, value);
}

void append_named_field(std::string& out, std::string_view name, const trace::SymbolSets& symbols, std::string_view set,
                        uint64_t value) {
  append_field_name(out, name);
  trace::append_symbols(out, symbols, set, value);
}

void append_mode_field(std::string& out, unsigned mode) {
  append_field_name(out, "mode");
  fmt::format_to(std::back_inserter(out), "{}{:03o}", mode > 077 ? "0" : "", mode);
}

void append_flock(std::string& out, std::string_view bytes, const Context& context) {
  append_named_field(out, "l_type", context.symbols, "enum:lock_type", read_at<uint16_t>(bytes, 0));
  append_named_field(out, "l_whence", context.symbols, "enum:whence", read_at<uint16_t>(bytes, 2));
  append_field(out, "l_start", read_at<int64_t>(bytes, 8));
  append_field(out, "l_len", read_at<int64_t>(bytes, 16));
}

void append_flock_found(std::string& out, std::string_view bytes, const Context& context) {
  append_flock(out, bytes, context);
  append_field(out, "l_pid", read_at<int32_t>(bytes, 24));
}

void append_owner(std::string& out, std::string_view bytes, const Context& context) {
  append_named_field(out, "type", context.symbols, "enum:owner_type", read_at<uint32_t>(bytes, 0));
  append_field(out, "pid", read_at<int32_t>(bytes, 4));
}

void append_cap_header(std::string& out, std::string_view bytes, const Context& context) {
  append_named_field(out, "version", context.symbols, "enum:cap_version", read_at<uint32_t>(bytes, 0));
  append_field(out, "pid", read_at<int32_t>(bytes, 4));
}

// 1<<CAP_CHOWN|1<<CAP_KILL|0x...
void append_capabilities(std::string& out, std::string_view name, uint64_t set, const trace::SymbolSets& symbols) {
  append_field_name(out, name);
  const trace::SymbolSet* names = symbols.find("enum:capability");
  const size_t start = out.size();
  for (unsigned bit = 0; bit < 64 && names; ++bit) {
    const trace::Symbol* symbol = set >> bit & 1 ? names->find(bit) : nullptr;
    if (!symbol) continue;
    if (out.size() > start) out += '|';
    out += "1<<";
    out += symbol->name;
    set &= ~(uint64_t{1} << bit);
  }
  if (!set && out.size() > start) return;
  if (out.size() > start) out += '|';
  append_hex_or_zero(out, set);
}

// The header's version says how many words a set has.
void append_cap_data(std::string& out, std::string_view bytes, const Context& context) {
  constexpr uint32_t kOneWord = 0x19980330;  // linux/capability.h _LINUX_CAPABILITY_VERSION_1
  ContentItems headers = context.all.find(0);
  const auto header = headers.next();
  const bool one = header && read_at<uint32_t>(header->bytes, 0) == kOneWord;
  static constexpr std::string_view kSets[] = {"effective", "permitted", "inheritable"};
  for (size_t i = 0; i < std::size(kSets); ++i) {
    const uint64_t low = read_at<uint32_t>(bytes, 4 * i), high = one ? 0 : read_at<uint32_t>(bytes, 12 + 4 * i);
    append_capabilities(out, kSets[i], low | high << 32, context.symbols);
  }
}

void append_stack(std::string& out, std::string_view bytes, const Context& context) {
  append_pointer_field(out, "ss_sp", read_at<uint64_t>(bytes, 0));
  append_named_field(out, "ss_flags", context.symbols, "flags:sigaltstack", read_at<uint32_t>(bytes, 8));
  append_field(out, "ss_size", read_at<uint64_t>(bytes, 16));
}

void append_sched_attr(std::string& out, std::string_view bytes, const Context& context) {
  constexpr uint32_t kWithUtil = 56;  // linux/sched/types.h SCHED_ATTR_SIZE_VER1
  const auto size = read_at<uint32_t>(bytes, 0);
  append_field(out, "size", size);
  append_named_field(out, "sched_policy", context.symbols, "enum:sched_policy", read_at<uint32_t>(bytes, 4));
  append_named_field(out, "sched_flags", context.symbols, "flags:sched", read_at<uint64_t>(bytes, 8));
  append_field(out, "sched_nice", read_at<int32_t>(bytes, 16));
  append_field(out, "sched_priority", read_at<uint32_t>(bytes, 20));
  static constexpr std::string_view kTimes[] = {"sched_runtime", "sched_deadline", "sched_period"};
  for (size_t i = 0; i < std::size(kTimes); ++i) append_field(out, kTimes[i], read_at<uint64_t>(bytes, 24 + 8 * i));
  if (size < kWithUtil || bytes.size() < kWithUtil) return;
  append_field(out, "sched_util_min", read_at<uint32_t>(bytes, 48));
  append_field(out, "sched_util_max", read_at<uint32_t>(bytes, 52));
}

void append_sigevent(std::string& out, std::string_view bytes, const Context& context) {
  constexpr uint32_t kNone = 1, kThreadId = 4;  // asm-generic/siginfo.h SIGEV_*
  const auto signal = read_at<uint32_t>(bytes, 8), notify = read_at<uint32_t>(bytes, 12);
  if (const auto value = read_at<uint64_t>(bytes, 0)) {  // strace leaves out a value of 0
    append_field_name(out, "sigev_value");
    fmt::format_to(std::back_inserter(out), "{{sival_int={}, sival_ptr=", static_cast<int32_t>(value));
    append_pointer(out, value);
    out += '}';
  }
  append_field_name(out, "sigev_signo");
  if (notify == kNone)
    append_integer(out, signal);
  else
    out += signal_name(signal);
  append_named_field(out, "sigev_notify", context.symbols, "enum:sigev_notify", notify);
  if (notify == kThreadId) append_field(out, "sigev_notify_thread_id", read_at<int32_t>(bytes, 16));
}

void append_mq_attr(std::string& out, std::string_view bytes, const Context& context) {
  append_named_field(out, "mq_flags", context.symbols, "flags:open_status", read_at<uint64_t>(bytes, 0));
  static constexpr std::string_view kNames[] = {"mq_maxmsg", "mq_msgsize", "mq_curmsgs"};
  for (size_t i = 0; i < std::size(kNames); ++i) append_field(out, kNames[i], read_at<int64_t>(bytes, 8 * (i + 1)));
}

void append_mount_attr(std::string& out, std::string_view bytes, const Context& context) {
  append_named_field(out, "attr_set", context.symbols, "flags:mount_attr", read_at<uint64_t>(bytes, 0));
  append_named_field(out, "attr_clr", context.symbols, "flags:mount_attr", read_at<uint64_t>(bytes, 8));
  append_field_name(out, "propagation");
  if (const auto propagation = read_at<uint64_t>(bytes, 16))
    trace::append_symbols(out, context.symbols, "flags:mount", propagation);
  else
    out += '0';
  append_field(out, "userns_fd", read_at<uint64_t>(bytes, 24));
}

void append_landlock_ruleset(std::string& out, std::string_view bytes, const Context& context) {
  append_named_field(out, "handled_access_fs", context.symbols, "flags:landlock_access_fs",
                     read_at<uint64_t>(bytes, 0));
  if (bytes.size() >= 16) append_hex_field(out, "handled_access_net", read_at<uint64_t>(bytes, 8));
  if (bytes.size() >= 24) append_hex_field(out, "scoped", read_at<uint64_t>(bytes, 16));
}

void append_landlock_path(std::string& out, std::string_view bytes, const Context& context) {
  append_named_field(out, "allowed_access", context.symbols, "flags:landlock_access_fs", read_at<uint64_t>(bytes, 0));
  append_field(out, "parent_fd", read_at<int32_t>(bytes, 8));
}

void append_landlock_port(std::string& out, std::string_view bytes, const Context&) {
  append_hex_field(out, "allowed_access", read_at<uint64_t>(bytes, 0));
  append_field(out, "port", read_at<uint64_t>(bytes, 8));
}

void append_winsize(std::string& out, std::string_view bytes, const Context&) {
  static constexpr std::string_view kNames[] = {"ws_row", "ws_col", "ws_xpixel", "ws_ypixel"};
  for (size_t i = 0; i < std::size(kNames); ++i) append_field(out, kNames[i], read_at<uint16_t>(bytes, 2 * i));
}

void append_sock_fprog(std::string& out, std::string_view bytes, const Context&) {
  append_field(out, "len", read_at<uint16_t>(bytes, 0));
  append_pointer_field(out, "filter", read_at<uint64_t>(bytes, 8));
}

void append_utimbuf(std::string& out, std::string_view bytes, const Context&) {
  append_field(out, "actime", read_at<int64_t>(bytes, 0));
  append_field(out, "modtime", read_at<int64_t>(bytes, 8));
}

// struct ipc64_perm; IPC_SET takes less of it.
void append_permissions(std::string& out, std::string_view name, std::string_view bytes, bool set) {
  append_field_name(out, name);
  out += '{';
  append_field(out, "uid", read_at<uint32_t>(bytes, 4));
  append_field(out, "gid", read_at<uint32_t>(bytes, 8));
  append_mode_field(out, read_at<uint32_t>(bytes, 20));
  if (!set) {
    append_hex_field(out, "key", read_at<uint32_t>(bytes, 0));
    append_field(out, "cuid", read_at<uint32_t>(bytes, 12));
    append_field(out, "cgid", read_at<uint32_t>(bytes, 16));
  }
  out += '}';
}

void append_shmid(std::string& out, std::string_view bytes, const Context&) {
  append_permissions(out, "shm_perm", bytes, false);
  append_field(out, "shm_segsz", read_at<uint64_t>(bytes, 48));
  append_field(out, "shm_cpid", read_at<int32_t>(bytes, 80));
  append_field(out, "shm_lpid", read_at<int32_t>(bytes, 84));
  append_field(out, "shm_nattch", read_at<uint64_t>(bytes, 88));
  static constexpr std::string_view kTimes[] = {"shm_atime", "shm_dtime", "shm_ctime"};
  for (size_t i = 0; i < std::size(kTimes); ++i) append_field(out, kTimes[i], read_at<int64_t>(bytes, 56 + 8 * i));
}
void append_shmid_set(std::string& out, std::string_view bytes, const Context&) {
  append_permissions(out, "shm_perm", bytes, true);
}

void append_semid(std::string& out, std::string_view bytes, const Context&) {
  append_permissions(out, "sem_perm", bytes, false);
  append_field(out, "sem_otime", read_at<int64_t>(bytes, 48));
  append_field(out, "sem_ctime", read_at<int64_t>(bytes, 64));
  append_field(out, "sem_nsems", read_at<uint64_t>(bytes, 80));
}
void append_semid_set(std::string& out, std::string_view bytes, const Context&) {
  append_permissions(out, "sem_perm", bytes, true);
}

void append_msqid(std::string& out, std::string_view bytes, const Context&) {
  append_permissions(out, "msg_perm", bytes, false);
  static constexpr std::string_view kTimes[] = {"msg_stime", "msg_rtime", "msg_ctime"};
  for (size_t i = 0; i < std::size(kTimes); ++i) append_field(out, kTimes[i], read_at<int64_t>(bytes, 48 + 8 * i));
  append_field(out, "msg_qnum", read_at<uint64_t>(bytes, 80));
  append_field(out, "msg_qbytes", read_at<uint64_t>(bytes, 88));
  append_field(out, "msg_lspid", read_at<int32_t>(bytes, 96));
  append_field(out, "msg_lrpid", read_at<int32_t>(bytes, 100));
}
void append_msqid_set(std::string& out, std::string_view bytes, const Context&) {
  append_permissions(out, "msg_perm", bytes, true);
  append_field(out, "msg_qbytes", read_at<uint64_t>(bytes, 88));
}

// Elements of arrays.
void append_int(std::string& out, std::string_view bytes, const Context&) {
  append_integer(out, read_at<int32_t>(bytes, 0));
}
void append_long(std::string& out, std::string_view bytes, const Context&) {
  append_integer(out, read_at<int64_t>(bytes, 0));
}
void append_address(std::string& out, std::string_view bytes, const Context&) {
  append_pointer(out, read_at<uint64_t>(bytes, 0));
}
void append_policy(std::string& out, std::string_view bytes, const Context& context) {
  trace::append_symbols(out, context.symbols, "enum:mempolicy", read_at<uint32_t>(bytes, 0));
}
void append_page_status(std::string& out, std::string_view bytes, const Context&) {
  const auto status = read_at<int32_t>(bytes, 0);
  if (status >= 0) return append_integer(out, status);
  out += '-';
  append_errno(out, 0u - static_cast<uint32_t>(status));
}
void append_nodes(std::string& out, std::string_view bytes,
                  const Context&) {  // printf's %#016lx, which has no 0x before a 0
  const auto word = read_at<uint64_t>(bytes, 0);
  fmt::format_to(std::back_inserter(out), "{}{:0{}x}", word ? "0x" : "", word, word ? 14 : 16);
}
void append_waiter(std::string& out, std::string_view bytes, const Context& context) {
  out += '{';
  append_hex_field(out, "val", read_at<uint64_t>(bytes, 0));
  append_pointer_field(out, "uaddr", read_at<uint64_t>(bytes, 8));
  append_named_field(out, "flags", context.symbols, "flags:futex_waitv", read_at<uint32_t>(bytes, 16));
  out += '}';
}
void append_sembuf(std::string& out, std::string_view bytes, const Context& context) {
  out += '{';
  append_field(out, "sem_num", read_at<uint16_t>(bytes, 0));
  append_field(out, "sem_op", read_at<int16_t>(bytes, 2));
  append_named_field(out, "sem_flg", context.symbols, "flags:semop", read_at<uint16_t>(bytes, 4));
  out += '}';
}
void append_io_event(std::string& out, std::string_view bytes, const Context&) {
  out += '{';
  append_hex_field(out, "data", read_at<uint64_t>(bytes, 0));
  append_pointer_field(out, "obj", read_at<uint64_t>(bytes, 8));
  append_field(out, "res", read_at<int64_t>(bytes, 16));
  append_field(out, "res2", read_at<int64_t>(bytes, 24));
  out += '}';
}

// [0 1 64]
void append_cpu_set(std::string& out, std::string_view bytes) {
  out += '[';
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    if (!(static_cast<unsigned char>(bytes[bit / 8]) >> bit % 8 & 1)) continue;
    if (!out.ends_with('[')) out += ' ';
    append_integer(out, bit);
  }
  out += ']';
}

struct Structure {
  std::string_view type;
  size_t size;  // bytes that the text needs; of an array, those of an element
  void (*append)(std::string&, std::string_view, const Context&);
  bool array = false;
};
constexpr Structure kStructures[] = {
    {"flock", 24, append_flock},
    {"flock_found", 28, append_flock_found},
    {"f_owner_ex", 8, append_owner},
    {"cap_header", 8, append_cap_header},
    {"cap_data", 12, append_cap_data},
    {"stack", 24, append_stack},
    {"sched_attr", 48, append_sched_attr},
    {"sigevent", 20, append_sigevent},
    {"mq_attr", 32, append_mq_attr},
    {"mount_attr", 32, append_mount_attr},
    {"landlock_ruleset", 8, append_landlock_ruleset},
    {"landlock_path", 12, append_landlock_path},
    {"landlock_port", 16, append_landlock_port},
    {"winsize", 8, append_winsize},
    {"sock_fprog", 16, append_sock_fprog},
    {"utimbuf", 16, append_utimbuf},
    {"shmid", 112, append_shmid},
    {"shmid_set", 48, append_shmid_set},
    {"semid", 88, append_semid},
    {"semid_set", 48, append_semid_set},
    {"msqid", 104, append_msqid},
    {"msqid_set", 96, append_msqid_set},
    {"sched_param", 4, append_int, true},
    {"intptr", 4, append_int, true},
    {"ints", 4, append_int, true},
    {"longptr", 8, append_long, true},
    {"addressptr", 8, append_address, true},
    {"addresses", 8, append_address, true},
    {"mempolicyptr", 4, append_policy, true},
    {"page_status", 4, append_page_status, true},
    {"nodemask", 8, append_nodes, true},
    {"futex_waitv", 24, append_waiter, true},
    {"sembuf", 6, append_sembuf, true},
    {"io_event", 32, append_io_event, true},
};

constexpr std::string_view kCpuSet = "cpuset";

}  // namespace

bool is_control_struct(std::string_view type) {
  if (type == kCpuSet) return true;
  for (const Structure& structure : kStructures)
    if (structure.type == type) return true;
  return false;
}

void append_control_struct(std::string& out, std::string_view type, const ContentItem& item, uint64_t address,
                           const ContentItems& all, const trace::SymbolSets& symbols) {
  if (type == kCpuSet) return append_cpu_set(out, item.bytes);
  const Context context{item, all, symbols};
  for (const Structure& structure : kStructures) {
    if (structure.type != type) continue;
    if (structure.array) {
      out += '[';
      for (size_t at = 0; at + structure.size <= item.bytes.size(); at += structure.size) {
        if (at) out += ", ";
        structure.append(out, item.bytes.substr(at, structure.size), context);
      }
      if (item.cut()) out += item.bytes.size() < structure.size ? "..." : ", ...";
      out += ']';
    } else if (item.bytes.size() < structure.size) {
      append_pointer(out, address);
    } else {
      out += '{';
      structure.append(out, item.bytes, context);
      out += '}';
    }
    return;
  }
}

}  // namespace ebpftrace::analyzer
