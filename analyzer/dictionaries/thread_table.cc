// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/thread_table.h"

#include <algorithm>
#include <unordered_map>

#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMaxThreads = 1u << 20;  // about 100 bytes each
constexpr uint32_t kNoRoom = 0;           // of texts_
constexpr size_t kMaxStates = 2u << 20;

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

ThreadTable::ThreadTable(const trace::Trace& trace)
    : threads_(1), processes_(1), texts_{"?"}, named_by_leader_(1) {  // "?": what there is no room for
  read(trace);
}

ThreadTable::ThreadTable(const trace::Trace& trace, const ThreadTable& before)
    : frames_(before.frames_),
      full_(before.full_),
      arena_(before.arena_),
      index_(before.index_),
      threads_(before.threads_),
      processes_(before.processes_),
      texts_(before.texts_),
      cgroups_(before.cgroups_),
      states_(before.states_),
      named_by_leader_(before.named_by_leader_) {
  read(trace);
}

void ThreadTable::read(const trace::Trace& trace) {
  std::vector<uint32_t> unread;
  for (const uint32_t position : trace.blocks_of("thread"))
    if (position >= frames_) unread.push_back(position);
  frames_ = trace.frames().size();
  if (unread.empty()) return;
  std::unordered_map<Identity, uint32_t, HashIdentity> known;
  std::unordered_map<std::string, uint32_t> kept_names;
  std::unordered_map<uint64_t, uint32_t> kept_groups;
  for (uint32_t i = 1; i < processes_.size(); ++i)
    known.emplace(Identity{processes_[i].start_ns, processes_[i].pid}, i);
  for (uint32_t i = 1; i < texts_.size(); ++i) kept_names.emplace(texts_[i], i);
  for (uint32_t i = 0; i < cgroups_.size(); ++i) kept_groups.emplace(cgroups_[i], i);
  const auto sorted = static_cast<std::ptrdiff_t>(states_.size());
  enum { kTime, kProcessStart, kThread, kTid, kTgid, kPpid, kUid, kComm, kNsPid, kCgroup };
  trace::Block block(trace, "thread",
                     {"timeNs", "processStartNs", "thread", "tid", "tgid", "ppid", "uid", "comm", "nsPid", "cgroup"});
  auto keep = [&](std::string_view name) -> uint32_t {
    std::string key(name.substr(0, 256));
    const auto found = kept_names.find(key);
    if (found != kept_names.end()) return found->second;
    const auto kept = arena_.keep(key);
    if (!kept) return kNoRoom;
    texts_.push_back(*kept);
    return kept_names.emplace(std::move(key), static_cast<uint32_t>(texts_.size() - 1)).first->second;
  };
  auto group = [&](uint64_t id) {
    const auto [found, is_new] = kept_groups.try_emplace(id, static_cast<uint32_t>(cgroups_.size()));
    if (is_new) cgroups_.push_back(id);
    return found->second;
  };

  for (const uint32_t position : unread) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile()) {
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const auto id = static_cast<uint32_t>(block.column(kThread)[i]);
        const auto pid = static_cast<uint32_t>(block.column(kTgid)[i]);
        const auto tid = static_cast<uint32_t>(block.column(kTid)[i]);
        uint32_t at = index_.find(id);
        if (!at) {
          if (threads_.size() > kMaxThreads) {
            full_ = true;
            continue;
          }
          const Identity identity{block.column(kProcessStart)[i], pid};
          auto [process, first] = known.try_emplace(identity, static_cast<uint32_t>(processes_.size()));
          if (first) {
            processes_.push_back(
                {.pid = pid, .ppid = static_cast<uint32_t>(block.column(kPpid)[i]), .start_ns = identity.start_ns});
            named_by_leader_.push_back(0);
          }
          processes_[process->second].threads++;
          at = static_cast<uint32_t>(threads_.size());
          threads_.push_back({id, tid, process->second});
          index_.set(id, at);
        }
        threads_[at].tid = tid;
        Process& process = processes_[threads_[at].process];
        const bool leader = tid == process.pid;
        if (!leader && named_by_leader_[threads_[at].process]) continue;
        if (!leader && process.name.data()) continue;  // the first thread's name has to do
        named_by_leader_[threads_[at].process] = leader;
        const auto uid = static_cast<uint32_t>(block.column(kUid)[i]);
        const uint64_t cgroup = block.column(kCgroup)[i];
        const uint32_t text = keep(block.text(block.column(kComm)[i]).bytes);
        const std::string_view name = texts_[text];
        const bool same = process.name.data() && process.name == name && process.uid == uid && process.cgroup == cgroup;
        process.ns_pid = static_cast<uint32_t>(block.column(kNsPid)[i]);
        process.uid = uid;
        process.cgroup = cgroup;
        if (same) continue;
        if (states_.size() < kMaxStates)
          states_.push_back({block.column(kTime)[i], threads_[at].process, text, group(cgroup), uid});
        else
          full_ = true;
        process.name = name;
      }
    }
  }
  if (full_) trace.shortfalls().report("more threads are described than this program keeps; the rest have no name");
  const auto earlier = [](const State& a, const State& b) {
    return a.process != b.process ? a.process < b.process : a.time_ns < b.time_ns;
  };
  std::stable_sort(states_.begin() + sorted, states_.end(), earlier);
  std::inplace_merge(states_.begin(), states_.begin() + sorted, states_.end(), earlier);
}

ThreadTable::StateSpan ThreadTable::state_at(uint32_t process, uint64_t time_ns) const {
  // The first state of the process that came later; the one before it held, or if there is none, it will do.
  const auto later = std::upper_bound(states_.begin(), states_.end(), time_ns, [&](uint64_t time, const State& state) {
    return process != state.process ? process < state.process : time < state.time_ns;
  });
  const auto at = static_cast<uint32_t>(later - states_.begin());
  const bool has_later = later != states_.end() && later->process == process;
  if (at != 0 && states_[at - 1].process == process) {
    const bool first = at == 1 || states_[at - 2].process != process;
    return {at - 1, first ? 0 : states_[at - 1].time_ns, has_later ? later->time_ns : UINT64_MAX};
  }
  if (!has_later) return {};
  const bool only = at + 1 == states_.size() || states_[at + 1].process != process;
  return {at, 0, only ? UINT64_MAX : states_[at + 1].time_ns};
}

std::string_view ThreadTable::name_at(uint32_t process, uint64_t time_ns) const {
  const StateSpan span = state_at(process, time_ns);
  return span.state == UINT32_MAX ? processes_[process].name : name_of(states_[span.state]);
}

}  // namespace ebpftrace::analyzer
