// SPDX-License-Identifier: Apache-2.0
// When and where events were lost: by the machine's counters of each interval. Without those it is known how many and on which
// CPU, but not when.
#include <algorithm>
#include <map>

#include "analyzer/timeline/timeline_state.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostSpans = 1u << 16;

// Neighbours of one CPU become one, until there are few enough.
void coarsen(std::vector<LossSpan>& spans) {
  while (spans.size() > kMostSpans) {
    std::vector<LossSpan> fewer;
    for (size_t i = 0; i < spans.size(); ++i) {
      fewer.push_back(spans[i]);
      if (i + 1 == spans.size() || spans[i + 1].cpu != spans[i].cpu) continue;
      fewer.back().span.to_ns = std::max(spans[i].span.to_ns, spans[i + 1].span.to_ns);
      fewer.back().lost += spans[i + 1].lost;
      ++i;
    }
    if (fewer.size() == spans.size()) return;
    spans = std::move(fewer);
  }
}

// What was recorded on the same CPU meanwhile, taking the calls of a block as even over its time.
void count_recorded(const trace::Trace& trace, std::vector<LossSpan>& spans) {
  const EventType* calls = trace.catalogue().type("syscall");
  if (!calls) return;
  std::map<uint32_t, std::vector<LossSpan*>> by_cpu;
  for (LossSpan& span : spans) by_cpu[span.cpu].push_back(&span);
  for (const trace::Frame frame : trace.frames()) {
    if (!frame.is(trace::FrameKind::kBlock) || frame.type != calls->id || !frame.count) continue;
    const auto found = by_cpu.find(frame.cpu);
    if (found == by_cpu.end()) continue;
    const auto first = static_cast<double>(trace.since_start(frame.first_ns)),
               length = std::max(1.0, static_cast<double>(frame.last_ns - frame.first_ns));
    auto at = std::partition_point(found->second.begin(), found->second.end(), [&](const LossSpan* span) {
      return static_cast<double>(span->span.to_ns) <= first;
    });
    for (; at != found->second.end() && static_cast<double>((*at)->span.from_ns) < first + length; ++at) {
      const double from = std::max(first, static_cast<double>((*at)->span.from_ns)),
                   to = std::min(first + length, static_cast<double>((*at)->span.to_ns));
      (*at)->recorded += static_cast<uint64_t>(std::max(0.0, (to - from) / length) * frame.count);
    }
  }
}

}  // namespace

std::vector<LossSpan> read_losses(const trace::Trace& trace, TimeSpan extent) {
  std::map<uint32_t, uint64_t> lost;
  for (const trace::Loss& loss : trace.losses().list) lost[loss.cpu] += loss.count;
  std::vector<LossSpan> spans;
  if (lost.empty()) return spans;
  trace::Block block(trace, "metrics", {"timeNs", "intervalNs", "lost", "cpu"});
  std::map<uint32_t, uint64_t> counted;
  for (const uint32_t position : trace.blocks_of("metrics")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const auto cpu = static_cast<uint32_t>(block.column(3)[i]);
        const int64_t to = trace.since_start(block.column(0)[i]);
        const auto length = static_cast<int64_t>(std::min<uint64_t>(block.column(1)[i], uint64_t{1} << 60));
        spans.push_back({{to - length, to}, cpu, block.column(2)[i], 0, true});
        counted[cpu] += block.column(2)[i];
      }
  }
  // CPUs that lost nothing need no lane.
  std::erase_if(spans, [&](const LossSpan& span) { return !counted[span.cpu]; });
  std::stable_sort(spans.begin(), spans.end(), [](const LossSpan& a, const LossSpan& b) {
    return a.cpu != b.cpu ? a.cpu < b.cpu : a.span.from_ns < b.span.from_ns;
  });
  coarsen(spans);
  count_recorded(trace, spans);
  for (const auto& [cpu, count] : lost)
    if (count && !counted[cpu]) spans.push_back({extent, cpu, count, 0, false});
  std::stable_sort(spans.begin(), spans.end(), [](const LossSpan& a, const LossSpan& b) { return a.cpu < b.cpu; });
  return spans;
}

LossIndex::LossIndex(std::span<const LossSpan> losses) : losses_(losses) {
  constexpr uint32_t kMostCpus = 1u << 16;
  for (uint32_t i = 0; i < losses.size(); ++i) {
    if (!losses[i].lost || !losses[i].when_known || losses[i].cpu >= kMostCpus) continue;
    if (losses[i].cpu >= by_cpu_.size()) by_cpu_.resize(losses[i].cpu + 1);
    by_cpu_[losses[i].cpu].push_back(i);
  }
}

uint32_t LossIndex::at(uint32_t cpu, int64_t ns) const {
  if (cpu >= by_cpu_.size()) return UINT32_MAX;
  const std::vector<uint32_t>& list = by_cpu_[cpu];
  const auto next =
      std::partition_point(list.begin(), list.end(), [&](uint32_t i) { return losses_[i].span.from_ns <= ns; });
  if (next == list.begin() || losses_[*std::prev(next)].span.to_ns <= ns) return UINT32_MAX;
  return *std::prev(next);
}

}  // namespace ebpftrace::analyzer
