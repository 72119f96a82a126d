// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/running_processes.h"

#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxProcesses = 1u << 17;

}  // namespace

RunningProcesses::RunningProcesses(const trace::Trace& trace) {
  enum { kTime, kTgid, kPpid, kUid, kNsPid, kThreads, kComm, kExe, kCwd, kArgv, kCgroup };
  trace::Block block(trace, "process",
                     {"timeNs", "tgid", "ppid", "uid", "nsPid", "threads", "comm", "exe", "cwd", "argv", "cgroup"});
  bool full = false;
  for (uint32_t position : trace.blocks_of("process")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile()) {
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        if (list_.size() == kMaxProcesses) {
          full = true;
          break;
        }
        auto number = [&](unsigned column) { return static_cast<uint32_t>(block.column(column)[i]); };
        auto text = [&](unsigned column) {
          const auto kept = arena_.keep(block.text(block.column(column)[i]).bytes);
          full |= !kept;
          return kept.value_or(std::string_view());
        };
        const trace::BlockText argv = block.text(block.column(kArgv)[i]);
        list_.push_back({.time_ns = block.column(kTime)[i],
                         .pid = number(kTgid),
                         .ppid = number(kPpid),
                         .uid = number(kUid),
                         .ns_pid = number(kNsPid),
                         .threads = number(kThreads),
                         .comm = text(kComm),
                         .exe = text(kExe),
                         .cwd = text(kCwd),
                         .argv = text(kArgv),
                         .cgroup = text(kCgroup),
                         .argv_cut = argv.cut || argv.at_least});
      }
    }
  }
  if (full)
    trace.shortfalls().report("more running processes are described than this program keeps; the rest are missing");
}

}  // namespace ebpftrace::analyzer
