// SPDX-License-Identifier: Apache-2.0
// What lanes did in each pixel: of a large trace from the summaries at first, then from the rows of the blocks that may have calls
// in the span, in an order that fills all of it evenly.
#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>

#include "analyzer/api/question.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/moments.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/timeline/call_scan.h"
#include "analyzer/timeline/density_grid.h"
#include "analyzer/timeline/hue_of_call.h"
#include "analyzer/timeline/timeline_state.h"
#include "trace/read/summaries.h"

namespace ebpftrace::analyzer {
namespace {

// Rows that are read in less time than anybody notices (50 ns each, unoptimised readers aside): then summaries are not looked at.
constexpr uint64_t kRowsAtOnce = 3'000'000;
constexpr size_t kMostCells = 4u << 20;  // 64 bytes each, for each worker

// Which of the lanes that were asked for a thread's calls belong to.
class Slots {
 public:
  struct Slot {
    uint32_t lane;       // position in the request
    bool with_children;  // waits for children are left out
    bool is_above;       // of the process that the others come from: what it waits for is them, one way or other
  };

  Slots(const Timeline::State& state, std::span<const LaneChoice> lanes)
      : threads_(state.session->threads()), begin_(threads_.threads().size() + 1) {
    std::vector<std::pair<uint32_t, Slot>> of_thread;
    const std::vector<Lane>& all = state.lanes->lanes();
    for (uint32_t i = 0; i < lanes.size(); ++i) {
      const uint32_t lane = lanes[i].lane, end = state.lanes->end_of(lane);
      bool has_processes = false;
      for (uint32_t below = lane + 1; below < end && lanes[i].with_children && !has_processes; ++below)
        has_processes = all[below].kind == LaneKind::kProcess;
      for (const uint32_t thread : state.lanes->threads_of(lane, lanes[i].with_children)) {
        const uint32_t whose = state.lanes->of_thread(thread);
        const bool own = whose == lane || (all[whose].kind == LaneKind::kThread && all[whose].parent == lane);
        of_thread.push_back({thread, {i, lanes[i].with_children && end > lane + 1, has_processes && own}});
      }
    }
    std::stable_sort(of_thread.begin(), of_thread.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [thread, slot] : of_thread) {
      ++begin_[thread + 1];
      slots_.push_back(slot);
    }
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  }
  uint32_t position(uint64_t thread) const { return threads_.position(thread); }
  std::span<const Slot> of(uint32_t position) const {
    return {slots_.data() + begin_[position], begin_[position + 1] - begin_[position]};
  }

 private:
  const ThreadTable& threads_;
  std::vector<uint32_t> begin_;
  std::vector<Slot> slots_;
};

// A call that is long enough to be listed, without its texts.
struct LongBar {
  int64_t start_ns;
  uint64_t duration_ns, number, flags, result, file;
  uint32_t frame, row, slot, thread;
  uint8_t hue;
  bool waits, passes;
};

struct Scan {
  const Timeline::State& state;
  const DensityRequest& request;
  const Slots& slots;
  const HueOfCall& hues;
  const LossIndex& losses;
  PixelScale scale;
  uint64_t mark_ns;
};

// ---- rows -----------------------------------------------------------------------------------------------------------

class RowWorker {
 public:
  RowWorker(const Scan& of, const Choice& choice)
      : of_(of),
        scan_(*of.state.session, choice, of.hues.field()),
        passing_(of.request.lanes.size(), of.request.pixels, of.scale, of.request.bar_pixels),
        hidden_(choice.everything() ? 0 : of.request.lanes.size(), of.request.pixels, of.scale, of.request.bar_pixels) {
    if (of.losses.any()) lost_.resize(of.request.lanes.size() * of.state.losses.size());
  }

  void operator()(uint32_t position) {
    const trace::Trace& trace = of_.state.trace();
    const TimeSpan span = of_.request.span;
    uint64_t last_thread = UINT64_MAX;
    std::span<const Slots::Slot> slots;
    uint32_t thread = 0;
    scan_.read(trace.frames()[position], [&](const CallView& call) {
      if (call.thread != last_thread) {
        last_thread = call.thread;
        thread = of_.slots.position(call.thread);
        slots = of_.slots.of(thread);
      }
      if (slots.empty()) return;
      const int64_t start = of_.state.since_start(call.start_ns);
      if (start >= span.to_ns ||
          (call.duration_ns < uint64_t(INT64_MAX) &&
           start<span.from_ns&& static_cast<uint64_t>(span.from_ns) - static_cast<uint64_t>(start)> call.duration_ns))
        return;
      const CallKind& kind = of_.state.kinds.of(call.number, call.flags);
      const uint8_t hue = scan_.groups() ? of_.hues.of_group(*scan_.groups(), call.group, hue_of_group_)
                                         : of_.hues.of(of_.state, kind, call);
      if (of_.request.hidden_hues >> hue & 1) return;
      const bool waits = of_.state.waits(kind, call.duration_ns, call.file);
      const bool failed =
          !(call.flags & SYSCALL_UNFINISHED) && is_error(call.result) && !CallKinds::fails_by_design(kind, call.result);
      const CallSpan bar{start, call.duration_ns, hue, waits, failed};
      DensityGrid& grid = call.passes ? passing_ : hidden_;
      for (const Slots::Slot& slot : slots) {
        if (waits && (slot.is_above || (slot.with_children && kind.waits_for_child))) continue;
        grid.add(slot.lane, bar);
        if (!lost_.empty())
          if (const uint32_t loss = of_.losses.at(call.cpu, start); loss != UINT32_MAX)
            lost_[slot.lane * of_.state.losses.size() + loss] = true;
        if (call.duration_ns >= of_.mark_ns)
          keep({start, call.duration_ns, call.number, call.flags, call.result, call.file, position, call.row, slot.lane,
                thread, hue, waits, call.passes});
      }
    });
  }

  DensityGrid& passing() { return passing_; }
  DensityGrid& hidden() { return hidden_; }
  std::vector<LongBar>& bars() { return bars_; }
  const std::vector<bool>& lost() const { return lost_; }
  bool left_out() const { return left_out_; }

 private:
  void keep(const LongBar& bar) {
    const size_t most = of_.request.most_marks;
    if (!most || bar.duration_ns < least_kept_ns_) return;
    bars_.push_back(bar);
    if (bars_.size() < 2 * most) return;
    left_out_ = true;
    std::nth_element(bars_.begin(), bars_.begin() + static_cast<std::ptrdiff_t>(most), bars_.end(),
                     [](const LongBar& a, const LongBar& b) { return a.duration_ns > b.duration_ns; });
    least_kept_ns_ = bars_[most].duration_ns;
    bars_.resize(most);
  }

  const Scan& of_;
  CallScan scan_;
  DensityGrid passing_, hidden_;
  std::vector<LongBar> bars_;
  std::vector<bool> lost_;  // lane * losses + loss
  std::vector<uint8_t> hue_of_group_;
  uint64_t least_kept_ns_ = 0;
  bool left_out_ = false;
};

CallMark mark_of(const Timeline::State& state, const LongBar& bar, uint32_t lane) {
  CallMark mark;
  mark.event = {bar.start_ns, bar.frame, bar.row};
  mark.duration_ns = static_cast<int64_t>(std::min<uint64_t>(bar.duration_ns, INT64_MAX));
  mark.lane = lane;
  mark.thread_lane = state.lanes->of_thread(bar.thread);
  mark.hue = bar.hue;
  mark.waits = bar.waits;
  mark.unfinished = bar.flags & SYSCALL_UNFINISHED;
  mark.failed = !mark.unfinished && is_error(bar.result);
  mark.passes = bar.passes;
  mark.call = state.trace().catalogue().table(bar.flags & SYSCALL_COMPAT).name(static_cast<uint32_t>(bar.number));
  mark.about = short_name(state.session->files().find(bar.file));
  return mark;
}

// Hatched are lanes of which events were recorded on a CPU, in an interval in which that CPU lost some.
void mark_losses(const Scan& of, const std::vector<bool>& lost, Density& density) {
  if (lost.empty()) return;
  const size_t count = of.state.losses.size();
  for (size_t lane = 0; lane < density.lanes.size(); ++lane) {
    const Lane& whose = of.state.lanes->lanes()[density.lanes[lane].lane];
    for (size_t i = 0; i < count; ++i) {
      if (!lost[lane * count + i]) continue;
      const TimeSpan span = of.state.losses[i].span;
      const double from = of.scale.at(std::max(span.from_ns, whose.start_ns)),
                   to = of.scale.at(std::min(span.to_ns, whose.end_ns));
      const auto first = static_cast<uint32_t>(std::clamp(from, 0.0, double(density.pixels)));
      const auto end = static_cast<uint32_t>(std::clamp(to + 1, 0.0, double(density.pixels)));
      for (uint32_t pixel = first; pixel < end; ++pixel) density.passing[lane * density.pixels + pixel].lost = true;
    }
  }
}

Density collect(const Scan& of, std::vector<std::unique_ptr<RowWorker>>& workers, bool filtered) {
  Density density;
  density.span = of.request.span;
  density.pixels = of.request.pixels;
  density.lanes = of.request.lanes;
  density.legend = of.hues.legend();
  auto sum = [&](auto part, std::vector<Pixel>& to) {
    if (workers.size() == 1) return part(*workers[0]).finish(to);
    DensityGrid all = part(*workers[0]);
    for (size_t i = 1; i < workers.size(); ++i) all.merge(part(*workers[i]));
    all.finish(to);
  };
  sum([](RowWorker& worker) -> DensityGrid& { return worker.passing(); }, density.passing);
  if (filtered) sum([](RowWorker& worker) -> DensityGrid& { return worker.hidden(); }, density.hidden);
  std::vector<LongBar> bars;
  std::vector<bool> lost;
  for (const auto& worker : workers) {
    bars.insert(bars.end(), worker->bars().begin(), worker->bars().end());
    density.marks_left_out |= worker->left_out();
    if (lost.empty()) lost.resize(worker->lost().size());
    for (size_t i = 0; i < lost.size(); ++i) lost[i] = lost[i] || worker->lost()[i];
  }
  const size_t most = of.request.most_marks;
  if (bars.size() > most) {
    density.marks_left_out = true;
    std::nth_element(bars.begin(), bars.begin() + static_cast<std::ptrdiff_t>(most), bars.end(),
                     [](const LongBar& a, const LongBar& b) { return a.duration_ns > b.duration_ns; });
    bars.resize(most);
  }
  std::sort(bars.begin(), bars.end(), [](const LongBar& a, const LongBar& b) {
    return std::tuple(a.slot, a.start_ns, a.frame, a.row) < std::tuple(b.slot, b.start_ns, b.frame, b.row);
  });
  for (const LongBar& bar : bars) density.marks.push_back(mark_of(of.state, bar, of.request.lanes[bar.slot].lane));
  mark_losses(of, lost, density);
  return density;
}

// ---- summaries ------------------------------------------------------------------------------------------------------

struct SummaryPart {
  explicit SummaryPart(const Scan& of)
      : grid(of.request.lanes.size(), of.request.pixels, of.scale, of.request.bar_pixels) {}
  DensityGrid grid;
  uint64_t rows = 0;
};

// The calls of a unit, but for those that it lists one by one: spread over the time in which it has calls.
void add_unit(const Scan& of, const trace::SummaryReader& reader, const trace::UnitFacts& facts,
              std::span<const trace::LongCall> long_calls, SummaryPart& part) {
  const double from = of.scale.at(of.state.since_start(facts.first_return_ns)),
               to = of.scale.at(of.state.since_start(facts.last_return_ns));
  for (const trace::CallSum& sum : reader.sums()) {
    const uint32_t thread = of.slots.position(sum.thread);
    const auto slots = of.slots.of(thread);
    if (slots.empty()) continue;
    const CallKind& kind = of.state.kinds.of(sum.number, sum.flags);
    const auto hue = static_cast<uint8_t>(kind.of);
    if (of.request.hidden_hues >> hue & 1) continue;
    double calls = static_cast<double>(sum.calls), total = static_cast<double>(sum.total_ns);
    uint64_t longest = sum.max_ns;
    for (const trace::LongCall& call : long_calls)
      if (call.thread == sum.thread && call.number == sum.number) {
        calls -= 1;
        total -= static_cast<double>(call.duration_ns);
        longest = std::min(longest, reader.long_ns());
      }
    if (calls < 0.5) continue;
    const Lane& lane =
        of.state.lanes
            ->lanes()[std::min<size_t>(of.state.lanes->of_thread(thread), of.state.lanes->lanes().size() - 1)];
    const double begin = std::max(from, of.scale.at(lane.start_ns)),
                 end = std::max(begin, std::min(to, of.scale.at(lane.end_ns)));
    if (end < 0 || begin >= of.request.pixels) continue;
    for (const Slots::Slot& slot : slots) {
      if ((slot.is_above && kind.waits) || (slot.with_children && kind.waits_for_child)) continue;
      part.grid.spread(slot.lane, begin, end, hue, calls, std::max(total, 0.0), longest);
      if (sum.errors && !kind.looks_up && !kind.is_ioctl)
        part.grid.mark_error(slot.lane, static_cast<uint32_t>(std::max(0.0, begin)));
    }
  }
}

void add_long(const Scan& of, const trace::LongCall& call, SummaryPart& part) {
  const uint32_t thread = of.slots.position(call.thread);
  const CallKind& kind = of.state.kinds.of(call.number, call.flags);
  const auto hue = static_cast<uint8_t>(of.state.class_of(kind, call.file));
  if (of.request.hidden_hues >> hue & 1) return;
  const bool waits = of.state.waits(kind, call.duration_ns, call.file);
  const bool failed =
      !(call.flags & SYSCALL_UNFINISHED) && is_error(call.result) && !CallKinds::fails_by_design(kind, call.result);
  for (const Slots::Slot& slot : of.slots.of(thread)) {
    if (waits && (slot.is_above || (slot.with_children && kind.waits_for_child))) continue;
    part.grid.add(slot.lane, {of.state.since_start(call.start_ns), call.duration_ns, hue, waits, failed});
  }
}

// Nothing: it says of no block that lies in the span.
std::optional<Density> from_summaries(const Scan& of, uint64_t all_rows, const Watch& watch) {
  const trace::Trace& trace = of.state.trace();
  std::vector<uint32_t> summaries;
  for (uint32_t i = 0; i < trace.frames().size(); ++i)
    if (trace.frames()[i].is(trace::FrameKind::kSummary)) summaries.push_back(i);
  if (summaries.empty()) return std::nullopt;
  std::vector<std::unique_ptr<SummaryPart>> parts;
  const unsigned workers = worker_count(trace, summaries);
  for (unsigned i = 0; i < workers; ++i) parts.push_back(std::make_unique<SummaryPart>(of));
  share_out(
      workers, summaries.size(),
      [&](unsigned own) {
        return [&, own, reader = std::make_unique<trace::SummaryReader>(trace)](size_t i) {
          if (!reader->load_facts(summaries[i])) return;
          SummaryPart& part = *parts[own];
          const std::vector<trace::UnitFacts> units(reader->units().begin(), reader->units().end());
          const std::vector<trace::LongCall> all_long(reader->long_calls().begin(), reader->long_calls().end());
          for (uint32_t unit = 0; unit < units.size(); ++unit) {
            if (!units[unit].last_return_ns) continue;
            const int64_t first = of.state.since_start(units[unit].first_return_ns),
                          last = of.state.since_start(units[unit].last_return_ns);
            const auto begin = std::partition_point(all_long.begin(), all_long.end(),
                                                    [&](const trace::LongCall& call) { return call.unit < unit; });
            const auto end = std::partition_point(begin, all_long.end(),
                                                  [&](const trace::LongCall& call) { return call.unit <= unit; });
            const std::span<const trace::LongCall> calls(begin, end);
            if (units[unit].has_long_calls)
              for (const trace::LongCall& call : calls) add_long(of, call, part);
            if (first >= of.request.span.to_ns || last < of.request.span.from_ns || !units[unit].has_rows) continue;
            if (!reader->load({summaries[i], unit})) continue;
            for (const uint32_t block : reader->blocks()) part.rows += trace.frames()[block].count;
            add_unit(of, *reader, units[unit], calls, part);
          }
        };
      },
      &watch);
  Density density;
  density.span = of.request.span;
  density.pixels = of.request.pixels;
  density.lanes = of.request.lanes;
  density.legend = of.hues.legend();
  uint64_t rows = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    rows += parts[i]->rows;
    if (i) parts[0]->grid.merge(parts[i]->grid);
  }
  if (!rows) return std::nullopt;
  parts[0]->grid.finish(density.passing);
  density.done = std::min(0.99, all_rows ? static_cast<double>(rows) / static_cast<double>(all_rows) : 1.0);
  return density;
}

// Which values of the field take most time, in blocks spread over the span.
void choose_values(const Timeline::State& state, HueOfCall& hues, std::span<const uint32_t> positions,
                   const Choice& choice, std::stop_token stop) {
  constexpr size_t kMostBlocks = 64;
  CallScan scan(*state.session, choice, hues.field());
  std::vector<double> total;
  const size_t step = std::max<size_t>(1, positions.size() / kMostBlocks);
  for (size_t i = 0; i < positions.size() && !stop.stop_requested(); i += step)
    scan.read(state.trace().frames()[positions[i]], [&](const CallView& call) {
      if (!call.passes || call.group == KeyGroups::kOthers) return;
      if (call.group >= total.size()) total.resize(call.group + 64);
      total[call.group] += static_cast<double>(call.duration_ns) + 1;
    });
  std::vector<uint32_t> order(std::min(total.size(), scan.groups()->size()));
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return total[a] > total[b]; });
  std::vector<std::string> values;
  for (const uint32_t group : order) {
    std::string text = hues.text(*state.session, *scan.groups(), group);
    if (text.empty() || std::find(values.begin(), values.end(), text) != values.end()) continue;
    values.push_back(std::move(text));
    if (values.size() == kCallClasses - 1) break;
  }
  hues.set_values(std::move(values));
}

}  // namespace

Density Timeline::density(const DensityRequest& asked, std::stop_token stop,
                          const std::function<void(const Density&)>& partly) const {
  const State& state = *state_;
  DensityRequest request = asked;
  request.pixels = std::min(request.pixels, kMostPixels);
  std::erase_if(request.lanes, [&](const LaneChoice& lane) { return lane.lane >= state.lanes->lanes().size(); });
  if (request.pixels) request.lanes.resize(std::min(request.lanes.size(), kMostCells / request.pixels));
  const Choice choice = choose(*state.session->relation("events"), request.filter, {});
  HueOfCall hues(*state.session, request.colour_by);

  std::vector<uint32_t> positions;
  uint64_t rows = 0;
  for (const uint32_t block : state.blocks_in(request.span)) {
    positions.push_back(state.blocks[block].position);
    rows += state.blocks[block].rows;
  }
  if (hues.field()) choose_values(state, hues, positions, choice, stop);
  const Slots slots(state, request.lanes);
  const LossIndex losses(state.losses);
  Scan of{state, request, slots, hues, losses, PixelScale(request.span, request.pixels), 0};
  of.mark_ns = static_cast<uint64_t>(std::max(1.0, request.mark_pixels * of.scale.ns_per_pixel()));

  Density none;
  none.span = request.span;
  none.pixels = request.pixels;
  none.lanes = request.lanes;
  none.passing.resize(request.lanes.size() * request.pixels);
  none.legend = hues.legend();
  none.complete = true;
  none.done = 1;
  if (request.lanes.empty() || !request.pixels || request.span.length_ns() <= 0 || positions.empty()) return none;

  Asked watched;
  watched.stop = stop;
  const Watch watch(watched);
  bool sketched = false;
  if (rows > kRowsAtOnce && choice.everything() && hues.by_number()) {
    if (auto sketch = from_summaries(of, rows, watch)) {
      if (request.summaries_only || stop.stop_requested()) return *sketch;
      sketched = true;
      if (partly) partly(*sketch);
    }
  }
  if (request.summaries_only && rows > kRowsAtOnce) {
    none.complete = false;
    none.done = 0;
    return none;
  }

  // Every eighth block, then those between, so that what is there early is of all of the span.
  std::vector<uint32_t> order;
  order.reserve(positions.size());
  constexpr std::array<size_t, 8> kStart = {0, 4, 2, 6, 1, 5, 3, 7};
  for (const size_t start : kStart)
    for (size_t i = start; i < positions.size(); i += kStart.size()) order.push_back(positions[i]);

  const size_t cells = request.lanes.size() * request.pixels * (choice.everything() ? 1 : 2);
  unsigned workers = worker_count(state.trace(), order);
  if (cells > kMostCells / 4) workers = 1;
  std::vector<std::unique_ptr<RowWorker>> work;
  for (unsigned i = 0; i < workers; ++i) work.push_back(std::make_unique<RowWorker>(of, choice));
  size_t done = 0;
  auto last_told = std::chrono::steady_clock::now();
  while (done < order.size() && !stop.stop_requested()) {
    // A wave ends where it may be told of; the first ones are small.
    const size_t wave = std::min(order.size() - done, std::max<size_t>(workers * 4, order.size() / 16));
    share_out(
        workers, wave, [&](unsigned own) { return [&, own](size_t i) { (*work[own])(order[done + i]); }; }, &watch);
    if (stop.stop_requested()) break;
    done += wave;
    const auto now = std::chrono::steady_clock::now();
    if (!partly || sketched || done == order.size() || now - last_told < std::chrono::milliseconds(200)) continue;
    last_told = now;
    Density part = collect(of, work, !choice.everything());
    part.done = static_cast<double>(done) / static_cast<double>(order.size());
    partly(part);
  }
  Density density = collect(of, work, !choice.everything());
  density.done = static_cast<double>(done) / static_cast<double>(order.size());
  density.complete = done == order.size();
  return density;
}

}  // namespace ebpftrace::analyzer
