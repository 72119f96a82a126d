// SPDX-License-Identifier: Apache-2.0
#include "analyzer/state/change_order.h"

#include <algorithm>
#include <utility>

#include "analyzer/query/scan_blocks.h"
#include "trace/read/reads.h"

namespace ebpftrace::analyzer {
namespace {

// For a reader at a time, of frames that are smaller than that.
constexpr uint64_t kRowsAtOnce = 8192;

}  // namespace

ChangeOrder::ChangeOrder(const Session& session, const ProcessIds& ids, const CallEffects& effects, KeptTexts& texts,
                         const ChangeStretch& stretch)
    : trace_(session.trace()), stretch_(stretch) {
  const trace::Catalogue& catalogue = trace_.catalogue();
  auto id_of = [&](std::string_view name) {
    const EventType* type = catalogue.type(name);
    return type ? type->id : uint16_t{0};
  };
  const uint16_t call = id_of("syscall"), fork = id_of("fork"), exec = id_of("exec"), exit = id_of("exit"),
                 process = id_of("process"), open_file = id_of("open_file");
  WorkerCount needed;
  trace::Positions::Builder positions;
  const trace::Frames& frames = trace_.frames();
  for (size_t i = 0; i < frames.size(); ++i) {
    const trace::Frame frame = frames[i];
    if (!frame.is(trace::FrameKind::kBlock) || !frame.count) continue;
    if (frame.first_ns > stretch.up_to_ns || frame.last_ns < stretch.since_ns) continue;
    const bool snapshot = frame.type == process || frame.type == open_file;
    if (snapshot ? i < stretch.first_frame || i >= stretch.snapshot_end
                 : frame.type != call && frame.type != fork && frame.type != exec && frame.type != exit)
      continue;
    positions.insert(static_cast<uint32_t>(i));
    needed.add(frame);
  }
  if (stretch.after) after_ = *stretch.after;
  any_handed_out_ = stretch.after.has_value();
  const trace::Positions wanted = std::move(positions).done();
  frames_in_all_ = wanted.size();
  queue_ = FrameQueue(trace_, wanted);
  const unsigned count = std::min(needed.count(), 4u);
  for (unsigned i = 0; i < count; ++i)
    readers_.push_back(std::make_unique<Reader>(session, ids, effects, texts, stretch_));
}

ChangeOrder::~ChangeOrder() = default;

void ChangeOrder::add(const Change& change) {
  if (change.key > limit_) return queue_.put_off({change.key.time_ns, change.key.frame, 0});
  if (free_.empty()) {
    places_.push_back({change.key, static_cast<uint32_t>(window_.size())});
    window_.push_back(change);
  } else {
    places_.push_back({change.key, free_.back()});
    window_[free_.back()] = change;
    free_.pop_back();
  }
  if (places_.size() >= 2 * kWindow) shrink();
}

// Down to the earliest; nothing behind those comes in any more.
void ChangeOrder::shrink() {
  if (places_.size() <= kWindow) return;
  const auto last = places_.begin() + static_cast<std::ptrdiff_t>(kWindow) - 1;
  std::nth_element(places_.begin(), last, places_.end());
  limit_ = last->key;
  for (auto place = last + 1; place != places_.end(); ++place) {
    queue_.put_off({place->key.time_ns, place->key.frame, 0});
    free_.push_back(place->at);
  }
  places_.resize(kWindow);
}

// What comes next, as much as is worth a thread each. False: nothing does.
bool ChangeOrder::fill_batches() {
  bool any = false;
  for (const auto& reader : readers_)
    while (reader->batch_rows < kRowsAtOnce) {
      const auto next = queue_.next({limit_.time_ns, UINT32_MAX, UINT32_MAX});
      if (!next) return any;
      any = true;
      reader->batch.push_back(next->frame);
      reader->batch_rows += trace_.frames()[next->frame].count;
    }
  return any;
}

void ChangeOrder::read_batches() {
  const ChangeKey* after = any_handed_out_ ? &after_ : nullptr;
  share_out(static_cast<unsigned>(readers_.size()), readers_.size(), [&](unsigned) {
    return [&](size_t i) {
      for (const uint32_t frame : readers_[i]->batch) readers_[i]->changes.read(frame, after, limit_);
    };
  });
  for (const auto& reader : readers_) {
    for (const EventKey& key : reader->changes.left) queue_.put_off(key);
    for (const Change& change : reader->changes.changes) add(change);
    frames_read_ += reader->batch.size();
    reader->changes.changes.clear();
    reader->changes.left.clear();
    reader->batch.clear();
    reader->batch_rows = 0;
  }
}

ChangeOrder::Window ChangeOrder::make_window() {
  limit_ = kNoChange;
  places_.clear();
  window_.clear();
  free_.clear();
  queue_.begin_window();
  while (fill_batches()) read_batches();
  shrink();
  frames_in_all_ += queue_.end_window();
  std::sort(places_.begin(), places_.end());
  Window window{{}, frames_read_, frames_in_all_};
  window.changes.reserve(places_.size());
  for (const Place& place : places_) window.changes.push_back(window_[place.at]);
  if (!places_.empty()) {
    after_ = places_.back().key;
    any_handed_out_ = true;
  }
  return window;
}

std::span<const Change> ChangeOrder::next() {
  handed_out_ = ahead_.valid() ? ahead_.get() : make_window();
  if (!handed_out_.changes.empty())
    ahead_ = std::async(std::launch::async, [this, reads = trace::Reads::current()] {
      const trace::ReadHelper helper(reads);
      return make_window();
    });
  return handed_out_.changes;
}

}  // namespace ebpftrace::analyzer
