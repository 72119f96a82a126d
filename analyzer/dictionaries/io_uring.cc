// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/io_uring.h"

#include <memory>
#include <unordered_set>

#include "analyzer/query/call_flow.h"
#include "analyzer/query/scan_blocks.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr std::string_view kRingPath = "anon_inode:[io_uring]";
constexpr size_t kMaxRings = 1u << 20;

class Worker {
 public:
  Worker(const trace::Trace& trace, const ThreadTable& threads, const CallFlow& flow)
      : block_(trace, "syscall", {"thread", "number", "flags", "result"}),
        threads_(threads),
        flow_(flow),
        found_(threads.processes().size()) {}

  void operator()(const trace::Frame& frame) {
    enum { kThread, kNumber, kFlags, kResult };
    if (!block_.load(frame)) return;
    while (block_.next_tile()) {
      for (size_t i = 0; i < block_.tile_rows(); ++i) {
        const uint64_t flags = block_.column(kFlags)[i];
        if (!(flow_.of(block_.column(kNumber)[i], flags) & CallFlow::kRing)) continue;
        // One that is still in io_uring_enter has a ring.
        if (flags & SYSCALL_UNFINISHED || !is_error(block_.column(kResult)[i]))
          found_[threads_.process_of(block_.column(kThread)[i])] = true;
      }
    }
  }

  const std::vector<bool>& found() const { return found_; }

 private:
  trace::Block block_;
  const ThreadTable& threads_;
  const CallFlow& flow_;
  std::vector<bool> found_;
};

void report_full(const trace::Trace& trace) {
  trace.shortfalls().report(
      "more io_uring instances are described than this program keeps; that a process uses one may be left out");
}

// Ids of files that are rings.
std::unordered_set<uint64_t> rings_of(const trace::Trace& trace) {
  std::unordered_set<uint64_t> rings;
  trace::Block block(trace, "file", {"file", "path"});
  for (uint32_t position : trace.blocks_of("file")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i)
        if (block.text(block.column(1)[i]).bytes == kRingPath && rings.size() < kMaxRings)
          rings.insert(block.column(0)[i]);
  }
  if (rings.size() == kMaxRings) report_full(trace);
  return rings;
}

bool may_lack_files(const trace::Trace& trace) {
  if (!trace.losses().known || !trace.complete()) return true;
  for (const trace::Loss& loss : trace.losses().list)
    if (const EventType* type = trace.catalogue().type(loss.type); type && type->name == "file" && loss.count)
      return true;
  return false;
}

void add_open_rings(const trace::Trace& trace, const ThreadTable& threads, const std::unordered_set<uint64_t>& rings,
                    std::vector<bool>& found) {
  std::unordered_set<uint64_t> pids;
  trace::Block block(trace, "open_file", {"tgid", "file"});
  for (uint32_t position : trace.blocks_of("open_file")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i)
        if (rings.contains(block.column(1)[i]) && pids.size() < kMaxRings) pids.insert(block.column(0)[i]);
  }
  if (pids.size() == kMaxRings) report_full(trace);
  if (pids.empty()) return;
  for (size_t i = 1; i < threads.processes().size(); ++i) {
    const Process& process = threads.processes()[i];
    if (process.start_ns <= trace.facts().start_boot_ns && pids.contains(process.pid)) found[i] = true;
  }
}

}  // namespace

std::vector<bool> processes_with_rings(const trace::Trace& trace, const ThreadTable& threads) {
  std::vector<bool> found(threads.processes().size());
  const auto rings = rings_of(trace);
  if (rings.empty() && !may_lack_files(trace)) return found;
  add_open_rings(trace, threads, rings, found);
  const CallFlow flow(trace.catalogue());
  const auto workers =
      scan_blocks(trace, trace.blocks_of("syscall"), [&] { return std::make_unique<Worker>(trace, threads, flow); });
  for (const auto& worker : workers)
    for (size_t i = 0; i < found.size(); ++i) found[i] = found[i] || worker->found()[i];
  return found;
}

}  // namespace ebpftrace::analyzer
