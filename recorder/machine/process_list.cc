// SPDX-License-Identifier: Apache-2.0
#include "recorder/machine/process_list.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace ebpftrace::recorder {
namespace {

// The number behind `key` in /proc/PID/status.
std::optional<uint32_t> status_value(uint32_t pid, std::string_view key) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(key)) continue;
    const auto from = line.find_first_of("0123456789");
    uint32_t value = 0;
    if (from != std::string::npos &&
        std::from_chars(line.data() + from, line.data() + line.size(), value).ec == std::errc())
      return value;
  }
  return std::nullopt;
}

}  // namespace

std::vector<uint32_t> descendants_of(uint32_t tgid) {
  std::multimap<uint32_t, uint32_t> children;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    uint32_t pid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc() || end != name.data() + name.size()) continue;
    if (const auto parent = status_value(pid, "PPid:")) children.emplace(*parent, pid);
  }
  std::vector<uint32_t> found;
  std::set<uint32_t> seen{tgid};
  std::vector<uint32_t> open{tgid};
  while (!open.empty()) {
    const uint32_t parent = open.back();
    open.pop_back();
    for (auto [child, end] = children.equal_range(parent); child != end; ++child)
      if (seen.insert(child->second).second) {
        found.push_back(child->second);
        open.push_back(child->second);
      }
  }
  return found;
}

std::optional<uint32_t> process_of(uint32_t tid) { return status_value(tid, "Tgid:"); }

bool in_initial_pid_namespace() {
  constexpr ino_t kInitial = 0xeffffffc;  // linux/proc_ns.h, PROC_PID_INIT_INO
  struct stat namespace_file {};
  return ::stat("/proc/self/ns/pid", &namespace_file) != 0 || namespace_file.st_ino == kInitial;
}

}  // namespace ebpftrace::recorder
