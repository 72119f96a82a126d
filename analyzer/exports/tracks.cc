// SPDX-License-Identifier: Apache-2.0
#include "analyzer/exports/tracks.h"

#include <unordered_map>

namespace ebpftrace::analyzer {
namespace {

constexpr uint64_t kMostIds = 1u << 22;  // the kernel's PID_MAX_LIMIT

}  // namespace

Tracks::Tracks(const ThreadTable& threads)
    : table_(threads), pids_(threads.processes().size()), tids_(threads.threads().size()) {
  std::unordered_map<uint32_t, uint64_t> used;
  for (size_t i = 1; i < pids_.size(); ++i) {
    const uint32_t pid = threads.processes()[i].pid;
    pids_[i] = pid + kMostIds * used[pid]++;
  }
  used.clear();
  for (size_t i = 1; i < tids_.size(); ++i) {
    const Thread& thread = threads.threads()[i];
    const Process& process = threads.processes()[thread.process];
    // A process's first thread has its number.
    const bool leads = thread.tid == process.pid;
    tids_[i] = leads ? pids_[thread.process] : thread.tid + kMostIds * used[thread.tid];
    ++used[thread.tid];
  }
}

Tracks::Track Tracks::of(uint32_t thread_id) const {
  const uint32_t position = table_.position(thread_id);
  const Thread& thread = table_.threads()[position];
  if (!position || !thread.process) return {};
  return {position, thread.process, pids_[thread.process], tids_[position], table_.processes()[thread.process].name};
}

}  // namespace ebpftrace::analyzer
