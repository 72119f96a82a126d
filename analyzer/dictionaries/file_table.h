// SPDX-License-Identifier: Apache-2.0
// The open files that a trace describes. Loaded once from its file blocks, then immutable; the one of the same trace when it has grown
// goes on from there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/dictionaries/id_index.h"
#include "analyzer/dictionaries/text_arena.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct File {
  std::string_view path;
  uint32_t mode = 0;
  std::string_view shown;  // as strace -y shows it: the path escaped, or TCP:[127.0.0.1:1->127.0.0.1:2]
  bool cut = false;        // the path goes on; where its front is missing, it begins with three dots
  bool unlinked = false;   // when it was seen
};

// "file", "dir", ... by the type bits of a mode.
std::string_view file_type_name(uint32_t mode);

// A path as `shown` has it.
std::string shown_path(std::string_view path);

class FileTable {
 public:
  explicit FileTable(const trace::Trace& trace);
  FileTable(const trace::Trace& trace, const FileTable& before);
  FileTable(const FileTable&) = delete;

  // Position 0 stands for no file or an unknown one.
  const std::vector<File>& files() const { return files_; }
  uint32_t position(uint64_t id) const { return index_.find(id); }
  // nullptr: none or not described.
  const File* find(uint64_t id) const {
    const uint32_t position = index_.find(id);
    return position ? &files_[position] : nullptr;
  }

 private:
  void read(const trace::Trace& trace);

  size_t frames_ = 0;  // of the trace, that it has seen
  bool full_ = false;
  TextArena arena_{64u << 20};
  IdIndex index_;
  std::vector<File> files_;
};

}  // namespace ebpftrace::analyzer
