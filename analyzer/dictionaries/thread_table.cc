// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/thread_table.h"

#include <algorithm>
#include <unordered_map>

#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxThreads = 1u << 20;  // about 100 bytes each
constexpr size_t kMaxNames = 2u << 20;

struct Identity {
  uint64_t start_ns;
  uint32_t pid;
  bool operator==(const Identity&) const = default;
};
struct HashIdentity {
  size_t operator()(const Identity& id) const {
    return (id.start_ns ^ id.pid * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
  }
};

}  // namespace

ThreadTable::ThreadTable(const trace::Trace& trace) : threads_(1), processes_(1) {
  std::unordered_map<Identity, uint32_t, HashIdentity> known;
  std::unordered_map<std::string, std::string_view> kept_names;
  std::vector<char> named_by_leader(1);
  enum { kTime, kProcessStart, kThread, kTid, kTgid, kPpid, kUid, kComm, kNsPid, kCgroup };
  trace::Block block(trace, "thread",
                     {"timeNs", "processStartNs", "thread", "tid", "tgid", "ppid", "uid", "comm", "nsPid", "cgroup"});
  bool full = false;
  auto keep = [&](std::string_view name) -> std::string_view {
    std::string key(name.substr(0, 256));
    const auto found = kept_names.find(key);
    if (found != kept_names.end()) return found->second;
    const auto kept = arena_.keep(key);
    if (!kept) return "?";
    return kept_names.emplace(std::move(key), *kept).first->second;
  };

  for (uint32_t position : trace.blocks_of("thread")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile()) {
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const auto id = static_cast<uint32_t>(block.column(kThread)[i]);
        const auto pid = static_cast<uint32_t>(block.column(kTgid)[i]);
        const auto tid = static_cast<uint32_t>(block.column(kTid)[i]);
        uint32_t at = index_.find(id);
        if (!at) {
          if (threads_.size() > kMaxThreads) {
            full = true;
            continue;
          }
          const Identity identity{block.column(kProcessStart)[i], pid};
          auto [process, first] = known.try_emplace(identity, static_cast<uint32_t>(processes_.size()));
          if (first) {
            processes_.push_back(
                {.pid = pid, .ppid = static_cast<uint32_t>(block.column(kPpid)[i]), .start_ns = identity.start_ns});
            named_by_leader.push_back(0);
          }
          processes_[process->second].threads++;
          at = static_cast<uint32_t>(threads_.size());
          threads_.push_back({id, tid, process->second});
          index_.set(id, at);
        }
        threads_[at].tid = tid;
        Process& process = processes_[threads_[at].process];
        const bool leader = tid == process.pid;
        if (!leader && named_by_leader[threads_[at].process]) continue;
        if (!leader && process.name.data()) continue;  // the first thread's name has to do
        named_by_leader[threads_[at].process] = leader;
        process.uid = static_cast<uint32_t>(block.column(kUid)[i]);
        process.ns_pid = static_cast<uint32_t>(block.column(kNsPid)[i]);
        process.cgroup = block.column(kCgroup)[i];
        const std::string_view name = keep(block.text(block.column(kComm)[i]).bytes);
        if (process.name.data() && process.name == name) continue;
        if (names_.size() < kMaxNames)
          names_.push_back({threads_[at].process, block.column(kTime)[i], name});
        else
          full = true;
        process.name = name;
      }
    }
  }
  if (full) trace.shortfalls().report("more threads are described than this program keeps; the rest have no name");
  std::stable_sort(names_.begin(), names_.end(), [](const Name& a, const Name& b) {
    return a.process != b.process ? a.process < b.process : a.time_ns < b.time_ns;
  });
}

std::string_view ThreadTable::name_at(uint32_t process, uint64_t time_ns) const {
  // The first name of the process that came later; the one before it held, or if there is none, it will do.
  const auto later = std::upper_bound(names_.begin(), names_.end(), time_ns, [&](uint64_t time, const Name& name) {
    return process != name.process ? process < name.process : time < name.time_ns;
  });
  if (later != names_.begin() && std::prev(later)->process == process) return std::prev(later)->name;
  if (later != names_.end() && later->process == process) return later->name;
  return processes_[process].name;
}

}  // namespace ebpftrace::analyzer
