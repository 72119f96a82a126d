// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "analyzer/query/scan_blocks.h"
#include "analyzer/timeline/call_scan.h"
#include "analyzer/timeline/density_grid.h"
#include "analyzer/timeline/timeline_state.h"
#include "trace/read/summaries.h"

namespace ebpftrace::analyzer {
namespace {

// A frame's times are what its header says: whatever that is, pixels are computed from it.
constexpr int64_t kMostNs = int64_t{1} << 60;
int64_t bounded(int64_t ns) { return std::clamp(ns, -kMostNs, kMostNs); }

}  // namespace

Timeline::Timeline(std::shared_ptr<const Session> session, std::stop_token stop) {
  auto state = std::make_unique<State>(std::move(session));
  const trace::Trace& trace = state->trace();
  const EventType* calls = trace.catalogue().type("syscall");
  int64_t end = 0;
  for (uint32_t i = 0; i < trace.frames().size(); ++i) {
    const trace::Frame frame = trace.frames()[i];
    if (!frame.is(trace::FrameKind::kBlock) || !frame.count) continue;
    const EventType* type = trace.catalogue().type(frame.type);
    if (!type || type->dictionary) continue;
    const int64_t first = bounded(trace.since_start(frame.first_ns)),
                  last = std::max(first, bounded(trace.since_start(frame.last_ns)));
    end = std::max(end, last);
    if (type->is_event()) state->events += frame.count;
    if (calls && frame.type == calls->id) state->blocks.push_back({first, last, i, frame.count});
  }
  state->extent = {0, std::max<int64_t>(end, 1'000)};
  for (const trace::Loss& loss : trace.losses().list) state->lost += loss.count;
  state->losses = read_losses(trace, state->extent);
  state->lanes =
      std::make_unique<LaneList>(*state->session, state->extent.to_ns, !state->losses.empty(), state->losses, stop);
  state->findings = read_findings(*state->session, *state->lanes, state->losses, stop);
  state_ = std::move(state);
}

Timeline::~Timeline() = default;

const std::vector<Lane>& Timeline::lanes() const { return state_->lanes->lanes(); }
TimeSpan Timeline::extent() const { return state_->extent; }
int64_t Timeline::start_real_ns() const { return state_->trace().facts().start_real_ns; }
int32_t Timeline::utc_offset_seconds() const { return state_->trace().facts().utc_offset_seconds; }
uint64_t Timeline::events() const { return state_->events; }
uint64_t Timeline::lost() const { return state_->lost; }
const std::vector<LossSpan>& Timeline::losses() const { return state_->losses; }
const std::vector<Finding>& Timeline::findings() const { return state_->findings; }

std::string Timeline::lane_filter(const LaneChoice& choice) const {
  if (choice.lane >= lanes().size()) return {};
  const Lane& lane = lanes()[choice.lane];
  if (lane.kind == LaneKind::kThread) return "tid == " + std::to_string(lane.tid);
  if (lane.kind != LaneKind::kProcess) return {};
  const bool children = choice.with_children && state_->lanes->end_of(choice.lane) > choice.lane + 1;
  return children ? "descends_from(" + std::to_string(lane.pid) + ")" : "pid == " + std::to_string(lane.pid);
}

// ---- the minimap ----------------------------------------------------------------------------------------------------

namespace {

constexpr uint64_t kRowsAtOnce = 3'000'000;

struct OverviewWorker {
  OverviewWorker(const Timeline::State& state, uint32_t pixels, TimeSpan span)
      : state(state),
        scale(span, pixels),
        block(state.trace(), "syscall", {"number", "flags", "timeNs"}),
        reader(state.trace()),
        columns(pixels) {}

  void add(double from, double to, CallClass of, double calls) {
    const double pixels = static_cast<double>(columns.size());
    if (to < 0 || from >= pixels) return;
    const auto first = static_cast<size_t>(std::max(0.0, from));
    const auto last = std::min(columns.size() - 1, static_cast<size_t>(std::max(from, to)));
    const double part = calls / static_cast<double>(last - first + 1);
    for (size_t i = first; i <= last; ++i) columns[i].calls[static_cast<size_t>(of)] += part;
  }
  void read_rows(uint32_t position) {
    if (!block.load(state.trace().frames()[position])) return;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        const double at = scale.at(state.since_start(block.column(2)[i]));
        add(at, at, state.kinds.of(block.column(0)[i], block.column(1)[i]).of, 1);
      }
  }

  const Timeline::State& state;
  PixelScale scale;
  trace::Block block;
  trace::SummaryReader reader;
  std::vector<OverviewColumn> columns;
};

}  // namespace

std::vector<OverviewColumn> Timeline::overview(TimeSpan span, uint32_t pixels, std::stop_token stop) const {
  const State& state = *state_;
  pixels = std::min(pixels, kMostPixels);
  std::vector<OverviewColumn> columns(pixels);
  if (!pixels || span.length_ns() <= 0) return columns;
  Asked watched;
  watched.stop = stop;
  const Watch watch(watched);
  uint64_t rows = 0;
  for (const CallBlock& block : state.blocks) rows += block.rows;
  std::vector<trace::CallWork> work;
  std::vector<uint32_t> positions;
  // Of many rows the units that are summed up, each over its own time; totals are of too long a time.
  if (rows > kRowsAtOnce) {
    std::vector<bool> summed(state.trace().frames().size());
    trace::SummaryReader reader(state.trace());
    uint32_t loaded = UINT32_MAX;
    for (const trace::CallWork& piece : trace::all_sums(state.trace())) {
      if (piece.unit == trace::CallWork::kTotal) continue;
      if (piece.position != loaded && !reader.load_facts(piece.position)) continue;
      loaded = piece.position;
      bool is_new = true;
      for (const uint32_t block : reader.blocks_of_unit(piece.unit)) is_new &= !summed[block];
      if (!is_new) continue;
      for (const uint32_t block : reader.blocks_of_unit(piece.unit)) summed[block] = true;
      work.push_back(piece);
      positions.push_back(piece.position);
    }
    for (const CallBlock& block : state.blocks)
      if (!summed[block.position]) work.push_back({block.position, trace::CallWork::kBlock});
  } else {
    for (const CallBlock& block : state.blocks) work.push_back({block.position, trace::CallWork::kBlock});
  }
  for (const CallBlock& block : state.blocks) positions.push_back(block.position);
  if (work.empty()) return columns;
  std::vector<std::unique_ptr<OverviewWorker>> workers;
  const unsigned count = worker_count(state.trace(), positions);
  for (unsigned i = 0; i < count; ++i) workers.push_back(std::make_unique<OverviewWorker>(state, pixels, span));
  share_out(
      count, work.size(),
      [&](unsigned own) {
        return [&, own](size_t i) {
          OverviewWorker& worker = *workers[own];
          if (work[i].unit == trace::CallWork::kBlock) return worker.read_rows(work[i].position);
          if (!worker.reader.load(work[i])) {
            for (const uint32_t block : worker.reader.blocks()) worker.read_rows(block);
            return;
          }
          const trace::UnitFacts facts = worker.reader.units()[work[i].unit];
          const double from = worker.scale.at(state.since_start(facts.first_return_ns)),
                       to = worker.scale.at(state.since_start(facts.last_return_ns));
          for (const trace::CallSum& sum : worker.reader.sums())
            worker.add(from, to, state.kinds.of(sum.number, sum.flags).of, static_cast<double>(sum.calls));
        };
      },
      &watch);
  for (const auto& worker : workers)
    for (uint32_t i = 0; i < pixels; ++i)
      for (unsigned k = 0; k < kCallClasses; ++k) columns[i].calls[k] += worker->columns[i].calls[k];
  const PixelScale scale(span, pixels);
  for (const LossSpan& loss : state.losses) {
    if (!loss.lost || !loss.when_known) continue;
    const auto first = static_cast<uint32_t>(std::clamp(scale.at(loss.span.from_ns), 0.0, double(pixels)));
    const auto end = static_cast<uint32_t>(std::clamp(scale.at(loss.span.to_ns) + 1, 0.0, double(pixels)));
    for (uint32_t i = first; i < end; ++i) columns[i].lost = true;
  }
  return columns;
}

}  // namespace ebpftrace::analyzer
