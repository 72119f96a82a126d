// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/exec_table.h"

#include <algorithm>
#include <iterator>

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxExecs = 1u << 18;  // about 100 bytes each, and their texts

}  // namespace

void ExecTable::read(const trace::Trace& trace) {
  enum { kTime, kThread, kFilename, kArgv };
  trace::Block block(trace, "exec", {"timeNs", "thread", "filename", "argv"});
  const auto sorted = static_cast<std::ptrdiff_t>(execs_.size());
  for (uint32_t position : trace.blocks_of("exec")) {
    if (full_ || position < frames_ || !block.load(trace.frames()[position])) continue;
    while (!full_ && block.next_tile()) {
      for (size_t i = 0; i < block.tile_rows() && !full_; ++i) {
        Exec exec{static_cast<uint32_t>(block.column(kThread)[i]), block.column(kTime)[i],
                  block.text(block.column(kFilename)[i]), block.text(block.column(kArgv)[i])};
        const auto filename = arena_.keep(exec.filename.bytes), argv = arena_.keep(exec.argv.bytes);
        full_ = execs_.size() == kMaxExecs || !filename || !argv;
        if (full_) continue;
        exec.filename.bytes = *filename;
        exec.argv.bytes = *argv;
        execs_.push_back(exec);
      }
    }
  }
  frames_ = trace.frames().size();
  if (full_) trace.shortfalls().report("more execs are described than this program keeps; the rest have no arguments");
  const auto earlier = [](const Exec& a, const Exec& b) {
    return a.thread != b.thread ? a.thread < b.thread : a.time_ns < b.time_ns;
  };
  std::stable_sort(execs_.begin() + sorted, execs_.end(), earlier);
  std::inplace_merge(execs_.begin(), execs_.begin() + sorted, execs_.end(), earlier);
}

const Exec* ExecTable::find(uint32_t thread, uint64_t from_ns, uint64_t to_ns) const {
  const auto found = std::lower_bound(execs_.begin(), execs_.end(), from_ns, [&](const Exec& exec, uint64_t from) {
    return exec.thread != thread ? exec.thread < thread : exec.time_ns < from;
  });
  return found != execs_.end() && found->thread == thread && found->time_ns <= to_ns ? &*found : nullptr;
}

const Exec* ExecTable::last(uint32_t thread, uint64_t until_ns) const {
  const auto after = std::upper_bound(execs_.begin(), execs_.end(), until_ns, [&](uint64_t until, const Exec& exec) {
    return exec.thread != thread ? thread < exec.thread : until < exec.time_ns;
  });
  return after != execs_.begin() && std::prev(after)->thread == thread ? &*std::prev(after) : nullptr;
}

}  // namespace ebpftrace::analyzer
