// SPDX-License-Identifier: Apache-2.0
// Control groups that a trace describes, and which container a group's path stands for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "analyzer/dictionaries/text_arena.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct Container {
  std::string_view runtime;  // docker, podman, containerd, cri-o, lxc, nspawn, machine, kubernetes; empty: not known
  std::string id;            // 64 hexadecimal digits, or the name where the runtime uses names; empty: no container
};

// By the forms that docker, podman (libpod), containerd, CRI-O, kubelet, LXC and systemd-machined give their groups, with
// either cgroup driver. The innermost one of nested containers. Monitors of containers (conmon) are outside of them.
Container container_of_cgroup(std::string_view path);

// "docker 0123456789ab", for people; empty if there is none.
std::string short_name(const Container& container);

// Loaded once from the trace's cgroup blocks, then immutable.
class CgroupTable {
 public:
  explicit CgroupTable(const trace::Trace& trace) { read(trace); }
  // Of the same trace when it has grown.
  CgroupTable(const trace::Trace& trace, const CgroupTable& before)
      : frames_(before.frames_), full_(before.full_), arena_(before.arena_), paths_(before.paths_) {
    read(trace);
  }
  CgroupTable(const CgroupTable&) = delete;

  // From the root of the unified hierarchy; empty if the id is not described.
  std::string_view path(uint64_t id) const {
    const auto found = paths_.find(id);
    return found == paths_.end() ? std::string_view() : found->second;
  }

 private:
  void read(const trace::Trace& trace);

  size_t frames_ = 0;  // of the trace, that it has seen
  bool full_ = false;
  TextArena arena_{8u << 20};
  std::unordered_map<uint64_t, std::string_view> paths_;
};

}  // namespace ebpftrace::analyzer
