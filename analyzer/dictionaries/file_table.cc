// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/file_table.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "analyzer/text/quote.h"
#include "analyzer/text/socket_text.h"
#include "schema/values.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxFiles = 1u << 20;

// Angle brackets are what ends it in the text of a call.
void append_path_shown(std::string& out, const File& file) {
  for (std::string_view rest = file.path; !rest.empty();) {
    const size_t plain = std::min(rest.find_first_of("<>"), rest.size());
    append_escaped(out, rest.substr(0, plain));
    if (plain < rest.size()) out += rest[plain] == '<' ? "\\74" : "\\76";
    rest.remove_prefix(std::min(plain + 1, rest.size()));
  }
  if (file.cut) out += "...";
}

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

std::string shown_path(std::string_view path) {
  std::string shown;
  append_path_shown(shown, {.path = path});
  return shown;
}

FileTable::FileTable(const trace::Trace& trace) : files_(1) { read(trace); }

FileTable::FileTable(const trace::Trace& trace, const FileTable& before)
    : frames_(before.frames_),
      full_(before.full_),
      arena_(before.arena_),
      index_(before.index_),
      files_(before.files_) {
  read(trace);
}

void FileTable::read(const trace::Trace& trace) {
  enum { kFile, kMode, kFlags, kPath, kSocketType, kProtocol, kLocal, kRemote };
  trace::Block block(trace, "file", {"file", "mode", "flags", "path", "socketType", "protocol", "local", "remote"});
  std::string shown;
  for (uint32_t position : trace.blocks_of("file")) {
    if (position < frames_ || !block.load(trace.frames()[position])) continue;
    while (block.next_tile()) {
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const auto id = static_cast<uint32_t>(block.column(kFile)[i]);
        const trace::BlockText text = block.text(block.column(kPath)[i]);
        uint32_t at = index_.find(id);
        if (!at && files_.size() > kMaxFiles) {
          full_ = true;
          continue;
        }
        // Each part of a recording describes what it refers to: the same texts are kept once.
        const bool same_path = at && files_[at].path == text.bytes;
        const auto kept = same_path ? std::optional(files_[at].path) : arena_.keep(text.bytes);
        full_ |= !kept;
        if (!at) {
          at = static_cast<uint32_t>(files_.size());
          files_.emplace_back();
          index_.set(id, at);
        }
        File& file = files_[at];
        file.path = kept.value_or("?");
        file.mode = static_cast<uint32_t>(block.column(kMode)[i]);
        file.cut = text.cut || text.at_least;
        file.unlinked = block.column(kFlags)[i] & FILE_UNLINKED;
        shown.clear();
        if (S_ISSOCK(file.mode))
          shown = socket_text(
              static_cast<unsigned>(block.column(kSocketType)[i]), static_cast<unsigned>(block.column(kProtocol)[i]),
              block.text(block.column(kLocal)[i]).bytes, block.text(block.column(kRemote)[i]).bytes, text.bytes);
        if (shown.empty()) append_path_shown(shown, file);
        const auto kept_shown = shown == file.path    ? std::optional(file.path)
                                : shown == file.shown ? std::optional(file.shown)
                                                      : arena_.keep(shown);
        full_ |= !kept_shown;
        file.shown = kept_shown.value_or(file.path);
      }
    }
  }
  frames_ = trace.frames().size();
  if (full_) trace.shortfalls().report("more files are described than this program keeps; the rest have no name");
}

}  // namespace ebpftrace::analyzer
