// SPDX-License-Identifier: Apache-2.0
// Probes: what the programs produced and lost, and what they cost.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <array>
#include <atomic>

#include "bpf/records.h"
#include "recorder/kernel/probes.h"

namespace ebpftrace::recorder {
namespace {

using What = schema::Count::What;

// All 0 if the kernel won't say.
bpf_prog_info program_info(const bpf_program* program) {
  bpf_prog_info info{};
  u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) return {};
  return info;
}

// How often a kprobe could not run because another was running there (commit 3acd8ba3963f, Linux 6.7). The part of struct
// bpf_link_info that Debian 12's headers don't have.
struct KprobeLinkInfo {
  u32 type, id, prog_id, pad;
  u32 event_type, pad2;
  u64 function_name;
  u32 name_bytes, offset;
  u64 address, missed, cookie;
};

uint64_t missed_by(const bpf_link* link) {
  constexpr u32 kPerfEvent = 7, kKprobe = 3;  // BPF_LINK_TYPE_PERF_EVENT, BPF_PERF_EVENT_KPROBE
  KprobeLinkInfo info{};
  u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size) != 0) return 0;
  return info.type == kPerfEvent && info.event_type == kKprobe ? info.missed : 0;
}

}  // namespace

uint64_t Probes::missed_entries() const {
  uint64_t missed = missed_entries_;
  for (size_t i = 0; i < links_.size(); ++i)
    if (hooks_[i].begins_call) missed += missed_by(links_[i]);
  return missed;
}

std::vector<EventCount> Probes::counts() const {
  constexpr What kReasons[LOST_REASONS] = {What::RING_FULL, What::NESTED, What::MAP_FULL, What::MISSED};
  std::vector<EventCount> counts;
  auto add = [&](uint32_t cpu, uint16_t type, What what, uint64_t count) {
    if (count) counts.push_back({cpu, type, what, count});
  };
  auto read = [](u64& counter) { return std::atomic_ref(counter).load(std::memory_order_relaxed); };
  for (uint32_t cpu = 0; controls_ && cpu < possible_cpus_; ++cpu) {
    ring_control& ring = controls_[cpu];
    for (uint16_t type = 0; type < EVENT_TYPES; ++type) {
      const bool hot = type == EVENT_SYSCALL;
      add(cpu, type, What::PRODUCED, read(ring.produced[type]) + (hot ? read(ring.syscalls_produced) : 0));
      for (unsigned reason = 0; reason < LOST_REASONS; ++reason)
        add(cpu, type, kReasons[reason],
            read(ring.lost[type][reason]) + (hot && reason == LOST_RING_FULL ? read(ring.syscalls_ring_full) : 0));
    }
  }
  // A program that the kernel skipped saw no event that it could have counted, and does not know whether its filter
  // would have let it pass: an upper bound.
  std::array<uint64_t, EVENT_TYPES> missed{};
  for (const Program& program : programs_)
    if (program.type && program.counts_skips) missed[*program.type] += program_info(program.program).recursion_misses;
  {
    std::lock_guard lock(links_mutex_);
    missed[EVENT_SYSCALL] += missed_entries();
  }
  for (uint16_t type = 0; type < EVENT_TYPES; ++type) {
    add(trace::kNoCpu, type, What::PRODUCED, missed[type]);
    add(trace::kNoCpu, type, What::MISSED, missed[type]);
  }
  return counts;
}

uint64_t Probes::lost() const {
  uint64_t sum = 0;
  for (const EventCount& count : counts())
    if (count.what != What::PRODUCED) sum += count.count;
  return sum;
}

void Probes::add_cost(RecorderCost& cost) const {
  for (const Program& program : programs_) {
    const bpf_prog_info info = program_info(program.program);
    cost.bpf_ns += info.run_time_ns;
    cost.bpf_runs += info.run_cnt;
  }
}

}  // namespace ebpftrace::recorder
