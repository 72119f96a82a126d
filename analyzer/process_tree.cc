// SPDX-License-Identifier: Apache-2.0
#include "analyzer/process_tree.h"

#include <algorithm>
#include <map>

#include "analyzer/block.h"
#include "analyzer/call_flow.h"
#include "analyzer/shell_quote.h"
#include "analyzer/text_arena.h"
#include "analyzer/thread_table.h"

namespace ebpftrace {
namespace {

constexpr size_t kCommandBytes = 48u << 20;  // of all processes together
constexpr unsigned kMaxDepth = 1000;

struct Life {
  uint32_t parent = 0;  // position of the process that forked it, 0 unknown
  std::string_view argv;
  bool argv_cut = false;
  uint64_t end_ns = 0;
  bool ended = false;
  uint32_t status = 0;         // if ended
  uint32_t leader_status = 0;  // the leader's own, seen before the last thread ended
  bool leader_ended = false;
};

class Lives {
 public:
  Lives(const Trace& trace, const ThreadTable& threads)
      : trace_(trace), threads_(threads), lives_(threads.processes().size()) {
    read_forks();
    read_execs();
    read_exits();
  }
  const Life& of(uint32_t process) const { return lives_[process]; }

 private:
  template <typename Row>
  void for_each_row(Block& block, std::string_view type, Row&& row) {
    for (uint32_t position : trace_.blocks_of(type)) {
      if (!block.load(trace_.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) row(i);
    }
  }
  uint32_t process(uint64_t thread) const { return threads_.process_of(static_cast<uint32_t>(thread)); }

  void read_forks() {
    Block block(trace_, "fork", {"thread", "child"});
    for_each_row(block, "fork", [&](size_t i) {
      const uint32_t parent = process(block.column(0)[i]), child = process(block.column(1)[i]);
      if (child && child != parent && !lives_[child].parent) lives_[child].parent = parent;
    });
  }

  void read_execs() {
    Block block(trace_, "exec", {"thread", "argv"});
    bool full = false;
    for_each_row(block, "exec", [&](size_t i) {
      const uint32_t at = process(block.column(0)[i]);
      const BlockText argv = block.text(block.column(1)[i]);
      if (!at || !argv.present) return;
      Life& life = lives_[at];
      life.argv_cut = argv.cut || argv.at_least || argv.unreadable;
      // As a rule a process execs what its siblings do: the same text is kept once.
      if (life.argv != argv.bytes) {
        const auto kept = arena_.keep(argv.bytes);
        full |= !kept;
        life.argv_cut |= !kept;
        life.argv = kept.value_or(std::string_view());
      }
    });
    if (full)
      trace_.damage().report(0, "more command lines are recorded than this program keeps; the rest are missing");
  }

  void read_exits() {
    Block block(trace_, "exit", {"timeNs", "thread", "status", "groupStatus", "flags"});
    constexpr uint64_t kLastThread = 1, kGroupStatus = 2;
    for_each_row(block, "exit", [&](size_t i) {
      const Thread& thread = threads_.thread(static_cast<uint32_t>(block.column(1)[i]));
      if (!thread.process) return;
      Life& life = lives_[thread.process];
      const auto status = static_cast<uint32_t>(block.column(2)[i]), group = static_cast<uint32_t>(block.column(3)[i]);
      const uint64_t flags = block.column(4)[i];
      if (thread.tid == threads_.processes()[thread.process].pid) {
        life.leader_status = status;
        life.leader_ended = true;
      }
      if (flags & kLastThread) {
        life.ended = true;
        life.end_ns = block.column(0)[i];
        life.status = flags & kGroupStatus ? group : life.leader_ended ? life.leader_status : status;
      }
    });
  }

  const Trace& trace_;
  const ThreadTable& threads_;
  std::vector<Life> lives_;
  TextArena arena_{kCommandBytes};
};

// Where nobody was seen forking it: the process that had its parent's pid at the time.
uint32_t parent_by_pid(const std::vector<Process>& processes, const std::multimap<uint32_t, uint32_t>& by_pid,
                       uint32_t child) {
  uint32_t best = 0;
  const auto [first, last] = by_pid.equal_range(processes[child].ppid);
  for (auto at = first; at != last; ++at)
    if (at->second != child && processes[at->second].start_ns <= processes[child].start_ns &&
        (!best || processes[at->second].start_ns > processes[best].start_ns))
      best = at->second;
  return best;
}

}  // namespace

ProcessTree process_tree(const Trace& trace, size_t limit) {
  const ThreadTable threads(trace);
  const Lives lives(trace, threads);
  const auto& processes = threads.processes();

  std::vector<uint32_t> by_start;
  std::multimap<uint32_t, uint32_t> by_pid;
  for (uint32_t i = 1; i < processes.size(); ++i) {
    by_start.push_back(i);
    by_pid.emplace(processes[i].pid, i);
  }
  std::sort(by_start.begin(), by_start.end(), [&](uint32_t a, uint32_t b) {
    if (processes[a].start_ns != processes[b].start_ns) return processes[a].start_ns < processes[b].start_ns;
    return a < b;
  });

  // Children lists, linked through siblings in order of start; 0 ends them. Position 0 holds the roots.
  std::vector<uint32_t> parent(processes.size()), first_child(processes.size()), sibling(processes.size());
  for (auto child = by_start.rbegin(); child != by_start.rend(); ++child) {
    uint32_t from = lives.of(*child).parent;
    if (!from) from = parent_by_pid(processes, by_pid, *child);
    // A parent is older, or as old and described earlier: no cycle, whatever the trace says.
    if (from && (processes[from].start_ns > processes[*child].start_ns ||
                 (processes[from].start_ns == processes[*child].start_ns && from > *child)))
      from = 0;
    parent[*child] = from;
    sibling[*child] = first_child[from];
    first_child[from] = *child;
  }

  ProcessTree tree;
  tree.processes = by_start.size();
  uint32_t at = first_child[0];
  unsigned depth = 0;
  while (at && tree.rows.size() < limit) {
    const Process& process = processes[at];
    const Life& life = lives.of(at);
    TreeProcess row{process.pid,           process.ppid,  std::string(process.name),
                    quote_argv(life.argv), life.argv_cut, trace.since_start(process.start_ns)};
    if (row.command.empty()) row.command = process.name;
    if (life.ended) {
      row.end_ns = trace.since_start(life.end_ns);
      if (life.status & 0x7f)
        row.exit_signal = static_cast<int>(life.status & 0x7f);
      else
        row.exit_code = static_cast<int>(life.status >> 8 & 0xff);
    }
    row.threads = process.threads;
    row.depth = std::min(depth, kMaxDepth);
    tree.rows.push_back(std::move(row));
    if (first_child[at]) {
      at = first_child[at];
      ++depth;
      continue;
    }
    while (at && !sibling[at]) {
      at = parent[at];
      if (at) --depth;
    }
    if (at) at = sibling[at];
  }
  tree.coverage = coverage_of(trace, {"thread", "fork", "exec", "exit"});
  return tree;
}

}  // namespace ebpftrace
