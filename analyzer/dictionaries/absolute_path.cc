// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/absolute_path.h"

#include <sys/mount.h>

#include <algorithm>

namespace ebpftrace::analyzer {
namespace {

constexpr int32_t kAtFdcwd = -100;  // linux/fcntl.h

// What a symbolic link shall contain is a text, and so is a mount's source unless the mount binds or moves it.
bool is_looked_up(const CallRow& call, const trace::SyscallArg& arg) {
  if (arg.name == "oldname" && call.type->alias == "symlink") return false;
  if (arg.name == "dev_name" && call.type->name == "mount") return call.args[3] & (MS_BIND | MS_MOVE);
  return true;
}

}  // namespace

void append_joined(std::string& out, std::string_view directory, std::string_view path) {
  if (path.starts_with('/')) {
    out += path;
    return;
  }
  while (directory.ends_with('/')) directory.remove_suffix(1);
  const size_t start = out.size();
  out += directory;
  for (std::string_view rest = path; !rest.empty();) {
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view name = rest.substr(0, end);
    if (!name.empty() && name != ".") {
      out += '/';
      out += name;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (out.size() == start) out += '/';
}

bool is_named(const trace::BlockText& path) { return path.present && !path.unreadable && !path.bytes.empty(); }

const File* file_of_path(const CallRow& call) {
  const File* file = call.file ? call.file : call.file2;
  const bool led_there =
      call.file && call.type && (call.type->result_kind == trace::ResultKind::kFd || call.type->name == "chdir");
  return led_there || !is_named(call.path) ? file : nullptr;
}

const File* directory_of(const CallRow& call, unsigned path) {
  if (!call.type) return nullptr;
  const auto& args = call.type->args;
  // As in ArgWriter::all(): the files of the first two descriptor arguments.
  const bool opens = call.type->result_kind == trace::ResultKind::kFd;
  const File* files[] = {opens ? call.file2 : call.file, opens ? nullptr : call.file2};
  const File* behind = nullptr;  // the directory descriptor right before
  bool from_descriptor = false;
  unsigned descriptors = 0, paths = 0;
  for (unsigned i = 0; i < std::min(args.size(), call.args.size()); ++i) {
    const trace::ArgKind kind = args[i].how.kind;
    if (kind == trace::ArgKind::kPath && paths++ == path) {
      if (!is_looked_up(call, args[i])) return nullptr;
      return from_descriptor ? behind : call.began_at;
    }
    from_descriptor = false;
    if (kind != trace::ArgKind::kFd && kind != trace::ArgKind::kDirfd) continue;
    const File* file = descriptors < 2 ? files[descriptors] : nullptr;
    ++descriptors;
    if (kind == trace::ArgKind::kDirfd && static_cast<int32_t>(call.args[i]) != kAtFdcwd) {
      from_descriptor = true;
      behind = file;
    }
  }
  return nullptr;
}

}  // namespace ebpftrace::analyzer
