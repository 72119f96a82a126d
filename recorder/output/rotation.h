// SPDX-License-Identifier: Apache-2.0
// A recording in parts: run.0001.trace, run.0002.trace, …, each a whole trace of its own, of which the newest are kept.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "trace/write/trace_file.h"

namespace ebpftrace::recorder {

// When a part is complete, by whichever comes first; and on SIGUSR2.
struct RotationLimits {
  uint64_t bytes = 0;  // 0: any size
  double seconds = 0;  // 0: any time
  unsigned keep = 0;   // parts that stay; 0: all

  bool wanted() const { return bytes || seconds > 0; }
  // Adds "100M" (K, M, G, T: powers of 1024) or "10min" (s, min or m, h, d). Throws std::invalid_argument.
  void add(std::string_view text);
};

// Opens the parts, one after the other, in one folder, and removes the oldest that it opened itself. next() on one thread;
// it works in the sandbox if that knows folder().
class PartFiles {
 public:
  // path: as given with -o: its extension stays at the end. Throws OutputError if the folder can't be opened, or for a pipe.
  PartFiles(const std::string& path, trace::OutputOwner owner, trace::OutputCalls& calls, unsigned keep);
  ~PartFiles();
  PartFiles(const PartFiles&) = delete;

  // Throws OutputError; the same part can then be asked for again.
  std::unique_ptr<trace::TraceFile> next();
  unsigned part() const { return part_; }  // of the last that was opened, from 1
  int folder() const { return folder_; }
  // Whether files can be made there with the privileges that this process has: 0, or errno.
  int why_not() const;
  [[noreturn]] void refuse(int error, uid_t uid) const;

  std::string name(unsigned part) const;

 private:
  std::string folder_path_, stem_, extension_;
  trace::OutputOwner owner_;
  trace::OutputCalls& calls_;
  unsigned keep_;
  int folder_ = -1;
  unsigned part_ = 0;
  std::deque<unsigned> kept_;
};

}  // namespace ebpftrace::recorder
