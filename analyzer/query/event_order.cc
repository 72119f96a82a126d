// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/event_order.h"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "analyzer/query/scan_blocks.h"
#include "trace/read/block.h"
#include "trace/read/reads.h"

namespace ebpftrace::analyzer {
namespace {

constexpr EventKey kNever{UINT64_MAX, UINT32_MAX, UINT32_MAX};

}  // namespace

// Decodes the times of one block.
struct EventOrder::Reader {
  Reader(const Session& session, const Choice& choice, std::shared_ptr<trace::FramePayload> payload)
      : trace(session.trace()), everything(choice.everything()), sieve(session, choice, payload) {
    static constexpr std::string_view kTime[] = {"timeNs"};
    for (const EventType& type : trace.catalogue().types) blocks.try_emplace(type.id, trace, type, kTime, payload);
  }

  void read(const EventKey& queued, const EventKey* after, const EventKey& limit) {
    keys.clear();
    left = kNever;
    const trace::Frame& frame = trace.frames()[queued.frame];
    trace::Block& block = blocks.at(frame.type);
    if (!everything && !sieve.load(frame)) return;
    if (!block.load(frame)) return;
    bool early = false;
    while (block.next_tile()) {
      const Selection* selected = everything ? nullptr : &sieve.selected(block.tile_start() / predicate::kTileRows);
      if (selected && selected->none()) continue;
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        if (selected && !selected->test(i)) continue;
        const EventKey key{block.column(0)[i], queued.frame, static_cast<uint32_t>(block.tile_start() + i)};
        early |= key.time_ns < frame.first_ns;
        if (after && key <= *after) continue;
        if (key > limit)
          left = std::min(left, key);
        else
          keys.push_back(key);
      }
    }
    if (early) trace.damage().report(frame.offset, "block holds rows from before the time that it gives");
  }

  const trace::Trace& trace;
  const bool everything;
  Sieve sieve;
  std::map<uint16_t, trace::Block> blocks;
  std::vector<EventKey> keys;
  EventKey left = kNever;  // the earliest row behind the limit
};

EventOrder::EventOrder(const Session& session, const Choice& choice, size_t most_rows, size_t first_frame)
    : trace_(session.trace()), window_rows_(std::clamp<size_t>(most_rows, 1, kWindowRows)), left_rows_(most_rows) {
  const trace::Trace& trace = trace_;
  std::vector<uint32_t> positions;
  std::vector<EventKey> first;
  for (size_t i = first_frame; i < trace.frames().size(); ++i) {
    const trace::Frame& frame = trace.frames()[i];
    if (!frame.is(trace::FrameKind::kBlock) || !frame.count) continue;
    const EventType* type = trace.catalogue().type(frame.type);
    if (!type)
      trace.damage().report(frame.offset, "block of a type that the trace doesn't describe");
    else if (type->is_event()) {
      positions.push_back(static_cast<uint32_t>(i));
      first_ns_ = std::min(first_ns_, frame.first_ns);
      last_ns_ = std::max(last_ns_, frame.last_ns);
      first.push_back({frame.first_ns, positions.back(), 0});
    }
  }
  queue_ = Queue(std::greater<>(), std::move(first));
  const unsigned count = std::min(worker_count(trace, positions), 4u);
  for (unsigned i = 0; i < count; ++i)
    readers_.push_back(std::make_unique<Reader>(session, choice, std::make_shared<trace::FramePayload>()));
  touched_at_.resize(trace.frames().size());
}

EventOrder::~EventOrder() = default;

void EventOrder::put_off(const EventKey& key) {
  EventKey& left = earliest_left_[touched_at_[key.frame] - 1];
  left = std::min(left, key);
}

// Down to the earliest window_rows_; nothing behind those comes in any more.
void EventOrder::shrink() {
  if (window_.size() <= window_rows_) return;
  const auto last = window_.begin() + static_cast<std::ptrdiff_t>(window_rows_) - 1;
  std::nth_element(window_.begin(), last, window_.end());
  limit_ = *last;
  for (auto key = last + 1; key != window_.end(); ++key) put_off(*key);
  window_.resize(window_rows_);
}

void EventOrder::read(std::span<const EventKey> queued) {
  const EventKey* after = any_handed_out_ ? &after_ : nullptr;
  {
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < queued.size(); ++i)
      threads.emplace_back([&, i] { readers_[i]->read(queued[i], after, limit_); });
    readers_[0]->read(queued[0], after, limit_);
  }
  for (size_t i = 0; i < queued.size(); ++i) {
    touched_.push_back(queued[i].frame);
    touched_at_[queued[i].frame] = static_cast<uint32_t>(touched_.size());
    earliest_left_.push_back(readers_[i]->left);
    for (const EventKey& key : readers_[i]->keys) {
      if (key > limit_)
        put_off(key);
      else
        window_.push_back(key);
      if (window_.size() >= 2 * window_rows_) shrink();
    }
  }
}

std::vector<EventKey> EventOrder::next_window() {
  std::vector<EventKey> window = ahead_.valid() ? ahead_.get() : make_window();
  left_rows_ -= std::min(left_rows_, window.size());
  if (!window.empty() && left_rows_)
    ahead_ = std::async(std::launch::async, [this, reads = trace::Reads::current()] {
      const trace::ReadHelper helper(reads);
      return make_window();
    });
  return window;
}

std::vector<EventKey> EventOrder::make_window() {
  window_.clear();
  touched_.clear();
  earliest_left_.clear();
  limit_ = kNever;
  std::vector<EventKey> batch;
  while (!queue_.empty() && queue_.top() <= limit_) {
    batch.clear();
    while (!queue_.empty() && queue_.top() <= limit_ && batch.size() < readers_.size()) {
      batch.push_back(queue_.top());
      queue_.pop();
    }
    if (watch_ && watch_->stopped()) {
      queue_ = Queue();
      return {};  // of this window something earlier may be unread
    }
    if (watch_ && last_ns_ > first_ns_) watch_->tell(batch.front().time_ns - first_ns_, last_ns_ - first_ns_);
    read(batch);
    shrink();
  }
  for (size_t i = 0; i < touched_.size(); ++i)
    if (earliest_left_[i] != kNever) queue_.push(earliest_left_[i]);
  std::sort(window_.begin(), window_.end());
  if (!window_.empty()) {
    after_ = window_.back();
    any_handed_out_ = true;
  }
  return std::exchange(window_, {});
}

}  // namespace ebpftrace::analyzer
