// SPDX-License-Identifier: Apache-2.0
#include "analyzer/state/call_effects.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "trace/read/trace.h"

namespace ebpftrace::analyzer {
namespace {

using Row = CallEffects::Row;

const std::map<std::string_view, CallEffect>& effects() {
  static const std::map<std::string_view, CallEffect> list = {
      {"dup", CallEffect::kDuplicates},
      {"dup2", CallEffect::kDuplicates},
      {"dup3", CallEffect::kDuplicates},
      {"fcntl", CallEffect::kFcntl},
      {"fcntl64", CallEffect::kFcntl},
      {"ioctl", CallEffect::kIoctl},
      {"close", CallEffect::kCloses},
      {"close_range", CallEffect::kClosesRange},
      {"pipe", CallEffect::kMakesPipe},
      {"pipe2", CallEffect::kMakesPipe},
      {"socketpair", CallEffect::kMakesSocketPair},
      {"recvmsg", CallEffect::kReceivesMessages},
      {"recvmmsg", CallEffect::kReceivesMessages},
      {"accept", CallEffect::kAccepts},
      {"accept4", CallEffect::kAccepts},
      {"connect", CallEffect::kConnects},
      {"bind", CallEffect::kBinds},
      {"listen", CallEffect::kListens},
      {"shutdown", CallEffect::kShutsDown},
      {"lseek", CallEffect::kSeeks},
      {"unshare", CallEffect::kUnshares},
      {"chdir", CallEffect::kChangesDirectory},
      {"fchdir", CallEffect::kChangesDirectory},
      {"unlink", CallEffect::kUnlinks},
      {"unlinkat", CallEffect::kUnlinks},
      {"rmdir", CallEffect::kUnlinks},
      {"rename", CallEffect::kRenames},
      {"renameat", CallEffect::kRenames},
      {"renameat2", CallEffect::kRenames},
  };
  return list;
}

// Where a call that returns a descriptor says that an exec closes it.
struct Opening {
  std::string_view argument;  // empty: the bits are always so
  uint32_t close_on_exec = 0;
  uint32_t flags_mask = 0, flags = 0;
};
constexpr uint32_t kAlways = UINT32_MAX;

const std::map<std::string_view, Opening>& openings() {
  static const std::map<std::string_view, Opening> list = {
      {"open", {"flags", O_CLOEXEC, kAlways}},
      {"openat", {"flags", O_CLOEXEC, kAlways}},
      {"creat", {"", 0, 0, O_CREAT | O_WRONLY | O_TRUNC}},
      {"open_by_handle_at", {"flags", O_CLOEXEC, kAlways}},
      {"mq_open", {"oflag", kAlways, kAlways}},
      {"socket", {"type", SOCK_CLOEXEC, SOCK_NONBLOCK, O_RDWR}},
      {"socketpair", {"type", SOCK_CLOEXEC, SOCK_NONBLOCK, O_RDWR}},
      {"accept", {"", 0, 0, O_RDWR}},
      {"accept4", {"flags", SOCK_CLOEXEC, SOCK_NONBLOCK, O_RDWR}},
      {"pipe2", {"flags", O_CLOEXEC, O_NONBLOCK | O_DIRECT}},
      {"dup3", {"flags", O_CLOEXEC}},
      {"epoll_create", {"", 0, 0, O_RDWR}},
      {"epoll_create1", {"flags", O_CLOEXEC, 0, O_RDWR}},
      {"eventfd", {"", 0, 0, O_RDWR}},
      {"eventfd2", {"flags", O_CLOEXEC, O_NONBLOCK, O_RDWR}},
      {"timerfd_create", {"flags", O_CLOEXEC, O_NONBLOCK, O_RDWR}},
      {"signalfd", {"", 0, 0, O_RDWR}},
      {"signalfd4", {"flags", O_CLOEXEC, O_NONBLOCK, O_RDWR}},
      {"inotify_init", {"", 0, 0, O_RDONLY}},
      {"inotify_init1", {"flags", O_CLOEXEC, O_NONBLOCK, O_RDONLY}},
      {"fanotify_init", {"flags", 1, 0, O_RDWR}},
      {"memfd_create", {"flags", 1, 0, O_RDWR | 0100000}},
      {"memfd_secret", {"flags", O_CLOEXEC, 0, O_RDWR}},
      {"perf_event_open", {"flags", 8, 0, O_RDWR}},
      {"userfaultfd", {"flags", O_CLOEXEC, O_NONBLOCK, O_RDWR}},
      {"io_uring_setup", {"", kAlways, 0, O_RDWR}},
      {"open_tree", {"flags", O_CLOEXEC, 0, O_PATH}},
      {"fsopen", {"flags", 1, 0, O_RDWR}},
      {"fspick", {"flags", 1, 0, O_RDWR}},
      {"fsmount", {"flags", 1, 0, O_PATH}},
      {"pidfd_open", {"", kAlways, 0, O_RDWR}},
      {"pidfd_getfd", {"", kAlways}},
      {"landlock_create_ruleset", {"", kAlways, 0, O_RDWR}},
  };
  return list;
}

Row row_of(const trace::SyscallType& type, uint8_t flow) {
  Row row;
  row.flow = flow;
  row.is_exec = type.is_exec;
  row.gets = type.name == "pidfd_getfd";
  row.returns_fd = type.result_kind == trace::ResultKind::kFd;
  row.at_offset = type.name.starts_with("pread") || type.name.starts_with("pwrite");
  const auto opening = openings().find(type.name);
  uint8_t descriptors = 0, paths = 0, before = CallEffects::kNoArg;
  for (uint8_t i = 0; i < std::min<size_t>(type.args.size(), 6); ++i) {
    const trace::SyscallArg& arg = type.args[i];
    const bool directory = arg.type == "dirfd";
    if ((directory || arg.type == "fd") && descriptors < 2) row.fd_arg[descriptors++] = i;
    if (arg.type == "path" && paths < 2) row.path_dir[paths++] = before;
    before = directory ? i : CallEffects::kNoArg;
    if (arg.type == "offsetptr" && descriptors) row.offset_arg[descriptors - 1] = i;
    if (type.name == "sendfile" && arg.name == "offset") row.offset_arg[1] = i;
    if (opening != openings().end() && !opening->second.argument.empty() && arg.name == opening->second.argument)
      row.flags_arg = i;
    if (arg.type == "open_how") row.how_arg = i;
    if (arg.type == "flags:rename") row.rename_flags_arg = i;
    if (arg.type == "flags:msg") row.message_flags_arg = i;
    if (arg.type == "size" && (type.alias == "read" || type.alias == "recv") && row.size_arg == CallEffects::kNoArg)
      row.size_arg = i;
    if (type.name == "preadv2" || type.name == "pwritev2")
      if (arg.name == "pos" || arg.name == "pos_l") row.position_arg = i;
  }
  if (opening != openings().end()) {
    row.close_on_exec = opening->second.close_on_exec;
    row.flags_mask = opening->second.flags_mask;
    row.flags = opening->second.flags;
  }
  if (const auto found = effects().find(type.name); found != effects().end())
    row.effect = found->second;
  else if (row.returns_fd)
    row.effect = CallEffect::kOpens;
  row.relevant = descriptors || row.effect != CallEffect::kNone;
  return row;
}

// One list of ebpf-record -e, as far as it is made of names, %GROUPs and @FAMILYs; of other elements (regular expressions) it is
// not known what they name.
struct CallList {
  bool all_but = false, has_unknown = false;
  std::set<std::string, std::less<>> elements;

  explicit CallList(std::string_view text) {
    all_but = text.starts_with('!');
    text.remove_prefix(all_but);
    while (!text.empty()) {
      const size_t end = std::min(text.find(','), text.size());
      std::string_view element = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (element.starts_with('?')) element.remove_prefix(1);
      has_unknown |= element.starts_with('/') || element.find('@') != std::string_view::npos;
      elements.emplace(element);
    }
  }
  // Whether it certainly names the call.
  bool names(const trace::SyscallType& type) const {
    if (elements.contains("all") || elements.contains(type.name) || elements.contains("@" + type.alias)) return true;
    for (std::string_view classes = type.classes; !classes.empty();) {
      const size_t end = std::min(classes.find(','), classes.size());
      const std::string group(classes.substr(0, end));
      classes.remove_prefix(std::min(end + 1, classes.size()));
      if (elements.contains("%" + group) || (group == "network" && elements.contains("%net"))) return true;
    }
    return false;
  }
};

}  // namespace

CallEffects::CallEffects(const trace::Catalogue& catalogue, const CallFlow& flow) : rows_(2 * kNumbers) {
  for (unsigned compat = 0; compat < 2; ++compat)
    for (const trace::SyscallType& type : catalogue.table(compat).types())
      if (type.number < kNumbers)
        rows_[(compat ? kNumbers : 0) + type.number] = row_of(type, flow.of(type.number, compat ? SYSCALL_COMPAT : 0));
}

NotKnowable not_knowable(const trace::Trace& trace) {
  NotKnowable result;
  std::vector<CallList> lists;
  std::string_view filter = trace.facts().filter;
  while (!filter.empty()) {
    const size_t end = std::min(filter.find("; "), filter.size());
    const std::string_view part = filter.substr(0, end);
    filter.remove_prefix(std::min(end + 2, filter.size()));
    if (part.starts_with("trace ")) lists.emplace_back(part.substr(6));
    result.offsets |= part == "without descendants" || part.starts_with("comm ") || part.starts_with("user ") ||
                      part.starts_with("cgroup ");
    if (part == "failed calls" || (part.starts_with("calls of ") && part.ends_with(" ns and more")))
      result.files = "recorded without all calls: " + std::string(part);
  }
  if (!lists.empty()) {
    const bool only_negated = std::all_of(lists.begin(), lists.end(), [](const CallList& one) { return one.all_but; });
    auto recorded = [&](const trace::SyscallType& type) {
      bool named = only_negated;
      for (const CallList& list : lists) {
        if (!list.all_but) named |= list.names(type);
        if (list.all_but && (list.has_unknown || list.names(type))) return false;
      }
      return named;
    };
    std::string files, bytes;
    auto add = [](std::string& to, const std::string& name) {
      if (to.size() < 60) to += (to.empty() ? "" : ", ") + name;
    };
    for (const trace::SyscallType& type : trace.catalogue().syscalls.types()) {
      const auto effect = effects().find(type.name);
      const bool opens =
          type.result_kind == trace::ResultKind::kFd ||
          (effect != effects().end() && effect->second <= CallEffect::kAccepts && effect->second != CallEffect::kIoctl);
      if (opens && !recorded(type)) add(files, type.name);
      if (type.bytes != trace::ByteFlow::kNone && !recorded(type)) add(bytes, type.name);
    }
    if (!files.empty()) result.files = "recorded without calls such as " + files;
    if (!bytes.empty()) result.bytes = "recorded without calls such as " + bytes;
  }
  if (result.bytes.empty()) result.bytes = result.files;
  return result;
}

}  // namespace ebpftrace::analyzer
