// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/event_order.h"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sort_by_time.h"
#include "trace/read/block.h"
#include "trace/read/reads.h"

namespace ebpftrace::analyzer {
namespace {

constexpr EventKey kNever{UINT64_MAX, UINT32_MAX, UINT32_MAX};
// For a reader at a time, of frames that are smaller than that.
constexpr uint64_t kRowsAtOnce = 8192;

}  // namespace

// Decodes the times of one block.
struct alignas(kApartBytes) EventOrder::Reader {
  Reader(const Session& session, const Choice& choice, std::shared_ptr<trace::FramePayload> payload)
      : trace(session.trace()), everything(choice.everything()), sieve(session, choice, payload) {
    static constexpr std::string_view kTime[] = {"timeNs"};
    for (const EventType& type : trace.catalogue().types) blocks.try_emplace(type.id, trace, type, kTime, payload);
  }

  void clear() {
    batch.clear();
    batch_rows = 0;
    keys.clear();
    left.clear();
  }

  void read(const EventKey* after, const EventKey& limit) {
    for (const uint32_t position : batch) read(position, after, limit);
  }

  void read(uint32_t position, const EventKey* after, const EventKey& limit) {
    EventKey earliest_left = kNever;
    const trace::Frame frame = trace.frames()[position];
    trace::Block& block = blocks.at(frame.type);
    if (!everything && !sieve.load(frame)) return;
    if (!block.load(frame)) return;
    bool early = false;
    while (block.next_tile()) {
      const Selection* selected = everything ? nullptr : &sieve.selected(block.tile_start() / predicate::kTileRows);
      if (selected && selected->none()) continue;
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        if (selected && !selected->test(i)) continue;
        const EventKey key{block.column(0)[i], position, static_cast<uint32_t>(block.tile_start() + i)};
        early |= key.time_ns < frame.first_ns;
        if (after && key <= *after) continue;
        if (key > limit)
          earliest_left = std::min(earliest_left, key);
        else
          keys.push_back(key);
      }
    }
    if (earliest_left != kNever) left.push_back(earliest_left);
    if (early) trace.damage().report(frame.offset, "block holds rows from before the time that it gives");
  }

  const trace::Trace& trace;
  const bool everything;
  Sieve sieve;
  std::map<uint16_t, trace::Block> blocks;
  std::vector<uint32_t> batch;  // frames that are its next
  uint64_t batch_rows = 0;
  std::vector<EventKey> keys;
  std::vector<EventKey> left;  // of each frame that has any the earliest row behind the limit
};

EventOrder::EventOrder(const Session& session, const Choice& choice, size_t most_rows, size_t first_frame,
                       size_t most_queued)
    : trace_(session.trace()), window_rows_(std::clamp<size_t>(most_rows, 1, kWindowRows)), left_rows_(most_rows) {
  const trace::Trace& trace = trace_;
  Sieve sieve(session, choice, std::make_shared<trace::FramePayload>());
  WorkerCount needed;
  trace::Positions::Builder positions;
  for (size_t i = first_frame; i < trace.frames().size(); ++i) {
    const trace::Frame frame = trace.frames()[i];
    if (!frame.is(trace::FrameKind::kBlock) || !frame.count) continue;
    const EventType* type = trace.catalogue().type(frame.type);
    if (!type)
      trace.damage().report(frame.offset, "block of a type that the trace doesn't describe");
    else if (type->is_event() && sieve.may_pass(frame)) {
      positions.insert(static_cast<uint32_t>(i));
      needed.add(frame);
      first_ns_ = std::min(first_ns_, frame.first_ns);
      last_ns_ = std::max(last_ns_, frame.last_ns);
    }
  }
  queue_ = FrameQueue(trace, std::move(positions).done(), most_queued);
  const unsigned count = std::min(needed.count(), 4u);
  for (unsigned i = 0; i < count; ++i)
    readers_.push_back(std::make_unique<Reader>(session, choice, std::make_shared<trace::FramePayload>()));
}

EventOrder::~EventOrder() = default;

// Down to the earliest window_rows_; nothing behind those comes in any more.
void EventOrder::shrink() {
  if (window_.size() <= window_rows_) return;
  const auto last = window_.begin() + static_cast<std::ptrdiff_t>(window_rows_) - 1;
  std::nth_element(window_.begin(), last, window_.end());
  limit_ = *last;
  for (auto key = last + 1; key != window_.end(); ++key) queue_.put_off(*key);
  window_.resize(window_rows_);
}

// What comes next, as much as is worth a thread each. False: nothing does.
bool EventOrder::fill_batches() {
  bool any = false;
  const uint64_t rows = std::min<uint64_t>(kRowsAtOnce, window_rows_);
  for (const auto& reader : readers_)
    while (reader->batch_rows < rows) {
      const auto next = queue_.next(limit_);
      if (!next) return any;
      if (!any && watch_ && next->time_ns > first_ns_) watch_->tell(next->time_ns - first_ns_, last_ns_ - first_ns_);
      any = true;
      reader->batch.push_back(next->frame);
      reader->batch_rows += trace_.frames()[next->frame].count;
    }
  return any;
}

void EventOrder::read_batches() {
  const EventKey* after = any_handed_out_ ? &after_ : nullptr;
  {
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < readers_.size(); ++i)
      if (!readers_[i]->batch.empty()) threads.emplace_back([&, i] { readers_[i]->read(after, limit_); });
    readers_[0]->read(after, limit_);
  }
  for (const auto& reader : readers_) {
    for (const EventKey& key : reader->left) queue_.put_off(key);
    for (const EventKey& key : reader->keys) {
      if (key > limit_)
        queue_.put_off(key);
      else
        window_.push_back(key);
      if (window_.size() >= 2 * window_rows_) shrink();
    }
    reader->clear();
  }
  shrink();
}

std::span<const EventKey> EventOrder::next_window() {
  if (ahead_.valid())
    ahead_.get();
  else
    make_window();
  std::swap(window_, handed_out_);
  left_rows_ -= std::min(left_rows_, handed_out_.size());
  if (!handed_out_.empty() && left_rows_)
    ahead_ = std::async(std::launch::async, [this, reads = trace::Reads::current()] {
      const trace::ReadHelper helper(reads);
      make_window();
    });
  return handed_out_;
}

void EventOrder::make_window() {
  window_.clear();
  limit_ = kNever;
  queue_.begin_window();
  auto stopped = [&] { return watch_ && watch_->stopped(); };
  while (!stopped() && fill_batches()) read_batches();
  if (stopped()) {
    queue_ = {};
    window_.clear();  // something earlier may be unread
    return;
  }
  queue_.end_window();
  sort_by_time(window_, sort_space_);
  if (window_.empty()) return;
  after_ = window_.back();
  any_handed_out_ = true;
}

}  // namespace ebpftrace::analyzer
