// SPDX-License-Identifier: Apache-2.0
#include "analyzer/file_table.h"

#include <sys/stat.h>

#include "analyzer/block.h"

namespace ebpftrace {
namespace {

constexpr size_t kMaxFiles = 1u << 20;

}  // namespace

std::string_view file_type_name(uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "dir";
    case S_IFCHR:
      return "char";
    case S_IFBLK:
      return "block";
    case S_IFIFO:
      return "fifo";
    case S_IFSOCK:
      return "socket";
    case S_IFLNK:
      return "symlink";
    case 0:
      return "anon";
    default:
      return "unknown";
  }
}

FileTable::FileTable(const Trace& trace) : files_(1) {
  enum { kFile, kMode, kPath };
  Block block(trace, "file", {"file", "mode", "path"});
  bool full = false;
  for (uint32_t position : trace.blocks_of("file")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile()) {
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const auto id = static_cast<uint32_t>(block.column(kFile)[i]);
        const BlockText text = block.text(block.column(kPath)[i]);
        uint32_t at = index_.find(id);
        if (!at && files_.size() > kMaxFiles) {
          full = true;
          continue;
        }
        const auto kept = arena_.keep(text.bytes);
        full |= !kept;
        if (!at) {
          at = static_cast<uint32_t>(files_.size());
          files_.emplace_back();
          index_.set(id, at);
        }
        files_[at] = {kept.value_or("?"), static_cast<uint32_t>(block.column(kMode)[i]), text.cut || text.at_least};
      }
    }
  }
  if (full) trace.damage().report(0, "more files are described than this program keeps; the rest have no name");
}

}  // namespace ebpftrace
