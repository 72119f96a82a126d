// SPDX-License-Identifier: Apache-2.0
// Single calls: the longest of a lane and span, the next one in time, and what a reference stands for. Blocks are looked at in the
// order of their times, and no further than one can still be better.
#include <algorithm>
#include <set>

#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/text/call_text.h"
#include "analyzer/timeline/call_scan.h"
#include "analyzer/timeline/timeline_state.h"

namespace ebpftrace::analyzer {
namespace {

CallMark mark_from(const Timeline::State& state, const CallView& call, uint32_t frame, uint32_t lane) {
  CallMark mark;
  const int64_t start = state.since_start(call.start_ns);
  const CallKind& kind = state.kinds.of(call.number, call.flags);
  mark.event = {start, frame, call.row};
  mark.duration_ns = static_cast<int64_t>(std::min<uint64_t>(call.duration_ns, INT64_MAX));
  mark.thread_lane = state.lanes->of_thread(state.session->threads().position(call.thread));
  mark.lane = lane == kNoLane ? mark.thread_lane : lane;
  mark.hue = static_cast<uint8_t>(state.class_of(kind, call.file));
  mark.waits = state.waits(kind, call.duration_ns, call.file);
  mark.unfinished = call.flags & SYSCALL_UNFINISHED;
  mark.failed = !mark.unfinished && is_error(call.result);
  mark.passes = call.passes;
  mark.call = state.trace().catalogue().table(call.flags & SYSCALL_COMPAT).name(static_cast<uint32_t>(call.number));
  mark.about = short_name(state.session->files().find(call.file));
  mark.result = result_text(call.result, mark.unfinished);
  return mark;
}

class ThreadSet {
 public:
  ThreadSet(const Timeline::State& state, const LaneChoice& lane)
      : table_(state.session->threads()), has_(table_.threads().size()) {
    for (const uint32_t thread : state.lanes->threads_of(lane.lane, lane.with_children)) has_[thread] = true;
  }
  bool has(uint64_t thread) const { return has_[table_.position(thread)]; }

 private:
  const ThreadTable& table_;
  std::vector<bool> has_;
};

}  // namespace

std::string short_name(const File* file) {
  if (!file || file->path.empty()) return {};
  std::string_view path = file->path;
  // Anonymous files are named as /proc shows them; a socket's addresses say more.
  if (is_socket(file)) {
    std::string_view shown = file->shown;
    const size_t open = shown.find('['), close = shown.rfind(']');
    if (open != std::string_view::npos && close != std::string_view::npos && close > open + 1 && shown.find(':') < open)
      return std::string(shown.substr(open + 1, close - open - 1).substr(0, 60));
    return {};
  }
  if (!path.starts_with('/')) return std::string(path.substr(0, 40));
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1).substr(0, 60));
}

std::string result_text(uint64_t result, bool unfinished) {
  if (unfinished) return "?";
  if (is_error(result)) return "-1 " + errno_name(static_cast<unsigned>(0 - result));
  if (result >= uint64_t{1} << 32) {
    std::string text;
    append_hex(text, result);
    return text;
  }
  return std::to_string(result);
}

std::optional<CallMark> Timeline::longest_call(const LaneChoice& lane, TimeSpan span, const std::string& filter,
                                               std::stop_token stop) const {
  const State& state = *state_;
  const Choice choice = choose(*state.session->relation("events"), filter, {});
  const ThreadSet threads(state, lane);
  CallScan scan(*state.session, choice);
  std::optional<CallView> best;
  uint32_t best_frame = 0;
  for (const uint32_t block : state.blocks_in(span)) {
    if (stop.stop_requested()) break;
    const uint32_t position = state.blocks[block].position;
    scan.read(state.trace().frames()[position], [&](const CallView& call) {
      if (!call.passes || !threads.has(call.thread)) return;
      const int64_t start = state.since_start(call.start_ns);
      const auto length = static_cast<int64_t>(std::min<uint64_t>(call.duration_ns, uint64_t{1} << 62));
      if (start >= span.to_ns || start + length < span.from_ns) return;
      if (best && best->duration_ns >= call.duration_ns) return;
      best = call;
      best_frame = position;
    });
  }
  if (!best) return std::nullopt;
  return mark_from(state, *best, best_frame, lane.lane);
}

std::optional<CallMark> Timeline::next_call(const LaneChoice& lane, const EventRef& from, bool forwards,
                                            const std::string& filter, std::stop_token stop) const {
  const State& state = *state_;
  const Choice choice = choose(*state.session->relation("events"), filter, {});
  const ThreadSet threads(state, lane);
  CallScan scan(*state.session, choice);
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < state.blocks.size(); ++i) {
    // A block's last_ns bounds its starts too.
    if (forwards ? state.blocks[i].last_ns >= from.start_ns : state.blocks[i].first_ns <= from.start_ns)
      order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return forwards ? state.blocks[a].first_ns < state.blocks[b].first_ns
                    : state.blocks[a].last_ns > state.blocks[b].last_ns;
  });
  std::optional<CallView> best;
  EventRef best_at{};
  for (const uint32_t block : order) {
    if (stop.stop_requested()) return std::nullopt;
    const CallBlock& at = state.blocks[block];
    if (best && (forwards ? at.first_ns > best_at.start_ns : at.last_ns < best_at.start_ns)) break;
    scan.read(state.trace().frames()[at.position], [&](const CallView& call) {
      if (!call.passes || !threads.has(call.thread)) return;
      const EventRef here{state.since_start(call.start_ns), at.position, call.row};
      if (forwards ? here <= from || (best && here >= best_at) : here >= from || (best && here <= best_at)) return;
      best = call;
      best_at = here;
    });
  }
  if (!best) return std::nullopt;
  return mark_from(state, *best, best_at.frame, lane.lane);
}

std::optional<CallMark> Timeline::call_at(const EventRef& event) const {
  const State& state = *state_;
  if (event.frame >= state.trace().frames().size()) return std::nullopt;
  const trace::Frame frame = state.trace().frames()[event.frame];
  if (!frame.is(trace::FrameKind::kBlock) || event.row >= frame.count) return std::nullopt;
  const EventType* type = state.trace().catalogue().type(frame.type);
  if (!type) return std::nullopt;
  std::optional<CallMark> found;
  if (type->name == "syscall") {
    CallScan scan(*state.session, {});
    scan.read(frame, [&](const CallView& call) {
      if (call.row == event.row) found = mark_from(state, call, event.frame, kNoLane);
    });
    return found;
  }
  const std::string_view columns[] = {"timeNs", "thread"};
  trace::Block block(state.trace(), *type, columns);
  if (!block.load(frame)) return std::nullopt;
  while (block.next_tile()) {
    if (event.row < block.tile_start() || event.row >= block.tile_start() + block.tile_rows()) continue;
    const size_t i = event.row - block.tile_start();
    found.emplace();
    found->event = {state.since_start(block.column(0)[i]), event.frame, event.row};
    if (type->column("thread"))
      found->lane = found->thread_lane = state.lanes->of_thread(state.session->threads().position(block.column(1)[i]));
    found->call = type->name;
    found->hue = static_cast<uint8_t>(CallClass::kProcess);
    break;
  }
  return found;
}

}  // namespace ebpftrace::analyzer
