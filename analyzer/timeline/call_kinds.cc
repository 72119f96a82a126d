// SPDX-License-Identifier: Apache-2.0
#include "analyzer/timeline/call_kinds.h"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>

namespace ebpftrace::analyzer {
namespace {

bool has(std::string_view list, std::string_view one) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == one) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

template <size_t kSize>
bool is_one(std::string_view name, const std::string_view (&of)[kSize]) {
  return std::find(std::begin(of), std::end(of), name) != std::end(of);
}

constexpr std::string_view kPolls[] = {"poll",          "ppoll",        "select",         "pselect6",     "epoll_wait",
                                       "epoll_pwait",   "epoll_pwait2", "_newselect",     "epoll_create", "epoll_ctl",
                                       "epoll_create1", "ppoll_time64", "pselect6_time64"};
constexpr std::string_view kSetUpPolls[] = {"epoll_create", "epoll_create1", "epoll_ctl"};
constexpr std::string_view kSleeps[] = {
    "nanosleep",  "clock_nanosleep", "clock_nanosleep_time64", "pause",        "rt_sigsuspend",
    "sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "io_getevents", "io_pgetevents",
    "msgrcv",     "mq_timedreceive"};
constexpr std::string_view kReceives[] = {"recvfrom",        "recvmsg", "recvmmsg", "recv",
                                          "recvmmsg_time64", "accept",  "accept4"};
constexpr std::string_view kLookUps[] = {"open",       "openat",   "openat2",    "stat",    "lstat",   "newfstatat",
                                         "stat64",     "lstat64",  "fstatat64",  "statx",   "access",  "faccessat",
                                         "faccessat2", "readlink", "readlinkat", "oldstat", "oldlstat"};

CallKind kind_of(const trace::SyscallType& type) {
  CallKind kind;
  const std::string_view name = type.name, sets = type.classes;
  const bool poll = is_one(name, kPolls), futex = name.starts_with("futex");
  const bool for_child = name == "wait4" || name == "waitid" || name == "waitpid";
  if (has(sets, "network") || poll)
    kind.of = CallClass::kNetwork;
  else if (has(sets, "signal") || has(sets, "ipc") || futex)
    kind.of = CallClass::kSignal;
  else if (has(sets, "process"))
    kind.of = CallClass::kProcess;
  else if (has(sets, "memory"))
    kind.of = CallClass::kMemory;
  else if (has(sets, "file") || has(sets, "desc"))
    kind.of = CallClass::kFile;
  kind.waits_for_child = for_child;
  kind.waits =
      for_child || futex || is_one(name, kSleeps) || is_one(name, kReceives) || (poll && !is_one(name, kSetUpPolls));
  kind.waits_by_file = type.bytes == trace::ByteFlow::kRead || type.bytes == trace::ByteFlow::kWrite;
  kind.by_file = kind.of == CallClass::kFile && has(sets, "desc");
  kind.looks_up = is_one(name, kLookUps);
  kind.is_ioctl = name == "ioctl";
  return kind;
}

}  // namespace

CallKinds::CallKinds(const trace::Catalogue& catalogue) : table_(2 * kNumbers) {
  for (unsigned compat = 0; compat < 2; ++compat)
    for (const trace::SyscallType& type : catalogue.table(compat).types())
      if (type.number < kNumbers) table_[compat * kNumbers + type.number] = kind_of(type);
}

bool is_pipe_or_socket(const File* file) { return file && (S_ISFIFO(file->mode) || S_ISSOCK(file->mode)); }
bool is_socket(const File* file) { return file && S_ISSOCK(file->mode); }

}  // namespace ebpftrace::analyzer
