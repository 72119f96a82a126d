// SPDX-License-Identifier: Apache-2.0
// A system call's arguments and result as `strace -y` prints them, by the trace's own types and symbols. Appends to a
// string of the caller's; allocates nothing else. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "analyzer/dictionaries/exec_table.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/text/content_items.h"
#include "trace/read/block.h"
#include "trace/read/trace_catalogue.h"

namespace ebpftrace::analyzer {

// Where one argument's text lies in the string that it was appended to. size 0: the argument is not shown.
struct TextPiece {
  uint32_t offset = 0, size = 0;
  std::string_view in(std::string_view text) const { return text.substr(offset, size); }
};
using ArgPieces = std::array<TextPiece, 6>;

// One finished or unfinished call.
struct CallRow {
  const trace::SyscallType* type = nullptr;  // nullptr: the catalogue doesn't know it
  std::array<uint64_t, 6> args{};
  uint64_t result = 0;
  bool unfinished = false;
  const File* file = nullptr;  // columns file, file2; nullptr: none or not described
  const File* file2 = nullptr;
  trace::BlockText path, path2;
  ContentItems content;
  const FileTable* files = nullptr;  // for descriptors in what was passed with messages
  const Exec* exec = nullptr;        // what a successful execve led to
  const File* began_at = nullptr;    // column cwd: the directory that a relative path began at
  const File* cwd = nullptr;         // the caller's working directory as far as it is known: to be shown
};

// "</etc/passwd>" behind a descriptor; nothing if there is no file.
void append_file(std::string& out, const File* file);
// "AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC"
void append_call_args(std::string& out, ArgPieces& pieces, const CallRow& call, const trace::SymbolSets& symbols);
// "3</etc/passwd>", "-1 ENOENT (No such file or directory)", "0x8002 (flags O_RDWR|O_LARGEFILE)", "?"
void append_call_result(std::string& out, const CallRow& call, const trace::SymbolSets& symbols);

}  // namespace ebpftrace::analyzer
