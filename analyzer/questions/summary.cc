// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/summary.h"

#include <algorithm>
#include <map>
#include <memory>

#include "analyzer/dictionaries/control_groups.h"
#include "analyzer/dictionaries/io_uring.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/scan_blocks.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

struct Totals {
  std::map<uint16_t, uint64_t> events;
  uint64_t first_ns = UINT64_MAX, last_ns = 0;
  uint64_t read_bytes = 0, write_bytes = 0, peeked_bytes = 0, began_before = 0;
};

class Worker {
 public:
  Worker(const trace::Trace& trace, const CallFlow& flow) : flow_(flow) {
    const auto payload = std::make_shared<trace::FramePayload>();
    for (const EventType& type : trace.catalogue().types) {
      if (type.name == "syscall")
        blocks_.try_emplace(type.id, trace, type, kCallColumns, payload);
      else
        blocks_.try_emplace(type.id, trace, type, std::span<const std::string_view>(), payload);
    }
    const EventType* syscall = trace.catalogue().type("syscall");
    if (syscall) syscall_ = syscall->id;
  }

  void operator()(const trace::Frame& frame) {
    trace::Block& block = blocks_.at(frame.type);
    if (!block.load(frame)) return;
    totals_.events[frame.type] += block.rows();
    if (block.rows()) {
      totals_.first_ns = std::min(totals_.first_ns, frame.first_ns);
      totals_.last_ns = std::max(totals_.last_ns, frame.last_ns);
    }
    if (frame.type == syscall_) add_bytes(block);
  }

  const Totals& totals() const { return totals_; }

 private:
  enum { kNumber, kFlags, kResult, kMoved, kPeeked };
  static constexpr std::string_view kCallColumns[] = {"number", "flags", "result", "moved", "peeked"};

  void add_bytes(trace::Block& block) {
    while (block.next_tile()) {
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const uint64_t flags = block.column(kFlags)[i];
        totals_.began_before += (flags & SYSCALL_BEGAN_BEFORE) != 0;
        const uint8_t flow = flow_.of(block.column(kNumber)[i], flags);
        if (!(flow & CallFlow::kMoves)) continue;
        const CallBytes bytes = CallFlow::bytes(CallFlow::directed(flow, flags), flags, block.column(kResult)[i],
                                                block.column(kMoved)[i], block.column(kPeeked)[i]);
        totals_.read_bytes += bytes.read;
        totals_.write_bytes += bytes.written;
        totals_.peeked_bytes += bytes.peeked;
      }
    }
  }

  const CallFlow& flow_;
  std::map<uint16_t, trace::Block> blocks_;
  uint16_t syscall_ = 0;
  Totals totals_;
};

std::vector<ContainerCount> count_containers(const trace::Trace& trace, const ThreadTable& threads) {
  const CgroupTable groups(trace);
  std::map<uint64_t, uint64_t> by_group;
  for (size_t i = 1; i < threads.processes().size(); ++i) by_group[threads.processes()[i].cgroup]++;
  std::map<std::string, uint64_t> by_container;
  for (const auto& [group, processes] : by_group)
    if (std::string name = short_name(container_of_cgroup(groups.path(group))); !name.empty())
      by_container[std::move(name)] += processes;
  std::vector<ContainerCount> counts;
  for (const auto& [name, processes] : by_container) counts.push_back({name, processes});
  std::stable_sort(counts.begin(), counts.end(),
                   [](const ContainerCount& a, const ContainerCount& b) { return a.processes > b.processes; });
  return counts;
}

}  // namespace

Summary summarise(const trace::Trace& trace) {
  const ThreadTable threads(trace);
  const CallFlow flow(trace.catalogue());
  std::vector<uint32_t> positions;
  for (size_t i = 0; i < trace.frames().size(); ++i) {
    const trace::Frame& frame = trace.frames()[i];
    if (!frame.is(trace::FrameKind::kBlock)) continue;
    const EventType* type = trace.catalogue().type(frame.type);
    if (!type)
      trace.damage().report(frame.offset, "block of a type that the trace doesn't describe");
    else if (type->is_event())
      positions.push_back(static_cast<uint32_t>(i));
  }
  const auto workers = scan_blocks(trace, positions, [&] { return std::make_unique<Worker>(trace, flow); });

  Totals all;
  for (const auto& worker : workers) {
    const Totals& totals = worker->totals();
    for (const auto& [type, events] : totals.events) all.events[type] += events;
    all.first_ns = std::min(all.first_ns, totals.first_ns);
    all.last_ns = std::max(all.last_ns, totals.last_ns);
    all.read_bytes += totals.read_bytes;
    all.write_bytes += totals.write_bytes;
    all.began_before += totals.began_before;
    all.peeked_bytes += totals.peeked_bytes;
  }

  Summary summary;
  for (const auto& [type, events] : all.events) {
    const EventType& known = *trace.catalogue().type(type);
    summary.events += events;
    if (known.name == "syscall") summary.syscalls = events;
    summary.by_type.push_back({known.name, events});
  }
  // A later part of a recording has calls that began in the one before.
  const uint64_t from = std::max(all.first_ns, trace.facts().start_boot_ns);
  summary.duration_ns = all.last_ns > from ? all.last_ns - from : 0;
  summary.processes = threads.processes().size() - 1;
  summary.threads = threads.threads().size() - 1;
  for (const bool ring : processes_with_rings(trace, threads)) summary.io_uring_processes += ring;
  summary.containers = count_containers(trace, threads);
  summary.began_before = all.began_before;
  summary.read_bytes = all.read_bytes;
  summary.write_bytes = all.write_bytes;
  summary.peeked_bytes = all.peeked_bytes;
  summary.file_bytes = trace.bytes().size();
  summary.facts = trace.facts();
  summary.cost = trace.cost();
  summary.coverage = coverage_of(trace);
  return summary;
}

}  // namespace ebpftrace::analyzer
