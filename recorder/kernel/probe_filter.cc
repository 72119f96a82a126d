// SPDX-License-Identifier: Apache-2.0
// Probes: what is recorded, as the programs look it up.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <atomic>
#include <cerrno>

#include "bpf/ebpf_record.skel.h"
#include "recorder/kernel/probes.h"

namespace ebpftrace::recorder {
namespace {

template <typename Key>
void choose(bpf_map* map, const Key& key, u32 value) {
  if (bpf_map_update_elem(bpf_map__fd(map), &key, &value, BPF_ANY) != 0)
    refused(fmt::format("adding to the filter's list of {}", bpf_map__name(map)), errno);
}

// Removes what does not belong to this setting.
template <typename Key>
void keep_only(bpf_map* map, uint32_t epoch) {
  const int fd = bpf_map__fd(map);
  std::vector<Key> others;
  Key key{}, next{};
  for (const Key* from = nullptr; bpf_map_get_next_key(fd, from, &next) == 0; key = next, from = &key)
    if (next.epoch != epoch) others.push_back(next);
  for (const Key& other : others) bpf_map_delete_elem(fd, &other);
}

void copy_bits(const std::bitset<CALLS>& from, u64 (&to)[CALLS / 64]) {
  for (auto& word : to) word = 0;
  for (size_t i = 0; i < CALLS; ++i) to[i / 64] |= u64{from.test(i)} << (i % 64);
}

}  // namespace

void Probes::remove_choices_but(uint32_t epoch) {
  keep_only<filter_number>(skeleton_->maps.targets, epoch);
  keep_only<filter_name>(skeleton_->maps.comms, epoch);
  keep_only<filter_number>(skeleton_->maps.users, epoch);
  keep_only<filter_number>(skeleton_->maps.cgroups, epoch);
}

void Probes::set_filter(const Filter& filter, std::span<const Target> processes) {
  if (((filter.calls.native & ~plan_.reach.native) | (filter.calls.compat & ~plan_.reach.compat)).any() &&
      plan_.back_end != BackEnd::kTracepoint && !links_.empty())
    throw ProbeError(
        ProbeError::Kind::kRefused,
        fmt::format("the set has calls that {} was not attached to; --probe tracepoint can change to any set",
                    name_of(plan_.back_end)));
  const u32 before = skeleton_->bss->filter_epoch, epoch = before + 1;
  filter_policy& policy = skeleton_->bss->filter_policies[epoch & 1];
  policy.rules = filter.rules(!processes.empty());
  policy.min_duration_ns = filter.min_duration_ns;
  copy_bits(filter.calls.native, policy.wanted[0]);
  copy_bits(filter.calls.compat, policy.wanted[1]);
  try {
    for (const Target& process : processes)
      choose(skeleton_->maps.targets, filter_number{epoch, 0, process.tgid}, process.mode);
    for (const std::string& comm : filter.comms) {
      filter_name key{epoch, {}};
      comm.copy(key.name, sizeof key.name - 1);
      choose(skeleton_->maps.comms, key, 1);
    }
    for (const uint32_t user : filter.users) choose(skeleton_->maps.users, filter_number{epoch, 0, user}, 1);
    for (const Filter::Cgroup& cgroup : filter.cgroups)
      choose(skeleton_->maps.cgroups, filter_number{epoch, 0, cgroup.id}, 1);
  } catch (const ProbeError&) {
    remove_choices_but(before);
    throw;
  }
  std::atomic_ref(skeleton_->bss->filter_epoch).store(epoch);
  std::atomic_ref(skeleton_->bss->filter_generation).fetch_add(1);
  remove_choices_but(epoch);
}

}  // namespace ebpftrace::recorder
