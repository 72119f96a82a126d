// SPDX-License-Identifier: Apache-2.0
// What each successful execve led to: its arguments are in the exec event, unless the program that ran got other ones.
// Loaded once, then immutable; the one of the same trace when it has grown goes on from there.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/dictionaries/text_arena.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct Exec {
  uint32_t thread = 0;
  uint64_t time_ns = 0;
  trace::BlockText filename, argv;
};

class ExecTable {
 public:
  explicit ExecTable(const trace::Trace& trace) { read(trace); }
  ExecTable(const trace::Trace& trace, const ExecTable& before)
      : frames_(before.frames_), full_(before.full_), arena_(before.arena_), execs_(before.execs_) {
    read(trace);
  }
  ExecTable(const ExecTable&) = delete;

  // The thread's exec in that span of boot time; nullptr: none, or more than are kept.
  const Exec* find(uint32_t thread, uint64_t from_ns, uint64_t to_ns) const;
  // Its last one until then.
  const Exec* last(uint32_t thread, uint64_t until_ns) const;

 private:
  void read(const trace::Trace& trace);

  size_t frames_ = 0;  // of the trace, that it has seen
  bool full_ = false;
  TextArena arena_{32u << 20};
  std::vector<Exec> execs_;  // by thread, then time
};

}  // namespace ebpftrace::analyzer
