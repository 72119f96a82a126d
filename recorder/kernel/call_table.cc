// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/call_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "schema/symbols.capnp.h"
#include "schema/syscalls.capnp.h"

namespace ebpftrace::recorder {
namespace {

using Args = capnp::List<schema::SyscallArg>::Reader;

// Calls after which an open file may have another path: its own name, a directory above it, or a mount changed.
const std::set<std::string_view> kMovesNames = {"rename", "renameat", "renameat2",  "mount",
                                                "umount", "umount2",  "move_mount", "pivot_root"};

// Calls that change a process's effective user; an exec that does is known by its own hook.
const std::set<std::string_view> kSetsUser = {"setuid",   "setreuid",   "setresuid",
                                              "setuid32", "setreuid32", "setresuid32"};

// Paths that are not looked up, by "call.argument".
const std::set<std::string_view> kNotLookedUp = {"symlink.oldname", "symlinkat.oldname"};

// Structures of one size: bytes, and how many of them are kept (0: all). The kernel's own, of 64-bit programs.
struct Fixed {
  uint16_t bytes;
  uint16_t kept = 0;
};
const std::map<std::string_view, Fixed> kFixed = {
    {"offsetptr", {8}},     {"sizeptr", {4}},      {"timespec", {16}},      {"timeval", {16}},
    {"itimerspec", {32}},   {"itimerval", {32}},   {"timex", {208}},        {"tms", {32}},
    {"sigset", {8}},        {"sigaction", {32}},   {"siginfo", {128, 48}},  {"stat", {144, 64}},
    {"statx", {256, 64}},   {"statfs", {120}},     {"rlimit", {16}},        {"rusage", {144}},
    {"sysinfo", {112}},     {"utsname", {390}},    {"fdpair", {8}},         {"epoll_event", {12}},
    {"flock", {32}},        {"flock_found", {32}}, {"f_owner_ex", {8}},     {"cap_header", {8}},
    {"cap_data", {24}},     {"stack", {24}},       {"sched_param", {4}},    {"sched_attr", {56}},
    {"sigevent", {64, 24}}, {"intptr", {4}},       {"longptr", {8}},        {"addressptr", {8}},
    {"mempolicyptr", {4}},  {"mq_attr", {64, 32}}, {"landlock_path", {12}}, {"landlock_port", {16}},
    {"winsize", {8}},       {"sock_fprog", {16}},  {"utimbuf", {16}},       {"shmid", {112}},
    {"shmid_set", {112}},   {"semid", {104}},      {"semid_set", {104}},    {"msqid", {120}},
    {"msqid_set", {120}},
};

// Pointers to what a successful call wrote, by "call.argument"; "call.*" is all of its arguments. Types of which that
// is true for every call are below.
const std::set<std::string_view> kOut = {
    "rt_sigaction.oact",
    "rt_sigprocmask.oset",
    "rt_sigpending.*",
    "rt_sigtimedwait.uinfo",
    "waitid.infop",
    "getitimer.*",
    "setitimer.ovalue",
    "gettimeofday.*",
    "getrlimit.*",
    "prlimit64.old_rlim",
    "sched_rr_get_interval.*",
    "clock_gettime.*",
    "clock_getres.*",
    "timer_settime.old_setting",
    "timer_gettime.*",
    "timerfd_settime.otmr",
    "timerfd_gettime.*",
    "adjtimex.*",
    "clock_adjtime.*",
    "capget.dataptr",
    "sigaltstack.uoss",
    "sched_getparam.*",
    "timer_create.created_timer_id",
    "mq_getsetattr.u_omqstat",
    "getcpu.*",
    "get_mempolicy.policy",
    "get_robust_list.head_ptr",
    "io_setup.ctxp",
};
const std::set<std::string_view> kOutTypes = {"stat",    "statx",   "statfs", "rusage",
                                              "sysinfo", "utsname", "tms",    "fdpair"};

// Arguments whose type alone doesn't say what they lead to, by "call.argument".
struct Special {
  capture_count count;
  uint16_t element;
  std::string_view count_arg;  // by name; empty: none
  capture_when when;
  bool limited = false;  // by -s, else kept whole (as far as an item goes)
  bool data = false;     // with --data only
};
const std::map<std::string_view, Special> kSpecial = {
    // Names that the kernel returns.
    {"readlink.buf", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true}},
    {"readlinkat.buf", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true}},
    {"getcwd.buf", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true}},
    {"getdents.dirent", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true}},
    {"getdents64.dirent", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true}},
    {"listxattr.list", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true}},
    {"llistxattr.list", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true}},
    {"flistxattr.list", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true}},
    {"listxattrat.list", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true}},
    {"sethostname.name", {COUNT_ARG, 1, "len", WHEN_ALWAYS, true}},
    {"setdomainname.name", {COUNT_ARG, 1, "len", WHEN_ALWAYS, true}},
    {"mount.data", {COUNT_STRING, 1, "", WHEN_ALWAYS, true}},
    // Small numbers.
    {"wait4.stat_addr", {COUNT_ONE, 4, "", WHEN_POSITIVE}},
    {"getsockopt.optval", {COUNT_AT_ARG, 1, "optlen", WHEN_SUCCESSFUL, true}},
    {"setsockopt.optval", {COUNT_ARG, 1, "optlen", WHEN_ALWAYS, true}},
    {"getresuid.ruidp", {COUNT_ONE, 4, "", WHEN_SUCCESSFUL}},
    {"getresuid.euidp", {COUNT_ONE, 4, "", WHEN_SUCCESSFUL}},
    {"getresuid.suidp", {COUNT_ONE, 4, "", WHEN_SUCCESSFUL}},
    {"getresgid.rgidp", {COUNT_ONE, 4, "", WHEN_SUCCESSFUL}},
    {"getresgid.egidp", {COUNT_ONE, 4, "", WHEN_SUCCESSFUL}},
    {"getresgid.sgidp", {COUNT_ONE, 4, "", WHEN_SUCCESSFUL}},
    {"getgroups.grouplist", {COUNT_RESULT, 4, "", WHEN_SUCCESSFUL}},
    {"setgroups.grouplist", {COUNT_ARG, 4, "gidsetsize", WHEN_ALWAYS}},
    {"get_robust_list.len_ptr", {COUNT_ONE, 8, "", WHEN_SUCCESSFUL}},
    // Structures that other calls use otherwise.
    {"epoll_wait.events", {COUNT_RESULT, 12, "", WHEN_SUCCESSFUL}},
    {"epoll_pwait.events", {COUNT_RESULT, 12, "", WHEN_SUCCESSFUL}},
    {"epoll_pwait2.events", {COUNT_RESULT, 12, "", WHEN_SUCCESSFUL}},
    {"utimes.utimes", {COUNT_ONE, 32, "", WHEN_ALWAYS}},
    {"futimesat.utimes", {COUNT_ONE, 32, "", WHEN_ALWAYS}},
    {"utimensat.utimes", {COUNT_ONE, 32, "", WHEN_ALWAYS}},
    {"nanosleep.rmtp", {COUNT_ONE, 16, "", WHEN_INTERRUPTED}},
    {"clock_nanosleep.rmtp", {COUNT_ONE, 16, "", WHEN_INTERRUPTED}},
    {"futex.utime", {COUNT_ONE, 16, "", WHEN_FUTEX_WAITS}},
    {"openat2.how", {COUNT_ARG, 1, "usize", WHEN_ALWAYS}},
    {"clone3.uargs", {COUNT_ARG, 1, "size", WHEN_ALWAYS}},
    // Sets and arrays.
    {"sched_setaffinity.user_mask_ptr", {COUNT_ARG, 1, "len", WHEN_ALWAYS}},
    {"sched_getaffinity.user_mask_ptr", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL}},
    {"set_mempolicy.nmask", {COUNT_NODES, 1, "maxnode", WHEN_ALWAYS}},
    {"get_mempolicy.nmask", {COUNT_NODES, 1, "maxnode", WHEN_SUCCESSFUL}},
    {"mbind.nmask", {COUNT_NODES, 1, "maxnode", WHEN_ALWAYS}},
    {"migrate_pages.old_nodes", {COUNT_NODES, 1, "maxnode", WHEN_ALWAYS}},
    {"migrate_pages.new_nodes", {COUNT_NODES, 1, "maxnode", WHEN_ALWAYS}},
    {"move_pages.pages", {COUNT_ARG, 8, "nr_pages", WHEN_ALWAYS}},
    {"move_pages.nodes", {COUNT_ARG, 4, "nr_pages", WHEN_ALWAYS}},
    {"move_pages.status", {COUNT_ARG, 4, "nr_pages", WHEN_SUCCESSFUL}},
    {"sched_getattr.uattr", {COUNT_ARG, 1, "usize", WHEN_SUCCESSFUL}},
    {"futex_waitv.waiters", {COUNT_ARG, 24, "nr_futexes", WHEN_ALWAYS}},
    {"landlock_create_ruleset.attr", {COUNT_ARG, 1, "size", WHEN_ALWAYS}},
    {"mount_setattr.uattr", {COUNT_ARG, 1, "usize", WHEN_ALWAYS}},
    {"semop.tsops", {COUNT_ARG, 6, "nsops", WHEN_ALWAYS}},
    {"semtimedop.tsops", {COUNT_ARG, 6, "nsops", WHEN_ALWAYS}},
    {"io_getevents.events", {COUNT_RESULT, 32, "", WHEN_SUCCESSFUL}},
    {"io_pgetevents.events", {COUNT_RESULT, 32, "", WHEN_SUCCESSFUL}},
    // I/O buffers.
    {"read.buf", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true, true}},
    {"pread64.buf", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true, true}},
    {"recvfrom.ubuf", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true, true}},
    {"getrandom.ubuf", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true, true}},
    {"getxattr.value", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true, true}},
    {"lgetxattr.value", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true, true}},
    {"fgetxattr.value", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true, true}},
    {"mq_timedreceive.u_msg_ptr", {COUNT_RESULT, 1, "", WHEN_SUCCESSFUL, true, true}},
    {"write.buf", {COUNT_ARG, 1, "count", WHEN_ALWAYS, true, true}},
    {"pwrite64.buf", {COUNT_ARG, 1, "count", WHEN_ALWAYS, true, true}},
    {"sendto.buff", {COUNT_ARG, 1, "len", WHEN_ALWAYS, true, true}},
    {"setxattr.value", {COUNT_ARG, 1, "size", WHEN_ALWAYS, true, true}},
    {"lsetxattr.value", {COUNT_ARG, 1, "size", WHEN_ALWAYS, true, true}},
    {"fsetxattr.value", {COUNT_ARG, 1, "size", WHEN_ALWAYS, true, true}},
    {"mq_timedsend.u_msg_ptr", {COUNT_ARG, 1, "msg_len", WHEN_ALWAYS, true, true}},
    {"add_key.payload", {COUNT_ARG, 1, "plen", WHEN_ALWAYS, true, true}},
};

// In and out: the call leaves something else there than it found. Of calls without a descriptor argument only: the programs
// look for these where they have found none.
const std::set<std::string_view> kReplaced = {"select.inp", "select.outp", "select.exp", "select.tvp", "pselect6.inp",
                                              "pselect6.outp", "pselect6.exp", "pselect6.tsp", "ppoll.tsp",
                                              // The kernel's version, where the caller's is unknown.
                                              "capget.header", "capset.header"};
// Calls whose result does not say how many bytes moved, or which way.
const std::map<std::string_view, byte_count> kByteCounts = {{"recvfrom", BYTES_RECVFROM},
                                                            {"recvmsg", BYTES_RECVMSG},
                                                            {"recvmmsg", BYTES_RECVMMSG},
                                                            {"sendmmsg", BYTES_SENDMMSG},
                                                            {"vmsplice", BYTES_VMSPLICE}};

// Vectors whose buffers the call only reads: they are the caller's, whatever moved. Of those in kNotFollowed the memory is
// another process's, or not what the call is about.
const std::set<std::string_view> kOutgoing = {"writev.vec",  "pwritev.vec",   "pwritev2.vec",
                                              "sendmsg.msg", "sendmmsg.mmsg", "process_vm_writev.lvec"};
const std::set<std::string_view> kNotFollowed = {"process_vm_readv.rvec", "process_vm_writev.rvec",
                                                 "process_madvise.vec"};
constexpr uint32_t kVector = 32;  // elements of an array that are kept, as strace shows them
constexpr uint32_t kSockaddr = 128;

bool is_exec(std::string_view name) { return name == "execve" || name == "execveat"; }

u8 index_of(Args args, std::string_view name) {
  u8 index = 0;
  for (auto arg : args) {
    if (name == arg.getName().cStr()) return index;
    ++index;
  }
  throw std::logic_error("no argument " + std::string(name));  // the tables above are wrong: any test finds it
}

class Captures {
 public:
  Captures(const ContentOptions& options, CallTables& tables)
      : options_(options), rows_(tables.captures), choices_(tables.choices) {
    for (auto set : *schema::SYMBOLS) sets_.emplace(set.getType().cStr(), set);
  }

  // The call's rows; returns the number of the first, 0 if it has none.
  u16 add(schema::SyscallType::Reader call, bool compat) {
    std::vector<capture> rows;
    u8 index = 0;
    for (auto arg : call.getArgs()) {
      const std::string type = arg.getType().cStr(),
                        key = std::string(call.getName().cStr()) + "." + arg.getName().cStr();
      capture row{};
      row.arg = index;
      row.count_arg = NO_ARG;
      // Structures of 32-bit programs are laid out otherwise.
      const bool wanted = compat ? string(type, row) || strings(key, type, compat, row)
                                 : strings(key, type, compat, row) || special(key, call.getArgs(), row) ||
                                       string(type, row) || vector(key, type, call.getArgs(), row) ||
                                       fixed(key, type, row);
      if (wanted && row.element) {
        if (kReplaced.contains(key)) {
          capture before = row;
          before.when = WHEN_ENTRY;
          rows.push_back(before);
        }
        if (row.count == COUNT_STRINGS) {  // one that succeeds leaves nothing behind
          capture before = row;
          before.when = WHEN_ENTRY;
          before.limit = EXEC_STRINGS - sizeof(content_item);
          rows.push_back(before);
        }
        rows.push_back(row);
      }
      ++index;
    }
    if (!compat) add_chosen(call, rows);
    if (rows.empty()) return 0;
    std::stable_partition(rows.begin(), rows.end(), [](const capture& row) { return row.when == WHEN_ENTRY; });
    rows.back().last = 1;
    rows.front().alone = rows.size() == 1 && is_plain(rows.front());
    if (rows.size() > CAPTURES_PER_CALL || next_ + rows.size() > CAPTURES) throw std::logic_error("too many captures");
    const auto first = static_cast<u16>(next_);
    std::copy(rows.begin(), rows.end(), rows_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ += rows.size();
    return first;
  }

 private:
  // For append_alone().
  static bool is_plain(const capture& row) {
    return (row.count == COUNT_ONE || row.count == COUNT_ARG || row.count == COUNT_RESULT) && row.when != WHEN_ENTRY &&
           row.follow == FOLLOW_NOTHING && !row.choice;
  }

  static void set(capture& row, capture_count count, size_t element, u8 count_arg, capture_when when, size_t limit) {
    row.count = static_cast<u8>(count);
    row.element = static_cast<u16>(element);
    row.count_arg = count_arg;
    row.when = static_cast<u8>(when);
    row.limit = static_cast<u32>(std::min<size_t>(limit, ITEM_BYTES - 1));
  }

  // What arguments lead to where another one decides about it (symbols.capnp, rest): a row for each structure.
  void add_chosen(schema::SyscallType::Reader call, std::vector<capture>& rows) {
    const Args args = call.getArgs();
    const std::string name = call.getName().cStr();
    struct Choice {
      capture row;
      choice which;
    };
    std::vector<Choice> found;
    for (u8 decider = 0; decider < args.size(); ++decider) {
      const auto set = sets_.find(args[decider].getType().cStr());
      if (set == sets_.end()) continue;
      for (auto symbol : set->second.getSymbols()) {
        u8 arg = decider;
        const std::string_view rest = symbol.getRest().cStr();
        for (size_t at = 0; at < rest.size();
             at = rest.find(' ', at) == rest.npos ? rest.size() : rest.find(' ', at) + 1) {
          if (++arg >= args.size()) break;
          const std::string_view own = args[arg].getType().cStr();
          if ((own != "arg" && own != "pointer") || kSpecial.contains(name + "." + args[arg].getName().cStr()))
            continue;
          capture row{};
          row.arg = arg;
          if (!one_of_several(rest.substr(at, rest.find(' ', at) - at), row)) continue;
          const auto value = static_cast<u32>(symbol.getValue());
          const u32 mask = symbol.getMask() ? static_cast<u32>(symbol.getMask()) : UINT32_MAX, base = value & ~63u;
          auto same = std::find_if(found.begin(), found.end(), [&](const Choice& other) {
            return other.row.arg == arg && other.row.count == row.count && other.row.element == row.element &&
                   other.row.when == row.when && other.row.limit == row.limit && other.which.arg == decider &&
                   other.which.mask == mask && other.which.base == base;
          });
          if (same == found.end()) same = found.insert(found.end(), {row, {0, mask, base, decider, 0}});
          same->which.values |= uint64_t{1} << (value - base);
        }
      }
    }
    for (Choice& one : found) {
      if (next_choice_ >= choices_.size()) throw std::logic_error("too many choices");
      choices_[next_choice_] = one.which;
      one.row.choice = static_cast<u32>(next_choice_++);
      rows.push_back(one.row);
    }
    std::stable_sort(rows.begin(), rows.end(), [](const capture& a, const capture& b) { return a.arg < b.arg; });
  }

  // A structure or string in a symbol's rest.
  bool one_of_several(std::string_view type, capture& row) const {
    const bool out = type.starts_with("out:");
    if (out) type.remove_prefix(4);
    row.count_arg = NO_ARG;
    if (type == "string") {
      set(row, COUNT_STRING, 1, NO_ARG, WHEN_ALWAYS, options_.bytes);
    } else if (const auto found = kFixed.find(type); found != kFixed.end()) {
      set(row, COUNT_ONE, found->second.bytes, NO_ARG, WHEN_ALWAYS,
          found->second.kept ? found->second.kept : found->second.bytes);
    } else {
      return false;
    }
    if (out) row.when = WHEN_SUCCESSFUL;
    return true;
  }

  bool special(const std::string& key, Args args, capture& row) const {
    const auto found = kSpecial.find(key);
    if (found == kSpecial.end()) return false;
    const Special& of = found->second;
    const u8 count_arg = of.count_arg.empty() ? u8{NO_ARG} : index_of(args, of.count_arg);
    // A whole buffer of nothing says nothing; a string of nothing says its length.
    set(row, of.count, of.element, count_arg, of.when, of.limited ? options_.bytes : size_t{ITEM_BYTES});
    if (of.count != COUNT_STRING && of.count != COUNT_ONE && !of.limited)
      row.limit = of.element == 1 ? 128 : static_cast<u32>(of.element) * kVector;
    if (of.data && !options_.data) row.element = 0;  // it is known, and not wanted
    return true;
  }

  bool string(const std::string& type, capture& row) const {
    if (type != "string") return false;
    set(row, COUNT_STRING, 1, NO_ARG, WHEN_ALWAYS, options_.bytes);
    return true;
  }

  static bool strings(const std::string& key, const std::string& type, bool compat, capture& row) {
    if (type != "argv" || !key.ends_with(".argv")) return false;
    set(row, COUNT_STRINGS, compat ? 4 : 8, NO_ARG, WHEN_FAILED, ITEM_BYTES);
    return true;
  }

  bool vector(const std::string& key, const std::string& type, Args args, capture& row) const {
    const auto next = static_cast<u8>(row.arg + 1);
    if (type == "pollfd") {
      set(row, COUNT_ARG, 8, next, WHEN_ALWAYS, 8 * kVector);
    } else if (type == "iovec") {
      set(row, COUNT_ARG, 16, next, WHEN_ALWAYS, 16 * kVector);
      if (!kNotFollowed.contains(key)) row.follow = FOLLOW_IOVEC;
    } else if (type == "msghdr") {
      set(row, COUNT_ONE, 56, NO_ARG, key.starts_with("recv") ? WHEN_SUCCESSFUL : WHEN_ALWAYS, 56);
      row.follow = FOLLOW_MSGHDR;
    } else if (type == "mmsghdr") {
      if (kOutgoing.contains(key))
        set(row, COUNT_ARG, 64, next, WHEN_ALWAYS, 64 * kVector);
      else
        set(row, COUNT_RESULT, 64, NO_ARG, WHEN_SUCCESSFUL, 64 * kVector);
      row.follow = FOLLOW_MMSGHDR;
    } else if (type == "fdset") {
      set(row, COUNT_BITS, 1, 0, WHEN_SUCCESSFUL, 128);
    } else if (type == "sockaddr" && next < args.size()) {
      if (std::string_view(args[next].getType().cStr()) == "sizeptr")
        set(row, COUNT_AT_ARG, 1, next, WHEN_SUCCESSFUL, kSockaddr);
      else
        set(row, COUNT_ARG, 1, next, WHEN_ALWAYS, kSockaddr);
    } else {
      return false;
    }
    row.outgoing = kOutgoing.contains(key);
    return true;
  }

  static bool fixed(const std::string& key, const std::string& type, capture& row) {
    const auto found = kFixed.find(type);
    if (found == kFixed.end()) return false;
    const bool out =
        kOutTypes.contains(type) || kOut.contains(key) || kOut.contains(key.substr(0, key.find('.')) + ".*");
    const auto [bytes, kept] = found->second;
    set(row, COUNT_ONE, bytes, NO_ARG, out ? WHEN_SUCCESSFUL : WHEN_ALWAYS, kept ? kept : bytes);
    return true;
  }

  const ContentOptions& options_;
  std::array<capture, CAPTURES>& rows_;
  std::array<choice, CHOICES>& choices_;
  std::map<std::string_view, schema::SymbolSet::Reader> sets_;
  size_t next_ = 1, next_choice_ = 1;
};

// A path is looked up from the directory descriptor right before it.
path_starts starts_of(schema::SyscallType::Reader call) {
  path_starts starts{{FROM_NOWHERE, FROM_NOWHERE}};
  std::string_view before;
  u8 index = 0;
  unsigned paths = 0;
  for (auto argument : call.getArgs()) {
    const std::string_view type = argument.getType().cStr();
    if (type == "path" && paths < 2) {
      const std::string key = std::string(call.getName().cStr()) + "." + argument.getName().cStr();
      starts.from[paths++] = kNotLookedUp.contains(key) ? u8{FROM_NOWHERE}
                             : before == "dirfd"        ? static_cast<u8>(index - 1)
                                                        : u8{FROM_CWD};
    }
    before = type;
    ++index;
  }
  return starts;
}

call_info describe(schema::SyscallType::Reader call, Captures& captures, bool compat) {
  const std::string_view name = call.getName().cStr();
  call_info info{static_cast<u8>(call.getArgs().size()), 0, {NO_ARG, NO_ARG}, {NO_ARG, NO_ARG}, 0, BYTES_AS_RESULT};
  u8 index = 0;
  unsigned descriptors = 0, paths = 0;
  for (auto argument : call.getArgs()) {
    const std::string_view type = argument.getType().cStr();
    if ((type == "fd" || type == "dirfd") && descriptors < 2) info.fd_arg[descriptors++] = index;
    if (type == "path" && paths < 2) info.path_arg[paths++] = index;
    ++index;
  }
  info.captures = captures.add(call, compat);
  if (const auto found = kByteCounts.find(name); found != kByteCounts.end() && !compat) {
    if (!info.captures) throw std::logic_error("bytes of a call without captures");  // the programs would not look
    info.bytes = found->second;
  }
  if (std::string_view(call.getResult().cStr()) == "fd") info.flags |= CALL_OPENS;
  if (kMovesNames.contains(name)) info.flags |= CALL_MOVES_NAMES;
  if (name == "chdir") info.flags |= CALL_AT_ENTRY;
  if (is_exec(name)) info.flags |= CALL_EXEC | CALL_REPLACES_REGS;
  if (name == "rt_sigreturn" || name == "sigreturn") info.flags |= CALL_REPLACES_REGS;
  if (kSetsUser.contains(name)) info.flags |= CALL_SETS_USER;
  if (descriptors > 1 || paths || info.captures || info.flags & CALL_OPENS) info.flags |= CALL_HAS_EXTRAS;
  return info;
}

}  // namespace

CallTables make_call_tables(const ContentOptions& options, bool returns_only) {
  CallTables tables{};
  // The rows of no call, and so the one for numbers past the table: their number may be what follows the arguments.
  tables.calls.fill({6, CALL_HAS_EXTRAS, {NO_ARG, NO_ARG}, {NO_ARG, NO_ARG}, 0, BYTES_AS_RESULT});
  tables.path_starts.fill({{FROM_NOWHERE, FROM_NOWHERE}});
  Captures captures(options, tables);
  for (auto call : *schema::SYSCALLS64)
    if (call.getNumber() < CALLS - 1) {
      tables.calls[call.getNumber()] = describe(call, captures, false);
      tables.path_starts[call.getNumber()] = starts_of(call);
    }
  for (auto call : *schema::SYSCALLS32) {
    if (call.getNumber() >= CALLS - 1) continue;
    call_info& info = tables.calls[CALLS + call.getNumber()];
    info = describe(call, captures, true);
    tables.path_starts[CALLS + call.getNumber()] = starts_of(call);
    if (info.flags & CALL_MOVES_NAMES) tables.calls[call.getNumber()].flags |= CALL_MOVES_NAMES_32;
  }
  for (size_t i = 0; i < CALLS; ++i) {
    const u16 first = tables.calls[i].captures;
    if (first && tables.captures[first].when == WHEN_ENTRY && tables.captures[first].count != COUNT_STRINGS)
      tables.calls[i].flags |= CALL_AT_ENTRY;
  }
  // What a closed descriptor led to is gone, and another one may be there already.
  if (returns_only)
    for (auto [calls, first] : {std::pair(*schema::SYSCALLS64, 0), std::pair(*schema::SYSCALLS32, int{CALLS})})
      for (auto call : calls)
        if (std::string_view(call.getName().cStr()) == "close")
          tables.calls[first + call.getNumber()].fd_arg[0] = NO_ARG;
  return tables;
}

}  // namespace ebpftrace::recorder
