// SPDX-License-Identifier: Apache-2.0
// The threads and processes that a trace describes. Loaded once from its thread blocks, then immutable; the one of the same trace when it
// has grown goes on from there.
// A process is its id together with its start time, so that a reused pid is another process.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analyzer/dictionaries/id_index.h"
#include "analyzer/dictionaries/text_arena.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct Thread {
  uint32_t id = 0;   // what events carry
  uint32_t tid = 0;  // the latest: an exec from a thread that isn't the leader changes it
  uint32_t process = 0;
};

struct Process {
  uint32_t pid = 0;
  uint32_t ppid = 0;      // at first sight
  uint64_t start_ns = 0;  // boot time
  uint32_t threads = 0;   // that were described
  uint32_t uid = 0;       // latest
  std::string_view name;  // latest command name of its leader, or of the thread seen first
  uint32_t ns_pid = 0;    // in its own PID namespace; 0: not known
  uint64_t cgroup = 0;    // latest; 0: not known
};

class ThreadTable {
 public:
  explicit ThreadTable(const trace::Trace& trace);
  ThreadTable(const trace::Trace& trace, const ThreadTable& before);
  ThreadTable(const ThreadTable&) = delete;

  // Position 0 is the process, and the thread, of events whose thread is not described.
  const std::vector<Process>& processes() const { return processes_; }
  const std::vector<Thread>& threads() const { return threads_; }
  uint32_t position(uint64_t id) const { return index_.find(id); }  // in threads()
  const Thread& thread(uint64_t id) const { return threads_[index_.find(id)]; }
  uint32_t process_of(uint64_t thread_id) const { return thread(thread_id).process; }
  // What a process was from a moment of boot time on.
  struct State {
    uint64_t time_ns;
    uint32_t process;
    uint32_t name, cgroup;  // name_of(), cgroup_of()
    uint32_t uid;
  };
  std::string_view name_of(const State& state) const { return texts_[state.name]; }
  uint64_t cgroup_of(const State& state) const { return cgroups_[state.cgroup]; }  // 0: not known
  // Of all processes, by process, then time.
  const std::vector<State>& states() const { return states_; }
  // Position in states(), the same for all moments of [from_ns, to_ns). Before a process's first state that one holds.
  struct StateSpan {
    uint32_t state = UINT32_MAX;  // UINT32_MAX: of this process nothing is described
    uint64_t from_ns = 0, to_ns = UINT64_MAX;
  };
  StateSpan state_at(uint32_t process, uint64_t time_ns) const;
  // The process's name at a moment of boot time.
  std::string_view name_at(uint32_t process, uint64_t time_ns) const;

 private:
  void read(const trace::Trace& trace);

  size_t frames_ = 0;  // of the trace, that it has seen
  bool full_ = false;
  TextArena arena_{8u << 20};
  IdIndex index_;
  std::vector<Thread> threads_;
  std::vector<Process> processes_;
  std::vector<std::string_view> texts_;
  std::vector<uint64_t> cgroups_;
  std::vector<State> states_;
  std::vector<char> named_by_leader_;  // by process
};

}  // namespace ebpftrace::analyzer
