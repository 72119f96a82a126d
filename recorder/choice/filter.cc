// SPDX-License-Identifier: Apache-2.0
#include "recorder/choice/filter.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

namespace ebpftrace::recorder {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

// Elements of a list with their offsets; separators and blanks around are not part of them.
std::vector<std::pair<std::string_view, size_t>> split(std::string_view list, std::string_view separators) {
  std::vector<std::pair<std::string_view, size_t>> elements;
  for (size_t at = 0; at <= list.size();) {
    size_t end = std::min(list.find_first_of(separators, at), list.size()), from = at;
    at = end + 1;
    while (from < end && kBlank.find(list[from]) != kBlank.npos) ++from;
    while (end > from && kBlank.find(list[end - 1]) != kBlank.npos) --end;
    if (end > from) elements.emplace_back(list.substr(from, end - from), from);
  }
  return elements;
}

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "1,2 3": what ps and pgrep print, as strace takes it.
void add_pids(std::vector<uint32_t>& pids, std::string_view list) {
  const auto elements = split(list, ", \t\n");
  if (elements.empty()) throw FilterError("the list of process ids is empty", 0);
  for (const auto& [element, offset] : elements) {
    const auto pid = number(element);
    if (!pid || *pid == 0)
      throw FilterError(fmt::format("'{}' is not a list of process ids such as \"12,34 56\"", list), offset);
    pids.push_back(*pid);
  }
}

void add_comms(std::vector<std::string>& comms, std::string_view list) {
  const auto elements = split(list, ",");
  if (elements.empty()) throw FilterError("the list of command names is empty", 0);
  for (const auto& [element, offset] : elements) {
    if (const auto slash = element.find('/'); slash != element.npos)
      throw FilterError(fmt::format("'{}' is a path; the kernel knows a process by its file's name alone: '{}'",
                                    element, element.substr(element.rfind('/') + 1)),
                        offset + slash);
    comms.emplace_back(element.substr(0, COMM_BYTES - 1));
  }
}

void add_users(std::vector<uint32_t>& users, std::string_view list) {
  const auto elements = split(list, ",");
  if (elements.empty()) throw FilterError("the list of users is empty", 0);
  for (const auto& [element, offset] : elements) {
    auto id = number(element);
    if (!id)
      if (const passwd* user = ::getpwnam(std::string(element).c_str())) id = user->pw_uid;
    if (!id)
      throw FilterError(
          fmt::format("there is no user '{}' (getent passwd lists them); a number is taken as it is", element), offset);
    users.push_back(*id);
  }
}

// The directory of a control group: as given if it is one, otherwise below where the unified hierarchy usually is.
Filter::Cgroup find_cgroup(std::string_view path) {
  std::string tried;
  for (const std::string_view mount : {"", "/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (mount.empty() && !path.starts_with('/')) continue;
    const std::string full = fmt::format("{}{}{}", mount, path.starts_with('/') ? "" : "/", path);
    struct statfs file_system {};
    struct stat file {};
    if (::statfs(full.c_str(), &file_system) != 0 || ::stat(full.c_str(), &file) != 0) {
      if (mount == "/sys/fs/cgroup") tried = fmt::format("{}: {}", full, std::strerror(errno));
      continue;
    }
    if (file_system.f_type == CGROUP2_SUPER_MAGIC && S_ISDIR(file.st_mode)) return {full, file.st_ino};
  }
  throw FilterError(
      fmt::format("'{}' is no control group of the unified hierarchy{}{}", path, tried.empty() ? "" : ": ", tried), 0);
}

uint64_t parse_duration(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const auto& [name, ns] : {std::pair{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}})
    if (error == std::errc() && unit == name && value >= 0 && value * ns < 1e18)
      return static_cast<uint64_t>(std::llround(value * ns));
  throw FilterError(fmt::format("'{}' is not a duration such as 250us, 1.5ms or 2s", text), 0);
}

template <typename T>
T choose(std::string_view value, std::initializer_list<std::pair<std::string_view, T>> choices) {
  std::string names;
  for (const auto& [name, chosen] : choices) {
    if (value == name) return chosen;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  throw FilterError(fmt::format("'{}' is none of {}", value, names), 0);
}

}  // namespace

std::string_view filter_keys() { return "trace, pid, comm, user, cgroup, follow, status, min-duration"; }

bool Filter::add(std::string_view key, std::string_view value) {
  if (key == "trace") {
    trace.emplace_back(value);
    try {
      calls = parse_syscall_set(trace);
    } catch (const SyscallSetError& error) {
      throw FilterError(error.what(), error.offset);
    }
  } else if (key == "pid") {
    add_pids(pids, value);
  } else if (key == "comm") {
    add_comms(comms, value);
  } else if (key == "user") {
    add_users(users, value);
  } else if (key == "cgroup") {
    cgroups.push_back(find_cgroup(value));
  } else if (key == "follow") {
    follow = choose<bool>(value, {{"yes", true}, {"no", false}});
  } else if (key == "status") {
    outcome = choose<Outcome>(
        value, {{"any", Outcome::kAny}, {"successful", Outcome::kSuccessful}, {"failed", Outcome::kFailed}});
  } else if (key == "min-duration") {
    min_duration_ns = parse_duration(value);
  } else {
    return false;
  }
  return true;
}

uint32_t Filter::rules(bool command) const {
  uint32_t rules = 0;
  if (command || !pids.empty()) rules |= RULE_PROCESS;
  if (!comms.empty()) rules |= RULE_COMM;
  if (!users.empty()) rules |= RULE_USER;
  if (!cgroups.empty()) rules |= RULE_CGROUP;
  if (follow) rules |= RULE_FOLLOW;
  if (!calls.is_all()) rules |= RULE_CALLS;
  if (outcome == Outcome::kSuccessful) rules |= RULE_SUCCESSFUL;
  if (outcome == Outcome::kFailed) rules |= RULE_FAILED;
  if (min_duration_ns) rules |= RULE_SLOW;
  return rules;
}

std::string Filter::describe(std::string_view command) const {
  std::vector<std::string> parts;
  if (!command.empty()) parts.push_back(fmt::format("command {}", command));
  if (!pids.empty()) parts.push_back(fmt::format("processes {}", fmt::join(pids, ",")));
  if (!comms.empty()) parts.push_back(fmt::format("comm {}", fmt::join(comms, ",")));
  if (!users.empty()) parts.push_back(fmt::format("user {}", fmt::join(users, ",")));
  for (const Cgroup& cgroup : cgroups) parts.push_back(fmt::format("cgroup {}", cgroup.path));
  if (!follow) parts.emplace_back("without descendants");
  for (const std::string& list : trace) parts.push_back(fmt::format("trace {}", list));
  if (outcome == Outcome::kSuccessful) parts.emplace_back("successful calls");
  if (outcome == Outcome::kFailed) parts.emplace_back("failed calls");
  if (min_duration_ns) parts.push_back(fmt::format("calls of {} ns and more", min_duration_ns));
  return parts.empty() ? "all" : fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace ebpftrace::recorder
