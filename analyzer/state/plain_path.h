// SPDX-License-Identifier: Apache-2.0
// A path argument as the name of one file, where that can be said without the file system.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace ebpftrace::analyzer {

// Appends `path`, which begins at `directory` if it is relative, without "." and empty names. ".." is understood only at the front
// of what begins at a directory, whose path is the kernel's: behind a name, it leads to where that leads to. False: it can't be
// said, or the directory is not known.
inline bool append_plain_path(std::string& out, std::string_view directory, std::string_view path) {
  const bool absolute = path.starts_with('/');
  if (absolute)
    directory = {};
  else if (!directory.starts_with('/'))
    return false;
  while (directory.ends_with('/')) directory.remove_suffix(1);
  bool at_front = !absolute;
  std::string rest;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (!at_front) return false;
      directory = directory.substr(0, std::min(directory.rfind('/'), directory.size()));
      continue;
    }
    at_front = false;
    rest += '/';
    rest += name;
  }
  out += directory;
  out += rest;
  if (out.empty()) out = "/";
  return true;
}

}  // namespace ebpftrace::analyzer
