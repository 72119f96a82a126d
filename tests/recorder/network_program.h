// SPDX-License-Identifier: Apache-2.0
// The XDP program in the kernel, for tests on frames of ours (BPF_PROG_TEST_RUN): no interface, no other program. What it
// counts is read from its maps.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "bpf/edge_shared.h"
// keep order: the skeleton names its types
#include "bpf/ebpf_xdp.skel.h"
#include "recorder/edge/edge_rules.h"
#include "recorder/edge/flow_sweeper.h"
#include "recorder/edge/map_batch.h"
#include "tests/recorder/frames.h"
#include "trace/format/clocks.h"

namespace ebpftrace::recorder {
inline constexpr unsigned kDrop = 1, kPass = 2;

class NetworkProgram : public testing::Test {
 protected:
  void SetUp() override {
    libbpf_set_print([](libbpf_print_level, const char*, va_list) { return 0; });
    skeleton_ = ebpf_xdp__open();
    ASSERT_NE(skeleton_, nullptr);
    bpf_map__set_max_entries(skeleton_->maps.flows, 4096);
    if (const int error = ebpf_xdp__load(skeleton_)) {
      if (error == -EPERM) GTEST_SKIP() << "BPF is not permitted here";
      FAIL() << "loading: " << std::strerror(-error);
    }
    program_ = bpf_program__fd(skeleton_->progs.on_packet);
    cpus_ = static_cast<uint32_t>(libbpf_num_possible_cpus());
  }
  void TearDown() override { ebpf_xdp__destroy(skeleton_); }

  unsigned run(const Bytes& frame, unsigned repeat = 1) {
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_size_in = static_cast<u32>(frame.size()),
                .repeat = static_cast<int>(repeat));
    EXPECT_EQ(bpf_prog_test_run_opts(program_, &options), 0)
        << std::strerror(errno) << ", " << frame.size() << " bytes";
    return options.retval;
  }

  edge_counters counters() {
    std::vector<edge_counters> all(cpus_);
    const u32 zero = 0;
    EXPECT_EQ(bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &zero, all.data()), 0);
    edge_counters sum = all[0];
    auto* words = reinterpret_cast<u64*>(&sum);
    for (uint32_t cpu = 1; cpu < cpus_; ++cpu)
      for (size_t i = 0; i < sizeof sum / 8; ++i) words[i] += reinterpret_cast<const u64*>(&all[cpu])[i];
    return sum;
  }
  uint64_t outcome(parse_outcome which) {
    const edge_counters now = counters();
    uint64_t sum = 0;
    for (const packet_count& count : now.outcomes[which]) sum += count.packets;
    return sum;
  }
  // The outcome of one frame.
  int outcome_of(const Bytes& frame) {
    const edge_counters before = counters();
    EXPECT_EQ(run(frame), kPass);
    const edge_counters after = counters();
    int found = -1;
    for (int which = 0; which < PARSE_OUTCOMES; ++which)
      if (after.outcomes[which][EDGE_PASS].packets != before.outcomes[which][EDGE_PASS].packets) {
        EXPECT_EQ(found, -1);
        EXPECT_EQ(after.outcomes[which][EDGE_PASS].bytes - before.outcomes[which][EDGE_PASS].bytes, frame.size());
        found = which;
      }
    return found;
  }

  struct Flow {
    flow_key key;
    flow_value value;
  };
  std::vector<Flow> flows() {
    std::vector<Flow> all;
    for_each_entry(bpf_map__fd(skeleton_->maps.flows), sizeof(flow_key), sizeof(flow_value) * cpus_,
                   [&](const std::byte* key, const std::byte* values) {
                     Flow flow{};
                     std::memcpy(&flow.key, key, sizeof flow.key);
                     flow.value = sum_of_cpus(values, cpus_);
                     all.push_back(flow);
                   });
    return all;
  }
  Flow only_flow() {
    const auto all = flows();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Flow{} : all[0];
  }

  std::vector<finding> findings() {
    std::vector<finding> all;
    ring_buffer* ring = ring_buffer__new(
        bpf_map__fd(skeleton_->maps.finding_ring),
        [](void* to, void* data, size_t) {
          static_cast<std::vector<finding>*>(to)->push_back(*static_cast<const finding*>(data));
          return 0;
        },
        &all, nullptr);
    ring_buffer__consume(ring);
    ring_buffer__free(ring);
    return all;
  }
  std::string found() {
    std::string all;
    for (const finding& one : findings()) all += std::to_string(one.what) + " ";
    return all;
  }

  EdgeRules rules_of(EdgeRules::Sources sources) {
    return EdgeRules(
        {bpf_map__fd(skeleton_->maps.prefixes), bpf_map__fd(skeleton_->maps.port_tables),
         bpf_map__fd(skeleton_->maps.blocks)},
        {skeleton_->bss->configs, &skeleton_->bss->active, &skeleton_->data->epoch, &skeleton_->bss->any_blocks},
        std::move(sources));
  }
  // In place of those that another object loaded.
  EdgeRules rules(std::vector<std::string> texts, bool dry_run = false) {
    const int prefixes = bpf_map__fd(skeleton_->maps.prefixes);
    for (prefix_key key; bpf_map_get_next_key(prefixes, nullptr, &key) == 0;) bpf_map_delete_elem(prefixes, &key);
    EdgeRules rules = rules_of({"", std::move(texts), dry_run});
    rules.load(trace::read_clocks().boot_ns);
    return rules;
  }

  ebpf_xdp* skeleton_ = nullptr;
  int program_ = -1;
  uint32_t cpus_ = 0;
};

}  // namespace ebpftrace::recorder
