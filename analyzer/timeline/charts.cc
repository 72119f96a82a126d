// SPDX-License-Identifier: Apache-2.0
// The machine's counters and the packets of an interface over pixels. A counter of an interval is taken as even over it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "analyzer/timeline/density_grid.h"
#include "analyzer/timeline/timeline_state.h"
#include "schema/values.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

// 1, 2 or 5 with zeros, not below it.
double round_up(double value) {
  if (!(value > 0)) return 1;
  const double unit = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0})
    if (value <= step * unit) return step * unit;
  return 10 * unit;
}

std::string short_number(double value) {
  char text[32];
  if (value >= 1e6)
    std::snprintf(text, sizeof text, "%g M", value / 1e6);
  else if (value >= 1e3)
    std::snprintf(text, sizeof text, "%g k", value / 1e3);
  else
    std::snprintf(text, sizeof text, "%g", value);
  return text;
}

// use(pixel, share of [from, to) in it, ns of it there)
template <typename Use>
void over_pixels(const PixelScale& scale, uint32_t pixels, int64_t from_ns, int64_t to_ns, Use use) {
  const double from = scale.at(from_ns), to = std::max(scale.at(to_ns), from + 1e-9);
  if (to <= 0 || from >= pixels) return;
  const auto first = static_cast<uint32_t>(std::max(from, 0.0));
  const auto last = static_cast<uint32_t>(std::min(to, pixels - 1.0));
  for (uint32_t pixel = first; pixel <= last; ++pixel) {
    const double part = std::min(to, pixel + 1.0) - std::max(from, double(pixel));
    if (part > 0) use(pixel, part / (to - from), part * scale.ns_per_pixel());
  }
}

}  // namespace

ChartColumns Timeline::chart(Chart which, TimeSpan span, uint32_t pixels, std::stop_token stop) const {
  pixels = std::min(pixels, kMostPixels);
  ChartColumns columns;
  columns.first.assign(pixels, -1);
  columns.second.assign(pixels, -1);
  columns.what = which == Chart::kCpu ? "user + system" : which == Chart::kRunQueue ? "runnable" : "minor / s";
  if (!pixels || span.length_ns() <= 0) return columns;
  const trace::Trace& trace = state_->trace();
  const EventType* type = trace.catalogue().type("metrics");
  if (!type) return columns;
  std::vector<std::string_view> wanted = {"timeNs", "intervalNs", "unavailable", "cpu"};
  if (which == Chart::kCpu) wanted.insert(wanted.end(), {"userNs", "systemNs", "idleNs"});
  if (which == Chart::kRunQueue) wanted.push_back("runnable");
  if (which == Chart::kPageFaults) wanted.insert(wanted.end(), {"minorFaults", "majorFaults"});
  uint64_t needed = 0;
  for (size_t i = 4; i < wanted.size(); ++i)
    if (const auto at = type->column(wanted[i])) needed |= uint64_t{1} << *at;
  const PixelScale scale(span, pixels);
  std::vector<double> first(pixels), second(pixels), all(pixels), covered(pixels);
  std::set<uint64_t> cpus;
  trace::Block block(trace, *type, wanted);
  const unsigned values = static_cast<unsigned>(wanted.size()) - 4;
  for (const uint32_t position : trace.blocks_of("metrics")) {
    if (stop.stop_requested()) break;
    const trace::Frame frame = trace.frames()[position];
    // Intervals end at their time: one that ends behind the span may begin in it.
    if (state_->since_start(frame.last_ns) < span.from_ns) continue;
    if (!block.load(frame)) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        if (block.column(2)[i] & needed) continue;
        const int64_t to = state_->since_start(block.column(0)[i]);
        const auto length = static_cast<int64_t>(std::min<uint64_t>(block.column(1)[i], uint64_t{1} << 60));
        if (cpus.size() < 4096) cpus.insert(block.column(3)[i]);
        const double one = static_cast<double>(block.column(4)[i]),
                     other = values > 1 ? static_cast<double>(block.column(5)[i]) : 0,
                     rest = values > 2 ? static_cast<double>(block.column(6)[i]) : 0;
        over_pixels(scale, pixels, to - length, to, [&](uint32_t pixel, double share, double ns) {
          covered[pixel] += ns;
          if (which == Chart::kRunQueue) {
            first[pixel] += one * ns;
            return;
          }
          first[pixel] += one * share;
          second[pixel] += other * share;
          all[pixel] += (one + other + rest) * share;
        });
      }
  }
  const double cpu_count = std::max<double>(1, static_cast<double>(cpus.size()));
  double most = 0;
  for (uint32_t pixel = 0; pixel < pixels; ++pixel) {
    if (!(covered[pixel] > 0)) continue;
    double below = 0, above = 0;
    if (which == Chart::kCpu) {
      if (!(all[pixel] > 0)) continue;
      below = 100 * first[pixel] / all[pixel];
      above = 100 * second[pixel] / all[pixel];
    } else if (which == Chart::kRunQueue) {
      below = first[pixel] * cpu_count / covered[pixel];
    } else {
      below = first[pixel] * 1e9 * cpu_count / covered[pixel];
      above = second[pixel] * 1e9 * cpu_count / covered[pixel];
    }
    columns.first[pixel] = static_cast<float>(below);
    columns.second[pixel] = static_cast<float>(above);
    most = std::max(most, below + above);
  }
  columns.top = which == Chart::kCpu ? 100 : round_up(std::max(most, which == Chart::kRunQueue ? 2.0 : 1.0));
  columns.scale = which == Chart::kCpu        ? "0 – 100 %"
                  : which == Chart::kRunQueue ? "0 – " + short_number(columns.top)
                                              : "0 – " + short_number(columns.top) + "/s";
  return columns;
}

std::vector<PacketColumn> Timeline::packets(uint32_t interface, TimeSpan span, uint32_t pixels,
                                            std::stop_token stop) const {
  pixels = std::min(pixels, kMostPixels);
  std::vector<PacketColumn> columns(pixels);
  if (!pixels || span.length_ns() <= 0) return columns;
  const trace::Trace& trace = state_->trace();
  const PixelScale scale(span, pixels);
  const trace::Positions single = trace.blocks_of("packet");
  if (!single.empty()) {
    trace::Block block(trace, "packet", {"timeNs", "length", "interface", "verdict"});
    for (const uint32_t position : single) {
      if (stop.stop_requested()) break;
      const trace::Frame frame = trace.frames()[position];
      if (state_->since_start(frame.last_ns) < span.from_ns || state_->since_start(frame.first_ns) >= span.to_ns)
        continue;
      if (!block.load(frame)) continue;
      while (block.next_tile())
        for (size_t i = 0; i < block.tile_rows(); ++i) {
          const int64_t at = state_->since_start(block.column(0)[i]);
          if (block.column(2)[i] != interface || !span.contains(at)) continue;
          PacketColumn& column = columns[std::min(pixels - 1, static_cast<uint32_t>(scale.at(at)))];
          ++column.packets;
          column.bytes += static_cast<double>(block.column(1)[i]);
          column.dropped += block.column(3)[i] == EDGE_DROP;
        }
    }
    return columns;
  }
  // Else the counters: each row is of the time since the last one of its kind.
  trace::Block block(trace, "traffic", {"timeNs", "packets", "bytes", "interface", "key", "what", "cpu"});
  std::map<std::pair<uint64_t, uint64_t>, int64_t> before;
  for (const uint32_t position : trace.blocks_of("traffic")) {
    if (stop.stop_requested()) break;
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        if (block.column(5)[i] != TRAFFIC_VERDICT || block.column(3)[i] != interface) continue;
        const int64_t to = state_->since_start(block.column(0)[i]);
        if (before.size() > 65536) before.clear();
        int64_t& from = before.try_emplace({block.column(4)[i], block.column(6)[i]}, 0).first->second;
        over_pixels(scale, pixels, std::min(from, to), to, [&](uint32_t pixel, double share, double) {
          PacketColumn& column = columns[pixel];
          column.packets += share * static_cast<double>(block.column(1)[i]);
          column.bytes += share * static_cast<double>(block.column(2)[i]);
          if (block.column(4)[i] == EDGE_DROP) column.dropped += share * static_cast<double>(block.column(1)[i]);
        });
        from = to;
      }
  }
  return columns;
}

}  // namespace ebpftrace::analyzer
