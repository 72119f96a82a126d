// SPDX-License-Identifier: Apache-2.0
// How the programs get to see system calls: which ways this kernel allows, and which one is taken for a set of calls.
// bpf/call_hooks.h has the programs and says what each way is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/choice/syscall_set.h"

namespace ebpftrace::recorder {

class KernelBtf;

enum class BackEnd { kTracepoint, kKprobe, kFentry };

std::string_view name_of(BackEnd back_end);
// "tracepoint", "kprobe", "fentry"; nothing for other words.
std::optional<BackEnd> back_end_named(std::string_view name);

// Programs for functions of single calls in bpf/call_hooks.h. A larger set goes through x64_sys_call.
constexpr size_t kFentryPlaces = 16;
// Sets of up to so many calls are worth a probe each. More would still be cheaper for everybody else, but the verifier takes
// 0.15 s for each call's programs (AMD EPYC, kernel 6.18: time ebpf-record -e none -- true against -e all).
constexpr size_t kFewCalls = 8;

// A kernel function that calls come by. All 32-bit calls share one.
struct CallFunction {
  std::string name;            // "__x64_sys_openat"; with fentry that which has a type: see KernelProbes::typed
  bool takes_nothing = false;  // a call without arguments
  bool entry = true;           // where the call begins; without it, only what others depend on is noted at its return
  bool returns = true;         // where it ends: false for calls that don't, such as exit
};

// What to load and attach for one recording.
struct ProbePlan {
  BackEnd back_end = BackEnd::kTracepoint;
  bool every_call = false;              // fentry: one pair at x64_sys_call instead of `functions`
  std::vector<CallFunction> functions;  // of 64-bit calls; empty for tracepoints
  std::string compat_function;      // that all 32-bit calls come by, or empty if they are not chosen or cannot be made
  SyscallSet reach;                 // calls that can be seen this way
  std::vector<std::string> absent;  // chosen calls that this kernel does not have
  std::string reason;               // why this one, for people

  // For the trace's header and -v: "fentry (3 functions)".
  std::string describe() const;
};

// What a plan is made from; tests give their own.
struct KernelProbes {
  std::vector<std::string> functions;  // sorted names of the kernel's functions
  // Those whose type the kernel's BTF has, sorted: fentry takes no others. A call without arguments is an alias there, and its
  // type is that of __do_sys_NAME (__SYS_STUB0 in arch/x86/include/asm/syscall_wrapper.h).
  std::vector<std::string> typed;
  std::optional<std::string> no_kprobe;  // why kprobes cannot be had here
  std::optional<std::string> no_fentry;  // likewise
  bool has(std::string_view function) const;
  bool has_type(std::string_view function) const;
};

// Tries for real, with a program that does nothing. Needs CAP_BPF and CAP_PERFMON. Loads up to two programs.
KernelProbes probe_kernel(const KernelBtf& types);

// The plan where it follows from what is asked alone: looking at what a kernel allows takes longer than a short command.
// Nothing if plan_probes() has to be asked, which begins with this.
std::optional<ProbePlan> plan_whatever_the_kernel(std::optional<BackEnd> asked, const SyscallSet& calls,
                                                  bool may_change);

// The back end that was asked for, or the cheapest. `changes_user`: set*uid must be seen. `may_change`: the set may grow
// while recording. Throws BackEndError if the one asked for can't be had: what is refused, why, and the remedy.
struct BackEndError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
ProbePlan plan_probes(std::optional<BackEnd> asked, const SyscallSet& calls, bool changes_user, bool may_change,
                      const KernelProbes& kernel);

}  // namespace ebpftrace::recorder
