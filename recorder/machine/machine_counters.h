// SPDX-License-Identifier: Apache-2.0
// Counters of every CPU over intervals, as rows of type metrics: the kernel's own by perf_event_open(2) and /proc/stat,
// and what our programs and the recorder count. One thread. Everything that takes privilege is opened by the constructor;
// what cannot be had, or ends when a CPU goes offline, is marked as unavailable in its row.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bpf/records.h"
#include "recorder/drain/loss_ledger.h"

namespace ebpftrace::recorder {

// What /proc/stat says, in ns and threads.
struct CpuTimes {
  uint64_t user_ns = 0, system_ns = 0, idle_ns = 0;
};
struct ProcStat {
  std::vector<std::optional<CpuTimes>> cpus;  // by number; nothing: offline
  std::optional<uint32_t> running;            // procs_running
};
ProcStat parse_proc_stat(std::string_view text, uint32_t cpus, uint64_t ns_per_tick);

class MachineCounters {
 public:
  struct Sources {
    std::span<ring_control> rings;  // by possible CPU
    bool all_calls_counted = false;
    std::function<void()> sample_run_queues;          // sets runnable of the rings
    std::function<std::vector<EventCount>()> counts;  // since the start, produced ones too
    std::function<uint64_t()> recorder_ns;            // CPU time since the start
    std::function<uint64_t(uint32_t cpu)> take_ring_peak;
  };
  explicit MachineCounters(Sources sources);
  ~MachineCounters();
  MachineCounters(const MachineCounters&) = delete;

  // A row for each CPU that is or was online, for the time since the last call or the construction.
  void sample(const std::function<void(const metrics_record&)>& take);

 private:
  enum Counter { kMinor, kMajor, kSwitches, kMigrations, kCycles, kInstructions, kCounters };
  struct Cpu {
    int software = -1, hardware = -1;  // leaders of groups of counters
    std::vector<int> members;
    std::array<std::optional<uint64_t>, kCounters> counters;
    std::optional<CpuTimes> times;
    uint64_t syscalls = 0, forks = 0, lost = 0;
    bool was_online = false;
  };

  void open(uint32_t cpu);
  void read_counters(Cpu& cpu) const;
  std::string read_proc_stat() const;
  std::vector<uint64_t> lost_by_cpu() const;

  Sources sources_;
  std::vector<Cpu> cpus_;
  int proc_stat_ = -1;
  uint64_t ns_per_tick_;
  uint64_t last_ns_ = 0, recorder_ns_ = 0;
};

}  // namespace ebpftrace::recorder
