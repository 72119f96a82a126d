// SPDX-License-Identifier: Apache-2.0
// Shipper: turn after turn until it has done what is there, is stopped, or gives up; and what it says of that.
#include <fmt/format.h>

#include <algorithm>

#include "ship/send/shipper.h"

namespace ebpftrace::ship {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLook = 200ms, kStore = 500ms;
constexpr auto kLastWait = 5s;
constexpr int kIdleMs = 50;

}  // namespace

void Shipper::store() {
  for (auto& [id, stream] : streams_) {
    stream->advance(positions_.counters);
    positions_.by_recording[id] = stream->acknowledged();
  }
  const auto now = Clock::now();
  if (now < next_store_) return;
  file_.store(positions_);
  next_store_ = now + kStore;
}

Counters Shipper::under_way() const {
  Counters sum;
  for (const auto& [id, stream] : streams_) stream->add_under_way(sum);
  return sum;
}

// Which topic it is that keeps it from going on, librdkafka does not say.
std::string Shipper::waiting_text() const {
  WaitingRecords waiting;
  for (const auto& [id, stream] : streams_) stream->add_waiting(waiting);
  std::string topics;
  for (const auto& [records, name] : {std::pair(waiting.own, &topic()), {waiting.headers, &choice_.headers_topic}})
    if (records) topics += fmt::format("{}{} records of '{}'", topics.empty() ? "" : ", ", records, *name);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience_.waited(Clock::now()));
  const Counters open = under_way();
  return fmt::format(
      "for {} s Kafka has acknowledged nothing; it has yet to take {}: {} frames, {} rows, {} events wait for that",
      seconds.count(), topics.empty() ? "what is read next" : topics, open.frames, open.rows, open.events);
}

void Shipper::tell_if_it_waits() {
  if (patience_.is_to_tell(Clock::now()))
    tell_(waiting_text() + "; it goes on when each partition of these topics has a leader that answers");
}

bool Shipper::run(std::stop_token stop) {
  stop_ = stop;
  std::optional<Clock::time_point> give_up;
  for (;;) {
    producer_->poll(0);
    if (producer_->failed()) start_again(producer_->failure());
    send_part_headers();
    bool did = false;
    const auto now = Clock::now();
    if (!stop.stop_requested()) {
      if (now >= next_look_) {
        look_for_parts();
        next_look_ = now + kLook;
      }
      for (auto& [id, stream] : streams_) did |= pump(*stream);
    } else if (!give_up) {
      give_up = now + kLastWait;
    }
    store();
    const bool idle = part_headers_.empty() &&
                      std::all_of(streams_.begin(), streams_.end(), [](const auto& one) { return one.second->idle(); });
    if (((choice_.once && !did && next_look_ > now) || give_up) && idle && !producer_->failed()) {
      next_store_ = {};
      store();
      return true;
    }
    if (idle && !producer_->failed())
      patience_.got_on(now);
    else
      tell_if_it_waits();
    const bool is_hopeless = patience_.is_over(now);
    if ((give_up && now >= *give_up) || is_hopeless) {
      next_store_ = {};
      store();
      if (is_hopeless) tell_(waiting_text() + "; given up, as --give-up says");
      return false;
    }
    if (!did) producer_->poll(kIdleMs);
  }
}

}  // namespace ebpftrace::ship
