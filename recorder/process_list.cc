// SPDX-License-Identifier: Apache-2.0
#include "recorder/process_list.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <string>

namespace ebpftrace {
namespace {

// The number behind `key` in /proc/PID/status.
std::optional<uint32_t> status_value(uint32_t pid, std::string_view key) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(key)) continue;
    const auto from = line.find_first_of("0123456789");
    uint32_t value = 0;
    if (from != std::string::npos && std::from_chars(line.data() + from, line.data() + line.size(), value).ec == std::errc())
      return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint32_t> process_of(uint32_t tid) { return status_value(tid, "Tgid:"); }

}  // namespace ebpftrace
