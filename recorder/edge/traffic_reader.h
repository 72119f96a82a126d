// SPDX-License-Identifier: Apache-2.0
// Reads the counters of all CPUs each interval, and writes rows of what they have grown by. read(): the drain thread;
// events(): any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "bpf/edge_shared.h"
#include "recorder/drain/loss_ledger.h"
#include "recorder/edge/record_sink.h"

namespace ebpftrace::recorder {

class TrafficReader {
 public:
  struct Maps {
    int counters, port_blocks;
  };
  TrafficReader(Maps maps, uint32_t interfaces, uint32_t cpus, RecordSink& sink);

  // evicted: flows so far.
  void read(uint64_t now_ns, uint64_t evicted);
  uint64_t flows_begun() const;                                      // as of now
  uint64_t findings_suppressed() const;                              // as of now
  uint64_t packets_with(verdict which) const;                        // as of the last read()
  uint64_t passed(uint32_t interface, parse_outcome outcome) const;  // as of the last read()
  // Packets and findings that the program made and lost, as of now.
  std::vector<EventCount> events() const;

 private:
  std::vector<edge_counters> counters(uint32_t interface) const;
  void row(uint32_t interface, uint32_t cpu, traffic_what what, uint32_t key, const packet_count& now,
           packet_count& before);
  void read_ports(const std::vector<bool>& touched);

  Maps maps_;
  uint32_t interfaces_, cpus_;
  RecordSink& sink_;
  uint64_t now_ns_ = 0;
  std::vector<std::vector<edge_counters>> before_;     // [interface][cpu]
  std::vector<std::vector<port_block>> ports_before_;  // [block][cpu], empty until touched
  uint64_t evicted_before_ = 0;
  uint64_t verdicts_[EDGE_VERDICTS] = {};
};

}  // namespace ebpftrace::recorder
