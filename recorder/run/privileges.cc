// SPDX-License-Identifier: Apache-2.0
#include "recorder/run/privileges.h"

#include <fmt/format.h>
#include <sys/capability.h>

#include <fstream>
#include <utility>

namespace ebpftrace::recorder {

std::string missing_capabilities() {
  // CAP_BPF and CAP_PERFMON (Linux 5.8) are what loading and attaching tracing programs takes; SYS_ADMIN includes both.
  cap_t own = ::cap_get_proc();
  if (!own) return {};
  auto has = [&](cap_value_t capability) {
    cap_flag_value_t value = CAP_CLEAR;
    return ::cap_get_flag(own, capability, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET;
  };
  std::string missing;
  if (!has(CAP_SYS_ADMIN))
    for (const auto& [capability, name] : {std::pair{CAP_BPF, "CAP_BPF"}, std::pair{CAP_PERFMON, "CAP_PERFMON"}})
      if (!has(capability)) missing += (missing.empty() ? "" : ", ") + std::string(name);
  ::cap_free(own);
  return missing;
}

std::optional<std::string> lockdown_mode() {
  std::ifstream file("/sys/kernel/security/lockdown");
  std::string modes;
  if (!std::getline(file, modes)) return std::nullopt;
  const auto open = modes.find('['), close = modes.find(']');
  return open != std::string::npos && close > open ? modes.substr(open + 1, close - open - 1) : modes;
}

std::string describe_lockdown() {
  const auto mode = lockdown_mode();
  if (!mode) return "; a security module or the machine's policy forbids it";
  if (*mode == "none") return "; kernel lockdown is off, so a security module or the machine's policy forbids it";
  return fmt::format(
      "; kernel lockdown is '{}' (/sys/kernel/security/lockdown), which forbids BPF to read memory: it must be "
      "'none' or 'integrity'",
      *mode);
}

}  // namespace ebpftrace::recorder
