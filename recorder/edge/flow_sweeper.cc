// SPDX-License-Identifier: Apache-2.0
#include "recorder/edge/flow_sweeper.h"

#include <bpf/bpf.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>

#include "recorder/edge/map_batch.h"
#include "recorder/edge/socket_address.h"

namespace ebpftrace::recorder {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
// After FIN or RST: the last acknowledgements still belong to it.
constexpr uint64_t kLinger = 2 * kSecond;
// As the kernel's connection tracking has it for UDP; of TCP, connections that say nothing for longer are rare.
constexpr uint64_t kIdleAfter = 30 * kSecond;
constexpr uint64_t kTcpIdleAfter = 300 * kSecond;
// A flow's latest packet is known to the kernel's tick: 10 ms at CONFIG_HZ=100, the longest that there is on x86.
constexpr uint64_t kMostTick = 10'000'000;
constexpr uint8_t kFinOrRst = TH_FIN | TH_RST;

uint64_t since(uint64_t now, uint64_t then) { return now > then ? now - then : 0; }

}  // namespace

flow_value sum_of_cpus(const std::byte* values, uint32_t cpus) {
  flow_value sum{};
  for (uint32_t cpu = 0; cpu < cpus; ++cpu) {
    flow_value one;
    std::memcpy(&one, values + cpu * sizeof one, sizeof one);
    if (!one.packets) continue;
    if (!sum.packets || one.first_ns < sum.first_ns) sum.first_ns = one.first_ns;
    if (one.last_ns >= sum.last_ns) {
      sum.last_ns = one.last_ns;
      sum.rule = one.rule;
      sum.verdict = one.verdict;
    }
    sum.packets += one.packets;
    sum.bytes += one.bytes;
    sum.dropped += one.dropped;
    sum.tcp_flags |= one.tcp_flags;
  }
  return sum;
}

void FlowSweeper::write(uint64_t now_ns, const flow_key& key, const flow_value& flow, flow_state state) {
  flow_record record{};
  record.time_ns = now_ns;
  record.first_ns = flow.first_ns;
  record.last_ns = flow.last_ns;
  record.packets = flow.packets;
  record.bytes = flow.bytes;
  record.dropped = flow.dropped;
  record.interface = key.interface;
  record.source_port = key.source_port;
  record.destination_port = key.destination_port;
  record.vlan = key.vlan;
  record.inner_vlan = key.inner_vlan;
  record.protocol = key.protocol;
  record.tcp_flags = flow.tcp_flags;
  record.verdict = flow.verdict;
  record.state = static_cast<uint8_t>(state);
  record.headers = key.chain;
  const bool ports = has_ports(key.protocol);
  const std::string source = socket_address(key.source, key.family, ports ? key.source_port : 0);
  const std::string destination = socket_address(key.destination, key.family, ports ? key.destination_port : 0);
  const std::string& rule = rules_.text(flow.rule);
  record.source = size_of(source);
  record.destination = size_of(destination);
  record.rule = size_of(rule);
  sink_.add(EVENT_FLOW, static_cast<uint16_t>(trace::kNoCpu), record, {source, destination, rule});
}

void FlowSweeper::sweep(uint64_t now_ns, uint64_t begun, bool last) {
  uint64_t present = 0;
  ended_.clear();
  for_each_entry(map_, sizeof(flow_key), sizeof(flow_value) * cpus_,
                 [&](const std::byte* key_bytes, const std::byte* values) {
                   flow_key key;
                   std::memcpy(&key, key_bytes, sizeof key);
                   const flow_value flow = sum_of_cpus(values, cpus_);
                   ++present;
                   if (!flow.packets) return;  // begun this very moment
                   const uint64_t quiet = since(now_ns, flow.last_ns);
                   flow_state state = FLOW_ACTIVE;
                   if (last)
                     state = FLOW_RECORDING_ENDED;
                   else if (key.protocol == IPPROTO_TCP && flow.tcp_flags & kFinOrRst && quiet > kLinger)
                     state = FLOW_ENDED;
                   else if (quiet > (key.protocol == IPPROTO_TCP ? kTcpIdleAfter : kIdleAfter))
                     state = FLOW_IDLE;
                   if (state == FLOW_ENDED || state == FLOW_IDLE) ended_.push_back(key);
                   if (state != FLOW_ACTIVE || flow.last_ns + kMostTick >= last_sweep_ns_)
                     write(now_ns, key, flow, state);
                 });
  for (const flow_key& key : ended_)
    if (bpf_map_delete_elem(map_, &key) == 0) {
      ++taken_out_;
      --present;
    }
  evicted_ = std::max(evicted_, begun - std::min(begun, taken_out_ + present));
  last_sweep_ns_ = now_ns;
}

}  // namespace ebpftrace::recorder
