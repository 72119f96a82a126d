// SPDX-License-Identifier: Apache-2.0
#include "recorder/kernel/back_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "recorder/kernel/call_table.h"
#include "schema/syscalls.capnp.h"

namespace ebpftrace::recorder {
namespace {

constexpr char kEveryCall[] = "x64_sys_call";
constexpr char kEveryCompatCall[] = "ia32_sys_call";

// Where arch/x86/entry/syscalls/syscall_64.tbl names another function than the call.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOtherNames = {{
    {"stat", "newstat"},
    {"fstat", "newfstat"},
    {"lstat", "newlstat"},
    {"uname", "newuname"},
    {"umount2", "umount"},
    {"sendfile", "sendfile64"},
}};

std::string function_of(std::string_view call) {
  for (const auto& [name, function] : kOtherNames)
    if (name == call) call = function;
  return fmt::format("__x64_sys_{}", call);
}

// Calls that may wait for others, for any time. A kretprobe takes a slot for each thread that waits, and has as many slots
// as the machine has CPUs (Linux 6.1; at least 10 since commit 4bbd93455659, Linux 6.7): further ones are not seen.
bool may_wait(std::string_view call) {
  static const std::set<std::string_view> kWaits = {"accept",
                                                    "accept4",
                                                    "clock_nanosleep",
                                                    "connect",
                                                    "epoll_pwait",
                                                    "epoll_pwait2",
                                                    "epoll_wait",
                                                    "epoll_wait_old",
                                                    "fcntl",
                                                    "flock",
                                                    "futex",
                                                    "futex_wait",
                                                    "futex_waitv",
                                                    "getrandom",
                                                    "io_getevents",
                                                    "io_pgetevents",
                                                    "io_uring_enter",
                                                    "ioctl",
                                                    "mq_timedreceive",
                                                    "mq_timedsend",
                                                    "msgrcv",
                                                    "msgsnd",
                                                    "nanosleep",
                                                    "open",
                                                    "openat",
                                                    "openat2",
                                                    "pause",
                                                    "poll",
                                                    "ppoll",
                                                    "pread64",
                                                    "preadv",
                                                    "preadv2",
                                                    "pselect6",
                                                    "pwrite64",
                                                    "pwritev",
                                                    "pwritev2",
                                                    "read",
                                                    "readv",
                                                    "recvfrom",
                                                    "recvmmsg",
                                                    "recvmsg",
                                                    "restart_syscall",
                                                    "rt_sigsuspend",
                                                    "rt_sigtimedwait",
                                                    "select",
                                                    "semop",
                                                    "semtimedop",
                                                    "sendfile",
                                                    "sendmmsg",
                                                    "sendmsg",
                                                    "sendto",
                                                    "splice",
                                                    "tee",
                                                    "vfork",
                                                    "vmsplice",
                                                    "wait4",
                                                    "waitid",
                                                    "write",
                                                    "writev"};
  return kWaits.contains(call);
}

struct Chosen {
  std::vector<CallFunction> functions;
  std::vector<std::string> absent;
  SyscallSet reach;
  bool waits = false;
  size_t calls = 0;  // that were chosen, and that this kernel has
};

// The functions of the chosen 64-bit calls, and the returns of those that others depend on.
Chosen functions_of(const SyscallSet& calls, bool changes_user, const KernelProbes& kernel) {
  Chosen chosen;
  const auto table = make_call_tables({}).calls;
  const unsigned effects = CALL_MOVES_NAMES | (changes_user ? unsigned{CALL_SETS_USER} : 0);
  for (auto call : *schema::SYSCALLS64) {
    const uint16_t number = call.getNumber();
    if (number >= CALLS - 1) continue;
    const std::string_view name = call.getName().cStr();
    const bool wanted = calls.native.test(number);
    if (!wanted && !(table[number].flags & effects)) continue;
    const std::string function = function_of(name);
    if (!kernel.has(function)) {
      if (wanted) chosen.absent.emplace_back(name);
      continue;
    }
    chosen.functions.push_back(
        {function, call.getArgs().size() == 0, wanted, std::string_view(call.getResult().cStr()) != "none"});
    chosen.calls += wanted;
    chosen.waits |= wanted && may_wait(name);
    if (wanted) chosen.reach.native.set(number);
  }
  return chosen;
}

// Gives each function the name that fentry finds it by. Returns those that have none.
std::vector<std::string> name_by_type(std::vector<CallFunction>& functions, const KernelProbes& kernel) {
  std::vector<std::string> untyped;
  for (CallFunction& function : functions) {
    if (kernel.has_type(function.name)) continue;
    const std::string body = fmt::format("__do_{}", function.name.substr(std::string_view("__x64_").size()));
    if (function.takes_nothing && kernel.has_type(body))
      function.name = body;
    else
      untyped.push_back(function.name);
  }
  return untyped;
}

[[noreturn]] void cannot(BackEnd back_end, std::string_view why, std::string_view remedy) {
  throw BackEndError(fmt::format("the back end '{}' cannot be had: {}; {}", name_of(back_end), why, remedy));
}

constexpr std::string_view kManyCalls = "cheapest for that many calls";

ProbePlan tracepoint_plan(std::string_view why) {
  ProbePlan plan;
  plan.reach = SyscallSet::all();
  plan.reason = why;
  return plan;
}

}  // namespace

std::string_view name_of(BackEnd back_end) {
  switch (back_end) {
    case BackEnd::kKprobe:
      return "kprobe";
    case BackEnd::kFentry:
      return "fentry";
    case BackEnd::kTracepoint:
      break;
  }
  return "tracepoint";
}

std::optional<BackEnd> back_end_named(std::string_view name) {
  for (const BackEnd back_end : {BackEnd::kTracepoint, BackEnd::kKprobe, BackEnd::kFentry})
    if (name == name_of(back_end)) return back_end;
  return std::nullopt;
}

bool KernelProbes::has(std::string_view function) const {
  return std::binary_search(functions.begin(), functions.end(), function);
}

bool KernelProbes::has_type(std::string_view function) const {
  return std::binary_search(typed.begin(), typed.end(), function);
}

std::string ProbePlan::describe() const {
  if (back_end == BackEnd::kTracepoint) return "tracepoint";
  if (every_call) return fmt::format("{} (at {})", name_of(back_end), kEveryCall);
  const auto entries = std::count_if(functions.begin(), functions.end(), [](const CallFunction& f) { return f.entry; });
  return fmt::format("{} ({} function{}{})", name_of(back_end), entries, entries == 1 ? "" : "s",
                     compat_function.empty() ? "" : " and 32-bit calls");
}

std::optional<ProbePlan> plan_whatever_the_kernel(std::optional<BackEnd> asked, const SyscallSet& calls,
                                                  bool may_change) {
  if (asked == BackEnd::kTracepoint) return tracepoint_plan("asked for");
  if (asked) return std::nullopt;
  if (calls.empty()) return tracepoint_plan("no calls are chosen");
  if (may_change) return tracepoint_plan("the set of calls may change");
  if (calls.native.test(CALLS - 1)) return tracepoint_plan(kManyCalls);
  return std::nullopt;
}

ProbePlan plan_probes(std::optional<BackEnd> asked, const SyscallSet& calls, bool changes_user, bool may_change,
                      const KernelProbes& kernel) {
  if (auto plan = plan_whatever_the_kernel(asked, calls, may_change)) return *plan;
  Chosen chosen = functions_of(calls, changes_user, kernel);
  // Without CONFIG_IA32_EMULATION there is nothing to see.
  const bool compat = calls.compat.any() && kernel.has("__ia32_compat_sys_execve");
  const bool compat_visible = !compat || kernel.has(kEveryCompatCall);

  ProbePlan plan;
  plan.functions = std::move(chosen.functions);
  plan.absent = std::move(chosen.absent);
  plan.reach = chosen.reach;
  plan.reach.compat = calls.compat;
  if (compat) plan.compat_function = kEveryCompatCall;
  plan.reason = "asked for";
  if (asked) {
    plan.back_end = *asked;
    constexpr std::string_view kRemedy = "--probe auto takes one that can";
    const auto& refusal = *asked == BackEnd::kKprobe ? kernel.no_kprobe : kernel.no_fentry;
    if (refusal) cannot(*asked, *refusal, kRemedy);
    if (!compat_visible)
      cannot(*asked,
             fmt::format("this kernel has no function {} by which 32-bit calls could be seen (Linux 6.9, 6.1.85)",
                         kEveryCompatCall),
             "choose 64-bit calls only (-e trace=NAME@64), or --probe tracepoint");
    if (*asked == BackEnd::kKprobe) return plan;
    const auto untyped = name_by_type(plan.functions, kernel);
    if (chosen.calls > kFentryPlaces || !untyped.empty()) {
      const std::string why =
          untyped.empty()
              ? fmt::format("{} functions are more than the {} that it has programs for", chosen.calls, kFentryPlaces)
              : fmt::format("the kernel's BTF does not have {}", fmt::join(untyped, ", "));
      if (!kernel.has_type(kEveryCall))
        cannot(*asked,
               fmt::format("{}, and this kernel has no {} that all calls come by (Linux 6.9, 6.1.85)", why, kEveryCall),
               "choose other calls (-e trace=...), or --probe tracepoint");
      plan.every_call = true;
      plan.functions.clear();
      plan.reach.native.set();
    }
    return plan;
  }

  if (chosen.calls > kFewCalls) return tracepoint_plan(kManyCalls);
  if (!compat_visible) return tracepoint_plan("32-bit calls cannot be seen otherwise");
  std::optional<std::string> no_fentry = kernel.no_fentry;
  if (!no_fentry) {
    ProbePlan typed = plan;
    const auto untyped = name_by_type(typed.functions, kernel);
    if (untyped.empty() && (!compat || kernel.has_type(kEveryCompatCall))) {
      typed.back_end = BackEnd::kFentry;
      typed.reason = "cheapest for few calls";
      return typed;
    }
    no_fentry = fmt::format("the kernel's BTF does not have {}", untyped.empty() ? kEveryCompatCall : untyped.front());
  }
  if (kernel.no_kprobe)
    return tracepoint_plan(fmt::format("no fentry: {}; no kprobe: {}", *no_fentry, *kernel.no_kprobe));
  if (chosen.waits)
    return tracepoint_plan(fmt::format("no fentry: {}; kretprobes miss returns of calls that wait", *no_fentry));
  plan.back_end = BackEnd::kKprobe;
  plan.reason = fmt::format("no fentry: {}", *no_fentry);
  return plan;
}

}  // namespace ebpftrace::recorder
