// SPDX-License-Identifier: Apache-2.0
// What /proc says of processes that run when recording begins, as rows of type process. One thread.
// Of processes that are not recorded, command lines and the like are nobody's business: they are kept by pid, parent and name.
// Processes come and go meanwhile: one that is gone is left out, and so is what may not be read (in its row as
// unreadable). Threads of the kernel are left out unless they are somebody's ancestors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ebpftrace::recorder {

class ProcessSnapshot {
 public:
  using Take = std::function<void(std::span<const std::byte>)>;  // a process_record with its texts

  enum class Detail { kName, kFull };

  // own: the recorder's process id; it is no part of the snapshot but as an ancestor. others: what is kept of processes
  // that are not recorded. proc: where procfs is mounted.
  ProcessSnapshot(uint32_t own, Detail others, Take take, std::string proc = "/proc");

  // Each of these takes a process once, however often it is asked for: recorded ones have to come before their descendants'
  // ancestors.
  void add_all();
  void add(uint32_t tgid);
  void add_ancestors(uint32_t tgid);
  // For when it is not known yet who is recorded: what add_all() and add() find waits for release(), which is told.
  void hold() { holding_ = true; }
  void release(const std::set<uint32_t>& recorded);

  size_t taken() const { return taken_; }

 private:
  // What one process's folder said.
  struct Look {
    uint64_t time_ns = 0;
    uint32_t tgid = 0, ppid = 0, uid = 0, gid = 0, ns_pid = 0, threads = 0;
    std::optional<std::string> comm, exe, argv, cwd, cgroup;
    size_t argv_bytes = 0;  // that there were
    bool argv_at_least = false;
  };
  bool look(uint32_t tgid, bool kernel_threads, Look& look) const;
  void hand_over(const Look& look, Detail detail);

  const uint32_t own_;
  const Detail others_;
  const Take take_;
  const std::string proc_;
  std::set<uint32_t> seen_;
  bool holding_ = false;
  std::map<uint32_t, Look> held_;
  size_t taken_ = 0;
};

}  // namespace ebpftrace::recorder
