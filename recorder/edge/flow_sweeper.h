// SPDX-License-Identifier: Apache-2.0
// Reads the flow table each interval into rows, takes out what has ended, and counts what the kernel evicted in between.
// Drain thread.
#pragma once

#include <cstdint>
#include <vector>

#include "bpf/edge_shared.h"
#include "recorder/edge/record_sink.h"
#include "recorder/edge/rule_tables.h"

namespace ebpftrace::recorder {

// A flow as all CPUs together saw it.
flow_value sum_of_cpus(const std::byte* values, uint32_t cpus);

class FlowSweeper {
 public:
  FlowSweeper(int map, uint32_t cpus, RecordSink& sink, const RuleNumbers& rules)
      : map_(map), cpus_(cpus), sink_(sink), rules_(rules) {}

  // begun: flows begun so far, read before. last: the programs are detached; every flow gets its last row.
  void sweep(uint64_t now_ns, uint64_t begun, bool last);
  uint64_t evicted() const { return evicted_; }

 private:
  void write(uint64_t now_ns, const flow_key& key, const flow_value& flow, flow_state state);

  int map_;
  uint32_t cpus_;
  RecordSink& sink_;
  const RuleNumbers& rules_;
  std::vector<flow_key> ended_;
  uint64_t last_sweep_ns_ = 0;
  uint64_t taken_out_ = 0;
  uint64_t evicted_ = 0;
};

}  // namespace ebpftrace::recorder
