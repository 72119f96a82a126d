// SPDX-License-Identifier: Apache-2.0
// Which of the files that a user names belong together, and the traces that they are.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "trace/read/trace.h"

namespace ebpftrace::trace {

// Files that are there under that very name stay as they are; others are patterns (glob(7)), whose files are in the order of their
// names. Throws TraceError (kUnreadable) for a name that is neither.
std::vector<std::string> expand_patterns(std::span<const std::string> given);

// One list for each recording, its parts by number; the recordings by when they began. `notes` says what was left out: a file
// that is given twice, a part that the recorder had not begun to write.
// Throws TraceError for what is no trace, and if two files are the same part of a recording.
std::vector<std::vector<std::string>> group_files(std::span<const std::string> given, std::vector<std::string>& notes);

struct Recordings {
  std::vector<std::unique_ptr<Trace>> traces;  // as group_files orders them
  std::vector<std::string> notes;
};

// The same, opened. "-" is standard input; pipes are read as open_input does, and each is a recording of its own while it may grow.
// kMayGrow: of each recording the last part may.
Recordings open_recordings(std::span<const std::string> given, Tail tail = Tail::kCutOff);

}  // namespace ebpftrace::trace
