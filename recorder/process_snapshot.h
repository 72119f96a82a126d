// SPDX-License-Identifier: Apache-2.0
// What /proc says of processes that run when recording begins, as rows of type process. One thread.
// Processes come and go meanwhile: one that is gone is left out, and so is what may not be read (in its row as
// unreadable). Threads of the kernel are left out unless they are somebody's ancestors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ebpftrace {

class ProcessSnapshot {
 public:
  using Take = std::function<void(std::span<const std::byte>)>;  // a process_record with its texts

  // own: the recorder's process id; it is no part of the snapshot but as an ancestor. proc: where procfs is mounted.
  ProcessSnapshot(uint32_t own, Take take, std::string proc = "/proc");

  // Each of these takes a process once, however often it is asked for.
  void add_all();
  void add(uint32_t tgid);
  void add_ancestors(uint32_t tgid);

  size_t taken() const { return taken_; }

 private:
  bool take(uint32_t tgid, bool kernel_threads, uint32_t& ppid);

  const uint32_t own_;
  const Take take_;
  const std::string proc_;
  std::set<uint32_t> seen_;
  size_t taken_ = 0;
};

}  // namespace ebpftrace
