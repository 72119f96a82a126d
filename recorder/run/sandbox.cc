// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/sandbox.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/membarrier.h>
#include <linux/perf_event.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace ebpftrace::recorder {
namespace {

[[noreturn]] void fail(const char* what, int error) {
  throw SandboxError(
      fmt::format("giving up privileges failed: {}: {}; nothing was recorded", what, std::strerror(error)));
}

// For calls that set errno.
void need(bool done, const char* what) {
  if (!done) fail(what, errno);
}

// For libseccomp, which returns it.
void need_success(int negative_error, const char* what) {
  if (negative_error != 0) fail(what, -negative_error);
}

using Capabilities = std::unique_ptr<_cap_struct, decltype(&::cap_free)>;

bool may_change_bounding_set() {
  const Capabilities own(::cap_get_proc(), ::cap_free);
  cap_flag_value_t value = CAP_CLEAR;
  return own && ::cap_get_flag(own.get(), CAP_SETPCAP, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET;
}

void empty_bounding_set() {
  if (!may_change_bounding_set()) return;
  for (cap_value_t capability = 0; capability < ::cap_max_bits(); ++capability)
    need(::cap_drop_bound(capability) == 0, "the capability bounding set");
}

void become(const InvokingUser& user) {
  need(::setresgid(user.gid, user.gid, user.gid) == 0, "setresgid");
  need(::setresuid(user.uid, user.uid, user.uid) == 0, "setresuid");
  // What the recorder holds (the BPF maps, the trace) is more than the user may have: no ptrace, no core file.
  need(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "prctl(PR_SET_DUMPABLE)");
}

// ---- the filter ----

// Calls that recording takes whatever their arguments. Files, pipes and rings are open when the filter begins.
constexpr int kAllowed[] = {
    // the trace, pipes, /proc and perf counters that are open
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(ftruncate),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statfs),
    SCMP_SYS(getdents64),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    // waiting, and knowing the time (a system call where the vDSO has no clock)
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sched_yield),
    // memory, besides mmap and mprotect without PROT_EXEC
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(getrandom),
    SCMP_SYS(sched_getaffinity),
    // the own cost, the own ids
    SCMP_SYS(getrusage),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    // how a thread begins (the writer may still be at it) and ends
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    // the command's end, and whether a process still lives
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    SCMP_SYS(pidfd_open),
};

// What no recorder does after this point, and an intruder would: refused with the death of the process.
constexpr int kDeadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(capset),
    SCMP_SYS(setuid),
    SCMP_SYS(setresuid),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl),
    SCMP_SYS(reboot),
};

// The counters and tables of loaded programs, and the iterator that finds unfinished calls; nothing that loads or attaches.
constexpr int kBpfCommands[] = {
    BPF_MAP_LOOKUP_ELEM,  BPF_MAP_UPDATE_ELEM,    BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
    BPF_MAP_LOOKUP_BATCH, BPF_OBJ_GET_INFO_BY_FD, BPF_ITER_CREATE,     BPF_LINK_DETACH,
};

class Filter {
 public:
  // Refusing with EPERM, not killing: libraries make calls that we don't foresee (glibc alone has changed the ones behind
  // malloc and getpwnam more than once), they take a refusal, and a killed recorder has lost its last account.
  Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), ::seccomp_release) {
    if (!context_) fail("seccomp_init", ENOMEM);
    set(SCMP_FLTATR_CTL_TSYNC, 1);     // all threads, or none and an error
    set(SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a binary tree: the same few compares for every call
  }

  template <typename... Conditions>
  void rule(uint32_t action, int call, Conditions... conditions) {
    need_success(::seccomp_rule_add(context_.get(), action, call, sizeof...(conditions), conditions...),
                 "seccomp_rule_add");
  }
  template <typename... Conditions>
  void allow(int call, Conditions... conditions) {
    rule(SCMP_ACT_ALLOW, call, conditions...);
  }

  void load() { need_success(::seccomp_load(context_.get()), "the seccomp filter"); }

 private:
  void set(scmp_filter_attr attribute, uint32_t value) {
    need_success(::seccomp_attr_set(context_.get(), attribute, value), "seccomp_attr_set");
  }

  std::unique_ptr<void, decltype(&::seccomp_release)> context_;
};

constexpr uint32_t kSameUser = 0xffffffff;  // as fchown takes it

// Argument `index` as the int that the kernel takes it for.
scmp_arg_cmp is(unsigned index, uint32_t value) { return {index, SCMP_CMP_MASKED_EQ, 0xffffffff, value}; }
scmp_arg_cmp lacks(unsigned index, uint64_t bits) { return {index, SCMP_CMP_MASKED_EQ, bits, 0}; }

}  // namespace

void give_up_privileges(const std::optional<InvokingUser>& user, std::optional<gid_t> readers) {
  need(::cap_reset_ambient() == 0, "the ambient capabilities");
  empty_bounding_set();
  if (user || readers) need(::setgroups(readers ? 1 : 0, readers ? &*readers : nullptr) == 0, "setgroups");
  if (user) become(*user);
  const Capabilities none(::cap_init(), ::cap_free);
  need(none && ::cap_set_proc(none.get()) == 0, "capset");
  need(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "prctl(PR_SET_NO_NEW_PRIVS)");
}

int ask_without_privileges(const std::optional<InvokingUser>& user, const std::function<int()>& ask) {
  const pid_t child = ::fork();
  need(child >= 0, "fork");
  if (child == 0) {
    int answer = 126;
    try {
      give_up_privileges(user);
      answer = ask();
    } catch (const SandboxError&) {
    }
    ::_exit(answer);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

void enter_sandbox(const Permitted& permitted) {
  Filter filter;
  for (const int call : kAllowed) filter.allow(call);
  for (const int call : kDeadly) filter.rule(SCMP_ACT_KILL_PROCESS, call);
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) filter.allow(call, lacks(2, PROT_EXEC));
  filter.allow(SCMP_SYS(membarrier), is(0, MEMBARRIER_CMD_GLOBAL));  // the end of running BPF programs
  // Reading files by name: /proc, /sys, the configuration. Nothing is created, opened for writing or emptied.
  filter.allow(SCMP_SYS(openat), lacks(2, O_ACCMODE | O_CREAT | O_TRUNC));
  for (const uint32_t request :
       {uint32_t{TCGETS}, uint32_t{TIOCGWINSZ}, uint32_t{PERF_EVENT_IOC_DISABLE}})  // the last: of a kprobe
    filter.allow(SCMP_SYS(ioctl), is(1, request));
  for (const uint32_t what : {F_GETFD, F_GETFL, F_SETSIG}) filter.allow(SCMP_SYS(fcntl), is(1, what));
  for (const int what : kBpfCommands) filter.allow(SCMP_SYS(bpf), is(0, static_cast<uint32_t>(what)));
  if (permitted.command > 0) filter.allow(SCMP_SYS(kill), is(0, static_cast<uint32_t>(permitted.command)));
  filter.allow(SCMP_SYS(tgkill), is(0, static_cast<uint32_t>(::getpid())));  // abort()
  if (permitted.output_folder >= 0) {
    // The next part of the recording, as TraceFile opens it.
    const auto folder = is(0, static_cast<uint32_t>(permitted.output_folder));
    filter.allow(SCMP_SYS(openat), folder,
                 scmp_arg_cmp{2, SCMP_CMP_MASKED_EQ, O_ACCMODE | O_NOFOLLOW | O_TRUNC, O_WRONLY | O_NOFOLLOW});
    filter.allow(SCMP_SYS(unlinkat), folder, is(2, 0));
    filter.allow(SCMP_SYS(fcntl), is(1, F_SETFL));
    for (const int call : {SCMP_SYS(fchmod), SCMP_SYS(flock)}) filter.allow(call);
    if (permitted.readers) filter.allow(SCMP_SYS(fchown), is(1, kSameUser), is(2, *permitted.readers));
  }
  if (permitted.marker_socket >= 0) {
    // There is no other socket, and none can be made: these are the connections that it gives. Without sendmsg no
    // descriptor can be handed on.
    filter.allow(SCMP_SYS(accept4), is(0, static_cast<uint32_t>(permitted.marker_socket)));
    filter.allow(SCMP_SYS(getsockopt), is(1, SOL_SOCKET), is(2, SO_PEERCRED));
    for (const int call : {SCMP_SYS(recvfrom), SCMP_SYS(sendto)}) filter.allow(call);
  }
  filter.load();
}

}  // namespace ebpftrace::recorder
