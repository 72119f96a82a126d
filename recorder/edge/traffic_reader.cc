// SPDX-License-Identifier: Apache-2.0
#include "recorder/edge/traffic_reader.h"

#include <bpf/bpf.h>

#include <algorithm>

namespace ebpftrace::recorder {
namespace {

constexpr uint32_t kAllInterfaces = 0xffffffff;

// The values of one element of a per-CPU array. Sizes are multiples of 8, as the kernel wants to have them.
template <typename Value>
std::vector<Value> per_cpu(int map, uint32_t key, uint32_t cpus) {
  static_assert(sizeof(Value) % 8 == 0);
  std::vector<Value> values(cpus);
  if (bpf_map_lookup_elem(map, &key, values.data()) != 0) values.clear();
  return values;
}

}  // namespace

TrafficReader::TrafficReader(Maps maps, uint32_t interfaces, uint32_t cpus, RecordSink& sink)
    : maps_(maps),
      interfaces_(interfaces),
      cpus_(cpus),
      sink_(sink),
      before_(interfaces, std::vector<edge_counters>(cpus)),
      ports_before_(PORT_BLOCKS) {}

std::vector<edge_counters> TrafficReader::counters(uint32_t interface) const {
  return per_cpu<edge_counters>(maps_.counters, interface, cpus_);
}

void TrafficReader::row(uint32_t interface, uint32_t cpu, traffic_what what, uint32_t key, const packet_count& now,
                        packet_count& before) {
  if (now.packets == before.packets) return;
  traffic_record record{};
  record.time_ns = now_ns_;
  record.packets = now.packets - before.packets;
  record.bytes = now.bytes - before.bytes;
  record.interface = interface;
  record.key = key;
  record.what = static_cast<uint8_t>(what);
  before = now;
  sink_.add(EVENT_TRAFFIC, static_cast<uint16_t>(cpu), record, {});
}

void TrafficReader::read(uint64_t now_ns, uint64_t evicted) {
  now_ns_ = now_ns;
  std::vector<bool> touched(PORT_BLOCKS);
  std::fill(std::begin(verdicts_), std::end(verdicts_), 0);
  for (uint32_t interface = 0; interface < interfaces_; ++interface) {
    const auto all = counters(interface);
    for (uint32_t cpu = 0; cpu < all.size(); ++cpu) {
      const edge_counters& now = all[cpu];
      edge_counters& before = before_[interface][cpu];
      static_assert(sizeof now.touched == PORT_BLOCKS);
      for (uint32_t block = 0; block < PORT_BLOCKS; ++block)
        if (now.touched[block]) touched[block] = true;
      for (uint32_t key = 0; key < COUNT_PROTOCOLS; ++key)
        row(interface, cpu, TRAFFIC_PROTOCOL, key, now.protocols[key], before.protocols[key]);
      packet_count verdicts[EDGE_VERDICTS] = {}, verdicts_before[EDGE_VERDICTS] = {};
      for (uint32_t outcome = 0; outcome < PARSE_OUTCOMES; ++outcome) {
        packet_count sum{}, sum_before{}, dropped_before = before.outcomes[outcome][EDGE_DROP];
        for (uint32_t verdict = 0; verdict < EDGE_VERDICTS; ++verdict) {
          auto add = [](packet_count& to, const packet_count& more) {
            to.packets += more.packets;
            to.bytes += more.bytes;
          };
          packet_count& last = before.outcomes[outcome][verdict];
          add(sum, now.outcomes[outcome][verdict]);
          add(sum_before, last);
          add(verdicts[verdict], now.outcomes[outcome][verdict]);
          add(verdicts_before[verdict], last);
          last = now.outcomes[outcome][verdict];
        }
        row(interface, cpu, TRAFFIC_PARSE, outcome, sum, sum_before);
        row(interface, cpu, TRAFFIC_DROPPED, outcome, now.outcomes[outcome][EDGE_DROP], dropped_before);
      }
      for (uint32_t verdict = 0; verdict < EDGE_VERDICTS; ++verdict) {
        row(interface, cpu, TRAFFIC_VERDICT, verdict, verdicts[verdict], verdicts_before[verdict]);
        verdicts_[verdict] += verdicts[verdict].packets;
      }
      for (uint32_t ipv6 = 0; ipv6 < 2; ++ipv6)
        for (uint32_t header = 0; header < CHAIN_HEADERS; ++header)
          row(interface, cpu, TRAFFIC_HEADER, ipv6 * 256 + chain_protocols[header], now.chain[ipv6][header],
              before.chain[ipv6][header]);
      packet_count begun_before{before.flows_begun, 0}, refused_before{before.flows_refused, 0};
      row(interface, cpu, TRAFFIC_TABLE, TABLE_BEGUN, {now.flows_begun, 0}, begun_before);
      row(interface, cpu, TRAFFIC_TABLE, TABLE_REFUSED, {now.flows_refused, 0}, refused_before);
      before.flows_begun = now.flows_begun;
      before.flows_refused = now.flows_refused;
    }
  }
  packet_count evicted_before{evicted_before_, 0};
  row(kAllInterfaces, trace::kNoCpu, TRAFFIC_TABLE, TABLE_EVICTED, {evicted, 0}, evicted_before);
  evicted_before_ = evicted;
  read_ports(touched);
}

void TrafficReader::read_ports(const std::vector<bool>& touched) {
  for (uint32_t block = 0; block < PORT_BLOCKS; ++block) {
    if (!touched[block]) continue;
    const auto all = per_cpu<port_block>(maps_.port_blocks, block, cpus_);
    auto& before = ports_before_[block];
    before.resize(cpus_);
    const bool udp = block >= UDP_PORT_BLOCKS;
    for (uint32_t cpu = 0; cpu < all.size(); ++cpu)
      for (uint32_t i = 0; i < PORTS_PER_BLOCK; ++i)
        row(kAllInterfaces, cpu, udp ? TRAFFIC_UDP_PORT : TRAFFIC_TCP_PORT,
            block % UDP_PORT_BLOCKS * PORTS_PER_BLOCK + i, all[cpu].ports[i], before[cpu].ports[i]);
  }
}

uint64_t TrafficReader::flows_begun() const {
  uint64_t sum = 0;
  for (uint32_t interface = 0; interface < interfaces_; ++interface)
    for (const edge_counters& cpu : counters(interface)) sum += cpu.flows_begun;
  return sum;
}

uint64_t TrafficReader::findings_suppressed() const {
  uint64_t sum = 0;
  for (uint32_t interface = 0; interface < interfaces_; ++interface)
    for (const edge_counters& cpu : counters(interface)) sum += cpu.findings_suppressed;
  return sum;
}

uint64_t TrafficReader::packets_with(verdict which) const { return verdicts_[which]; }

uint64_t TrafficReader::passed(uint32_t interface, parse_outcome outcome) const {
  uint64_t sum = 0;
  for (const edge_counters& cpu : before_[interface]) sum += cpu.outcomes[outcome][EDGE_PASS].packets;
  return sum;
}

std::vector<EventCount> TrafficReader::events() const {
  using What = schema::Count::What;
  std::vector<EventCount> counts;
  auto add = [&](uint32_t cpu, uint16_t type, schema::Count::What what, uint64_t count) {
    if (count) counts.push_back({cpu, type, what, count});
  };
  for (uint32_t interface = 0; interface < interfaces_; ++interface) {
    const auto all = counters(interface);
    for (uint32_t cpu = 0; cpu < all.size(); ++cpu) {
      add(cpu, EVENT_PACKET, What::PRODUCED, all[cpu].packets_produced);
      add(cpu, EVENT_PACKET, What::RING_FULL, all[cpu].packets_lost);
      add(cpu, EVENT_SECURITY, What::PRODUCED, all[cpu].findings_lost);  // the others when their rows are made
      add(cpu, EVENT_SECURITY, What::RING_FULL, all[cpu].findings_lost);
    }
  }
  return counts;
}

}  // namespace ebpftrace::recorder
