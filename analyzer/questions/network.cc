// SPDX-License-Identifier: Apache-2.0
// What came in: by protocol, by headers before the transport, by how far it could be parsed, by verdict, by destination
// port, by source, and by flow with the processes whose socket it reached. One ranking after the other, each by bytes.
#include <algorithm>
#include <map>
#include <memory>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/flow_owners.h"
#include "analyzer/dictionaries/interface_names.h"
#include "analyzer/dictionaries/kept_texts.h"
#include "analyzer/dictionaries/network_names.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/moments.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/questions/cells.h"
#include "schema/values.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostFlows = 150'000;  // about 100 MiB with their rows, of the 256 that an answer may take
constexpr size_t kMostNameBytes = 8u << 20;

// The rankings of counters, in their order, and what each is of. Other kinds are of later versions, but for
// TRAFFIC_DROPPED: a column of TRAFFIC_PARSE.
struct Ranking {
  std::string_view name;
  uint64_t kind, other_kind;
};
constexpr Ranking kRankings[] = {
    {"protocol", TRAFFIC_PROTOCOL, TRAFFIC_PROTOCOL}, {"header", TRAFFIC_HEADER, TRAFFIC_HEADER},
    {"parse", TRAFFIC_PARSE, TRAFFIC_PARSE},          {"verdict", TRAFFIC_VERDICT, TRAFFIC_VERDICT},
    {"port", TRAFFIC_TCP_PORT, TRAFFIC_UDP_PORT},     {"table", TRAFFIC_TABLE, TRAFFIC_TABLE}};

// The texts are kept until the answer has them.
struct NetworkRow {
  std::string_view by;  // "protocol", "header", "parse", "verdict", "port", "source", "flow", "table"
  std::string what;     // "tcp over ipv4", "tcp 443", "10.0.0.1", "tcp 10.0.0.1:4000 > 10.0.0.2:80"
  uint64_t packets, bytes;
  std::optional<uint64_t> dropped;
  std::optional<int64_t> first_ns, last_ns;  // since the trace's start
  std::string interface;                     // of flows
  std::optional<uint32_t> pid;
  std::string_view process;
  std::vector<ProcessName> others = {};  // whose flow it is besides
  std::string headers;                   // of flows: between IP and the transport, "ah"
};

std::vector<ResultColumn> columns() {
  return {{"by",
           Unit::kText,
           "BY",
           "Which ranking the row is of.",
           Show::kAlways,
           {"protocol", "header", "parse", "verdict", "port", "table", "source", "flow"}},
          {"what", Unit::kText, "WHAT", "What it counts: \"tcp over ipv4\", \"tcp 443\", \"10.0.0.1\", a flow."},
          {"packets", Unit::kNumber, "PACKETS", "Packets."},
          {"bytes", Unit::kBytes, "BYTES", "Bytes of them."},
          {"dropped", Unit::kNumber, "DROPPED", "Packets of them that were dropped."},
          {"first_ns", Unit::kTime, "FIRST", "Of flows: the first packet.", Show::kIfRoom},
          {"last_ns", Unit::kTime, "LAST", "Of flows: the last packet.", Show::kIfRoom},
          {"interface", Unit::kText, "INTERFACE", "Of flows: where they came in, with VLAN tags.", Show::kIfRoom},
          {"pid", Unit::kIdentity, "PID", "Of flows: the first process that used their socket then."},
          {"process", Unit::kText, "", "Its name then."},
          {"processes", Unit::kProcesses, "PROCESS", "Of flows: all processes that used their socket then."},
          {"headers", Unit::kText, "HEADERS", "Of flows: headers between IP and the transport.", Show::kIfAny}};
}

std::vector<Cell> cells_of(const NetworkRow& row) {
  return {std::string(row.by),
          row.what,
          row.packets,
          row.bytes,
          cell_of(row.dropped),
          cell_of(row.first_ns),
          cell_of(row.last_ns),
          text_cell(row.interface),
          row.pid ? Cell(uint64_t{*row.pid}) : Cell(),
          text_cell(row.process),
          processes_cell(row),
          text_cell(row.headers)};
}

struct Sum {
  uint64_t packets = 0, bytes = 0;
};

struct FlowKey {
  InternetAddress source, destination;
  uint64_t first_ns;
  uint32_t interface, ports;
  uint16_t vlan, inner_vlan, headers;
  uint8_t protocol;
  auto operator<=>(const FlowKey&) const = default;
};
struct FlowSum {
  uint64_t packets = 0, bytes = 0, dropped = 0, last_ns = 0;
  uint8_t verdict = 0;
  bool reached_somebody() const { return dropped < packets || verdict == EDGE_WOULD_DROP || !packets; }
};

class Reader {
 public:
  Reader(const trace::Trace& trace, const Asked& asked)
      : trace_(trace), limit_(asked.limit), range_(Moments(trace).range(asked.from, asked.to)), watch_(asked) {}

  Result read() {
    traffic();
    flows();
    result_.all_rows = all_rows_;
    result_.stopped = watch_.stopped();
    result_.coverage = coverage_of(trace_, scope_);
    return std::move(result_);
  }

 private:
  // The first `limit_` of rows that are in order.
  void take(std::vector<NetworkRow> rows) {
    all_rows_ += rows.size();
    rows.resize(std::min(limit_, rows.size()));
    for (const NetworkRow& row : rows) result_.add(cells_of(row));
  }
  static void rank(std::vector<NetworkRow>& rows) {
    std::stable_sort(rows.begin(), rows.end(), [](const NetworkRow& a, const NetworkRow& b) {
      return a.bytes != b.bytes ? a.bytes > b.bytes : a.packets > b.packets;
    });
  }

  void traffic() {
    const TrafficNames names(trace_.catalogue());
    std::map<std::pair<uint64_t, uint64_t>, Sum> sums;
    trace::Block block(trace_, "traffic", {"what", "key", "packets", "bytes", "timeNs"});
    for (const uint32_t position : trace_.blocks_of("traffic")) {
      if (!block.load(trace_.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const uint64_t kind = block.column(0)[i], key = block.column(1)[i];
          if (!names.knows(kind, key)) continue;  // of a later version
          if (!range_.contains(block.column(4)[i])) continue;
          Sum& sum = sums[{kind, key}];
          sum.packets += block.column(2)[i];
          sum.bytes += block.column(3)[i];
        }
    }
    for (const Ranking& ranking : kRankings) {
      std::vector<NetworkRow> rows;
      for (const auto& [key, sum] : sums) {
        if (key.first != ranking.kind && key.first != ranking.other_kind) continue;
        NetworkRow row{
            ranking.name, names.key(key.first, key.second), sum.packets, sum.bytes, {}, {}, {}, "", {}, "", {}, ""};
        if (key.first == TRAFFIC_PARSE)
          if (const auto dropped = sums.find({TRAFFIC_DROPPED, key.second}); dropped != sums.end())
            row.dropped = dropped->second.packets;
        rows.push_back(std::move(row));
      }
      rank(rows);
      take(std::move(rows));
    }
  }

  using Talkers = std::map<InternetAddress, FlowSum>;
  void add_talkers(Talkers talkers) {
    std::vector<const Talkers::value_type*> ranked;
    for (const auto& talker : talkers) ranked.push_back(&talker);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto* a, const auto* b) {
      return a->second.bytes != b->second.bytes ? a->second.bytes > b->second.bytes
                                                : a->second.packets > b->second.packets;
    });
    all_rows_ += ranked.size();
    ranked.resize(std::min(limit_, ranked.size()));
    for (const auto* talker : ranked) {
      const FlowSum& sum = talker->second;
      result_.add(
          cells_of({"source", talker->first.host(), sum.packets, sum.bytes, sum.dropped, {}, {}, "", {}, {}, {}, ""}));
    }
  }

  void flows() {
    // First, as what they take while they are read is more than what they keep.
    const ThreadTable threads(trace_);
    const FlowOwners owners(trace_, threads, &watch_);
    std::map<FlowKey, FlowSum> flows;
    bool full = false;
    enum {
      kFirst,
      kLast,
      kPackets,
      kBytes,
      kDropped,
      kInterface,
      kSourcePort,
      kDestinationPort,
      kVlan,
      kInnerVlan,
      kProto,
      kVerdict,
      kSource,
      kDestination,
      kHeaders
    };
    trace::Block block(
        trace_, "flow",
        {"firstNs", "lastNs", "packets", "bytes", "dropped", "interface", "sourcePort", "destinationPort", "vlan",
         "innerVlan", "protocol", "verdict", "source", "destination", "headers"});
    for (const uint32_t position : trace_.blocks_of("flow")) {
      if (!block.load(trace_.frames()[position])) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          auto value = [&](unsigned column) { return block.column(column)[i]; };
          const auto source = InternetAddress::from(block.text(value(kSource)).bytes),
                     destination = InternetAddress::from(block.text(value(kDestination)).bytes);
          if (!source || !destination || !range_.contains(value(kFirst))) continue;
          const FlowKey key{*source,
                            *destination,
                            value(kFirst),
                            static_cast<uint32_t>(value(kInterface)),
                            static_cast<uint32_t>(value(kSourcePort) << 16 | value(kDestinationPort)),
                            static_cast<uint16_t>(value(kVlan)),
                            static_cast<uint16_t>(value(kInnerVlan)),
                            static_cast<uint16_t>(value(kHeaders)),
                            static_cast<uint8_t>(value(kProto))};
          auto at = flows.find(key);
          if (at == flows.end()) {
            if (flows.size() >= kMostFlows) {
              full = true;
              continue;
            }
            at = flows.emplace(key, FlowSum{}).first;
          }
          // Rows count from the flow's beginning, and a later one is the larger.
          if (value(kPackets) >= at->second.packets)
            at->second = {value(kPackets), value(kBytes), value(kDropped), value(kLast),
                          static_cast<uint8_t>(value(kVerdict))};
        }
    }
    if (full)
      trace_.shortfalls().report(
          "more flows are recorded than this program keeps; the rest are left out of the answer");

    Talkers talkers;
    std::vector<std::pair<const FlowKey*, const FlowSum*>> ranked;
    for (const auto& [key, sum] : flows) {
      InternetAddress source = key.source;
      source.port = 0;
      FlowSum& talker = talkers[source];
      talker.packets += sum.packets;
      talker.bytes += sum.bytes;
      talker.dropped += sum.dropped;
      ranked.emplace_back(&key, &sum);
    }
    add_talkers(std::move(talkers));

    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return a.second->bytes != b.second->bytes ? a.second->bytes > b.second->bytes
                                                : a.first->first_ns < b.first->first_ns;
    });
    KeptTexts names(kMostNameBytes);
    const InterfaceNames interfaces(trace_);
    const trace::ValueNames& protocols = trace_.catalogue().values_of("flow", "protocol");
    const trace::ValueNames& headers = trace_.catalogue().values_of("flow", "headers");
    all_rows_ += ranked.size();
    ranked.resize(std::min(limit_, ranked.size()));
    for (const auto& [key, sum] : ranked) {
      const bool ports = protocol_has_ports(key->protocol);
      NetworkRow row{"flow",
                     protocols.text(key->protocol) + " " + key->source.text(ports && key->source.port) + " > " +
                         key->destination.text(ports),
                     sum->packets,
                     sum->bytes,
                     sum->dropped,
                     trace_.since_start(key->first_ns),
                     trace_.since_start(sum->last_ns),
                     interfaces.name(key->interface),
                     {},
                     "",
                     {},
                     key->headers ? headers.text(key->headers, " ") : ""};
      if (key->vlan) row.interface += "." + std::to_string(key->vlan);
      if (key->inner_vlan) row.interface += "." + std::to_string(key->inner_vlan);
      const IncomingFlow flow{key->protocol,
                              key->source,
                              key->destination,
                              static_cast<uint16_t>(key->ports >> 16),
                              static_cast<uint16_t>(key->ports),
                              interfaces.netns(key->interface),
                              key->first_ns,
                              sum->packets == 1 ? key->first_ns : sum->last_ns,
                              sum->reached_somebody()};
      for (const uint32_t process : owners.of(flow)) {
        const ProcessName one{threads.processes()[process].pid, names.keep(threads.name_at(process, sum->last_ns))};
        if (row.pid) {
          row.others.push_back(one);
        } else {
          row.pid = one.pid;
          row.process = one.name;
        }
      }
      result_.add(cells_of(row));
    }
  }

  const trace::ReadScope scope_;
  const trace::Trace& trace_;
  size_t limit_;
  TimeRange range_;
  const Watch watch_;
  size_t all_rows_ = 0;  // also past the limits
  Result result_{"network", columns()};
};

Result answer(const Source& source, const Asked& asked) { return Reader(source.trace(), asked).read(); }

}  // namespace

// A range of time is of what was counted in it and of flows that began in it, not of rows: sources are sums of these.
namespace {
constexpr RankedBy kRankedBy[] = {{"bytes"}, {"packets"}};
}  // namespace

extern constinit const Question kNetworkQuestion{
    .name = "network",
    .help = "What came in (ebpf-record --xdp): by protocol, port, source and flow",
    .place = 80,
    .ranked = true,
    .ranked_by = kRankedBy,
    .takes = {.time = Takes::Over::kEvents, .stop = true, .limit_within = "by"},
    .columns = columns,
    .answer = answer};

}  // namespace ebpftrace::analyzer
