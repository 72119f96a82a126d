// SPDX-License-Identifier: Apache-2.0
// The network's edge: the XDP program, its rules, and what it makes rows of. Nothing of it is loaded without --xdp.
// The constructor loads and attaches (CAP_BPF and CAP_NET_ADMIN); nothing after it needs privilege. Throws ProbeError
// or RulesError. Drain thread, except counts() and lost().
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "recorder/edge/edge_links.h"
#include "recorder/edge/edge_rules.h"
#include "recorder/edge/finding_log.h"
#include "recorder/edge/flow_sweeper.h"
#include "recorder/edge/record_sink.h"
#include "recorder/edge/traffic_reader.h"

struct ebpf_xdp;  // the skeleton
struct ring_buffer;

namespace ebpftrace::recorder {

struct EdgeOptions {
  std::vector<std::string> interfaces;
  XdpMode mode = XdpMode::kAuto;
  bool packets = false;
  uint32_t snap_bytes = 0;  // of --packets; 0: the headers
  EdgeRules::Sources rules;
  std::chrono::milliseconds flow_interval{5000};
  uint32_t flows = 65536;
  bool verbose = false;
};

class NetworkEdge {
 public:
  explicit NetworkEdge(const EdgeOptions& options);
  ~NetworkEdge();
  NetworkEdge(const NetworkEdge&) = delete;

  // Where rows go from now on; interfaces and rules are described there first. Then attaches.
  void begin(RecordSink::Take take);
  // Describes interfaces and rules once more: for another file.
  void describe();
  // Empties the rings, and does what is due. Call with every pass.
  void consume();
  // Reads the rules again. What goes wrong is told, and what was in force stays so.
  void reload();
  // Every interface is gone.
  bool over() const { return links_.all_vanished(); }
  // Detaches, and writes what there is to write.
  void finish();

  std::vector<EventCount> counts() const;
  uint64_t lost() const;
  // For -v and the doctor: "eth0 (native)".
  std::string description() const;

 private:
  using Clock = std::chrono::steady_clock;
  void load(const EdgeOptions& options);
  void describe_rules();
  void describe_interface(size_t position, interface_state state);
  void notice_vanished();
  void tell_suppressed(bool last);
  void tell_unparsed(bool last);
  void sweep(bool last);
  static int on_packet_record(void* self, void* data, size_t size);
  static int on_finding(void* self, void* data, size_t size);

  EdgeOptions options_;
  EdgeLinks links_;
  ebpf_xdp* skeleton_ = nullptr;
  ring_buffer* rings_ = nullptr;
  uint32_t cpus_ = 0;
  std::unique_ptr<EdgeRules> rules_;
  std::unique_ptr<RecordSink> sink_;
  std::unique_ptr<FindingLog> findings_;
  std::unique_ptr<FlowSweeper> flows_;
  std::unique_ptr<TrafficReader> traffic_;
  size_t described_rules_ = 1;
  uint64_t suppressed_told_ = 0;
  uint64_t unparsed_told_[MOST_INTERFACES][PARSE_OUTCOMES] = {};
  Clock::time_point next_look_, next_sweep_;
};

}  // namespace ebpftrace::recorder
