// SPDX-License-Identifier: Apache-2.0
// probe_kernel(): what this kernel allows, found by doing it.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "recorder/back_end.h"
#include "recorder/hook_trials.h"

namespace ebpftrace {
namespace {

std::vector<std::string> call_functions() {
  std::vector<std::string> names;
  std::ifstream symbols("/proc/kallsyms");
  for (std::string line; std::getline(symbols, line);) {
    const size_t from = line.find(' ', line.find(' ') + 1) + 1;
    const std::string_view name = std::string_view(line).substr(from);
    if (name.starts_with("__x64_sys_") || name == "__ia32_compat_sys_execve" || name == "x64_sys_call" || name == "ia32_sys_call")
      names.emplace_back(name);
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
  return {call_functions(), why_not(try_kprobe()), why_not(try_fentry(&types))};
}

}  // namespace ebpftrace
