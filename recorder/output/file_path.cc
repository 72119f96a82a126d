// SPDX-License-Identifier: Apache-2.0
#include "recorder/output/file_path.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace ebpftrace::recorder {
namespace {

// linux/magic.h
constexpr uint32_t kPipeFs = 0x50495045, kSockFs = 0x534f434b, kAnonInodeFs = 0x09041934, kPidFs = 0x50494446,
                   kNsFs = 0x6e736673;  // its one component is the namespace's kind

std::vector<std::string_view> split(std::span<const std::byte> components) {
  std::vector<std::string_view> names;
  std::string_view rest(reinterpret_cast<const char*>(components.data()), components.size());
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    names.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

}  // namespace

std::string cgroup_path(const cgroup_record& record, std::span<const std::byte> components) {
  const auto names = split(components);
  std::string path = record.path.original & TEXT_AT_LEAST ? "..." : "";
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    path += '/';
    path += *name;
  }
  return path.empty() ? "/" : path;
}

std::string display_path(const file_record& record, std::span<const std::byte> components) {
  if (record.filesystem == kPipeFs) return fmt::format("pipe:[{}]", record.inode);
  if (record.filesystem == kSockFs) return fmt::format("socket:[{}]", record.inode);

  const auto names = split(components);
  const std::string_view leaf = names.empty() ? std::string_view() : names.front();
  if (record.filesystem == kAnonInodeFs) return fmt::format("anon_inode:{}", leaf);
  if (record.filesystem == kPidFs) return "anon_inode:[pidfd]";
  if (record.filesystem == kNsFs) return fmt::format("{}:[{}]", leaf.empty() ? "ns" : leaf, record.inode);

  std::string path;
  if (record.flags & FILE_PATH_CUT) path = "...";
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (*name == "/" || name->empty()) continue;  // the root of a file system that is not mounted here
    path += '/';
    path += *name;
  }
  return path.empty() ? "/" : path;
}

}  // namespace ebpftrace::recorder
