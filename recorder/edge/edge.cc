// SPDX-License-Identifier: Apache-2.0
#include "recorder/edge/edge.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "bpf/ebpf_xdp.skel.h"
#include "recorder/edge/map_batch.h"
#include "recorder/kernel/probe_error.h"
#include "recorder/run/privileges.h"
#include "schema/value_words.h"
#include "trace/format/clocks.h"

namespace ebpftrace::recorder {
namespace {

// How late a release, a vanished interface and what was suppressed may be told.
constexpr std::chrono::milliseconds kLookInterval{200};
// At 1.5 million packets a second and 120 bytes each, 40 ms.
constexpr uint32_t kPacketRingBytes = 8u << 20;
constexpr uint32_t kHeaderBytes = 256;           // longer stacks of headers are cut
constexpr size_t kMostSuppressedSources = 1000;  // that are told one by one at the end

uint64_t boot_now() { return trace::read_clocks().boot_ns; }

[[noreturn]] void refused(const char* doing, int error) {
  if ((error == EPERM || error == EACCES) && !missing_capabilities().empty())
    throw ProbeError(ProbeError::Kind::kPrivilege,
                     fmt::format("{} was refused ({}): this process lacks {}; observing interfaces takes CAP_BPF and "
                                 "CAP_NET_ADMIN: run it with sudo",
                                 doing, std::strerror(error), missing_capabilities()));
  if (error == ENOMEM)
    throw ProbeError(ProbeError::Kind::kRefused, fmt::format("{}: out of memory; try a smaller --flows", doing));
  throw ProbeError(ProbeError::Kind::kRefused,
                   fmt::format("{} failed: {} (-v shows more)", doing, std::strerror(error)));
}

}  // namespace

NetworkEdge::NetworkEdge(const EdgeOptions& options) : options_(options), links_(options.interfaces) {
  try {
    load(options);
  } catch (...) {
    if (rings_) ring_buffer__free(rings_);
    if (skeleton_) ebpf_xdp__destroy(skeleton_);
    throw;
  }
}

NetworkEdge::~NetworkEdge() {
  links_.detach();
  if (rings_) ring_buffer__free(rings_);
  ebpf_xdp__destroy(skeleton_);
}

void NetworkEdge::load(const EdgeOptions& options) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) refused("reading the number of possible CPUs", -cpus);
  cpus_ = static_cast<uint32_t>(cpus);
  skeleton_ = ebpf_xdp__open();
  if (!skeleton_) refused("opening the XDP object", errno);
  for (size_t i = 0; i < links_.interfaces().size(); ++i)
    skeleton_->rodata->interfaces[i] = links_.interfaces()[i].ifindex;
  if (options.packets) {
    skeleton_->rodata->snap_bytes = options.snap_bytes ? options.snap_bytes : kHeaderBytes;
    skeleton_->rodata->snap_only_headers = options.snap_bytes == 0;
    bpf_map__set_max_entries(skeleton_->maps.packet_ring, kPacketRingBytes);
  }
  bpf_map__set_max_entries(skeleton_->maps.flows, options.flows);
  bpf_map__set_max_entries(skeleton_->maps.prefixes, 2 * kMostPrefixes);
  if (const int error = ebpf_xdp__load(skeleton_)) refused("loading the XDP program", -error);
  rules_ = std::make_unique<EdgeRules>(
      EdgeRules::Maps{bpf_map__fd(skeleton_->maps.prefixes), bpf_map__fd(skeleton_->maps.port_tables),
                      bpf_map__fd(skeleton_->maps.blocks)},
      EdgeRules::Variables{skeleton_->bss->configs, &skeleton_->bss->active, &skeleton_->data->epoch,
                           &skeleton_->bss->any_blocks},
      options.rules);
  rules_->load(boot_now());
  rings_ = ring_buffer__new(bpf_map__fd(skeleton_->maps.finding_ring), on_finding, this, nullptr);
  if (!rings_) refused("mapping the ring of findings", errno);
  if (options.packets)
    if (const int error = ring_buffer__add(rings_, bpf_map__fd(skeleton_->maps.packet_ring), on_packet_record, this))
      refused("mapping the ring of packets", -error);
}

void NetworkEdge::begin(RecordSink::Take take) {
  sink_ = std::make_unique<RecordSink>(std::move(take));
  findings_ = std::make_unique<FindingLog>(*sink_, *rules_, links_, options_.verbose);
  flows_ = std::make_unique<FlowSweeper>(bpf_map__fd(skeleton_->maps.flows), cpus_, *sink_, rules_->numbers());
  traffic_ = std::make_unique<TrafficReader>(
      TrafficReader::Maps{bpf_map__fd(skeleton_->maps.counters), bpf_map__fd(skeleton_->maps.port_blocks)},
      static_cast<uint32_t>(links_.interfaces().size()), cpus_, *sink_);
  links_.attach(skeleton_->progs.on_packet, options_.mode);
  describe();
  next_look_ = Clock::now() + kLookInterval;
  next_sweep_ = Clock::now() + options_.flow_interval;
}

void NetworkEdge::describe() {
  for (size_t i = 0; i < links_.interfaces().size(); ++i)
    describe_interface(i, links_.interfaces()[i].vanished ? INTERFACE_VANISHED : INTERFACE_OBSERVED);
  described_rules_ = 1;
  describe_rules();
}

void NetworkEdge::describe_interface(size_t position, interface_state state) {
  const EdgeInterface& interface = links_.interfaces()[position];
  interface_record record{};
  record.time_ns = boot_now();
  record.interface = static_cast<u32>(position);
  record.ifindex = interface.ifindex;
  record.program = interface.program;
  record.mode = interface.mode == XdpMode::kNative ? XDP_MODE_NATIVE : XDP_MODE_GENERIC;
  record.state = static_cast<uint8_t>(state);
  record.netns = interface.netns;
  record.name = size_of(interface.name);
  sink_->add(EVENT_INTERFACE, static_cast<uint16_t>(trace::kNoCpu), record, {interface.name});
}

void NetworkEdge::describe_rules() {
  const RuleNumbers& numbers = rules_->numbers();
  for (; described_rules_ < numbers.size(); ++described_rules_) {
    rule_record record{};
    record.time_ns = boot_now();
    record.rule = static_cast<u32>(described_rules_);
    const std::string& text = numbers.text(record.rule);
    record.text = size_of(text);
    sink_->add(EVENT_RULE, static_cast<uint16_t>(trace::kNoCpu), record, {text});
  }
}

int NetworkEdge::on_packet_record(void* self, void* data, size_t size) {
  static_cast<NetworkEdge*>(self)->sink_->pass_on({static_cast<const std::byte*>(data), size});
  return 0;
}

int NetworkEdge::on_finding(void* self, void* data, size_t size) {
  finding found;
  if (size < sizeof found) return 0;
  std::memcpy(&found, data, sizeof found);
  static_cast<NetworkEdge*>(self)->findings_->add(found);
  return 0;
}

void NetworkEdge::consume() {
  ring_buffer__consume(rings_);
  const auto now = Clock::now();
  if (now < next_look_) return;
  next_look_ = now + kLookInterval;
  rules_->release(boot_now(), false,
                  [&](const EdgeRules::Release& release) { findings_->released(release, boot_now()); });
  notice_vanished();
  tell_suppressed(false);
  if (now < next_sweep_) return;
  next_sweep_ = now + options_.flow_interval;
  sweep(false);
}

void NetworkEdge::notice_vanished() {
  for (const size_t position : links_.find_vanished()) {
    describe_interface(position, INTERFACE_VANISHED);
    findings_->notice(FOUND_INTERFACE_GONE, SEVERITY_WARNING, boot_now(), static_cast<uint32_t>(position), 0,
                      fmt::format("interface '{}' is gone", links_.interfaces()[position].name));
  }
}

void NetworkEdge::tell_suppressed(bool last) {
  const uint64_t all = traffic_->findings_suppressed();
  if (all > suppressed_told_) findings_->suppressed(nullptr, all - suppressed_told_, boot_now());
  suppressed_told_ = all;
  if (!last) return;
  size_t told = 0;
  uint64_t rest = 0;
  for_each_entry(bpf_map__fd(skeleton_->maps.sources), sizeof(source_key), sizeof(source_value),
                 [&](const std::byte* key, const std::byte* bytes) {
                   source_value value;
                   std::memcpy(&value, bytes, sizeof value);
                   if (!value.suppressed) return;
                   if (told++ < kMostSuppressedSources)
                     findings_->suppressed(reinterpret_cast<const u8*>(key), value.suppressed, boot_now());
                   else
                     rest += value.suppressed;
                 });
  if (rest) findings_->suppressed(nullptr, rest, boot_now());
}

void NetworkEdge::sweep(bool last) {
  const uint64_t begun = traffic_->flows_begun();
  const uint64_t now = boot_now();
  flows_->sweep(now, begun, last);
  traffic_->read(now, flows_->evicted());
  tell_unparsed(last);
}

// Packets that passed because rules could not look into them: when they begin, and how many there were at the end.
void NetworkEdge::tell_unparsed(bool last) {
  if (!rules_->rules() || rules_->decides_unparsed()) return;
  for (uint32_t interface = 0; interface < links_.interfaces().size(); ++interface)
    for (uint32_t outcome = SHORT_ETHERNET; outcome < PARSE_OUTCOMES; ++outcome) {
      const uint64_t passed = traffic_->passed(interface, static_cast<parse_outcome>(outcome));
      uint64_t& told = unparsed_told_[interface][outcome];
      if (passed == told || (told && !last)) continue;
      told = passed;
      findings_->notice(FOUND_UNPARSED, SEVERITY_WARNING, boot_now(), interface, passed,
                        fmt::format("passed where rules can't look: {}", word_of(kParseOutcomeWords, outcome)),
                        static_cast<uint8_t>(outcome));
    }
}

void NetworkEdge::reload() {
  try {
    rules_->load(boot_now());
    describe_rules();
    findings_->notice(FOUND_RULES_REPLACED, SEVERITY_INFO, boot_now(), 0, rules_->rules(),
                      fmt::format("{} rules are in force now", rules_->rules()));
  } catch (const std::exception& error) {
    const std::string text = fmt::format("{}; the rules before stay in force", error.what());
    findings_->notice(FOUND_RULES_REFUSED, SEVERITY_WARNING, boot_now(), 0, 0, text);
    fmt::print(stderr, "ebpf-record: {}\n", text);
  }
}

void NetworkEdge::finish() {
  notice_vanished();
  links_.detach();
  ring_buffer__consume(rings_);
  const uint64_t now = boot_now();
  rules_->release(now, true, [&](const EdgeRules::Release& release) { findings_->released(release, now); });
  tell_suppressed(true);
  sweep(true);
  if (options_.verbose)
    fmt::print(stderr,
               "ebpf-record: packets passed {}, dropped {}, to be dropped but for --dry-run {}; flows {}, of them "
               "evicted {}\n",
               traffic_->packets_with(EDGE_PASS), traffic_->packets_with(EDGE_DROP),
               traffic_->packets_with(EDGE_WOULD_DROP), traffic_->flows_begun(), flows_->evicted());
}

std::vector<EventCount> NetworkEdge::counts() const {
  std::vector<EventCount> counts = traffic_->events();
  for (const uint16_t type : {EVENT_INTERFACE, EVENT_FLOW, EVENT_SECURITY, EVENT_TRAFFIC, EVENT_RULE})
    if (const uint64_t produced = sink_->produced(type))
      counts.push_back({trace::kNoCpu, type, schema::Count::What::PRODUCED, produced});
  return counts;
}

uint64_t NetworkEdge::lost() const {
  uint64_t sum = 0;
  for (const EventCount& count : traffic_->events())
    if (count.what != schema::Count::What::PRODUCED) sum += count.count;
  return sum;
}

std::string NetworkEdge::description() const {
  std::string text;
  for (const EdgeInterface& interface : links_.interfaces()) {
    text += fmt::format("{}{} ({}", text.empty() ? "" : ", ", interface.name,
                        interface.mode == XdpMode::kNative ? "native" : "generic");
    if (interface.mode == XdpMode::kGeneric && !interface.why_generic.empty())
      text += fmt::format(": the driver says '{}'", interface.why_generic);
    text += ')';
  }
  return text + fmt::format(", {} rules", rules_->rules());
}

}  // namespace ebpftrace::recorder
