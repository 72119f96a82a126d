// SPDX-License-Identifier: Apache-2.0
// probe_kernel(): what this kernel allows, found by doing it.
#include <bpf/btf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "recorder/kernel/back_end.h"
#include "recorder/kernel/hook_trials.h"
#include "recorder/kernel/kernel_btf.h"

namespace ebpftrace::recorder {
namespace {

bool of_calls(std::string_view function) {
  return function.starts_with("__x64_sys_") || function.starts_with("__do_sys_") ||
         function == "__ia32_compat_sys_execve" || function == "x64_sys_call" || function == "ia32_sys_call";
}

std::vector<std::string> call_functions() {
  std::vector<std::string> names;
  std::ifstream symbols("/proc/kallsyms");
  for (std::string line; std::getline(symbols, line);) {
    const size_t from = line.find(' ', line.find(' ') + 1) + 1;
    const std::string_view name = std::string_view(line).substr(from);
    if (of_calls(name)) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> typed_functions(const btf* types) {
  std::vector<std::string> names;
  for (unsigned id = 1; id < btf__type_cnt(types); ++id) {
    const btf_type* type = btf__type_by_id(types, id);
    if (!btf_is_func(type)) continue;
    const std::string_view name = btf__name_by_offset(types, type->name_off);
    if (of_calls(name)) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::string> why_not(const Trial& trial) {
  if (trial.works()) return std::nullopt;
  return fmt::format("{}: {}", trial.doing, std::strerror(trial.error));
}

}  // namespace

KernelProbes probe_kernel(const KernelBtf& types) {
  return {call_functions(), typed_functions(types.types()), why_not(try_kprobe()), why_not(try_fentry(&types))};
}

}  // namespace ebpftrace::recorder
