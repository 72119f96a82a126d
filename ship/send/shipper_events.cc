// SPDX-License-Identifier: Apache-2.0
// Shipper: events one by one instead of frames. A stretch is a step: its events, and behind them a record that says what they are
// the events of, so that whoever reads the topic knows that all of them are there.
#include <fmt/format.h>

#include "ship/send/shipper.h"
#include "ship/status_sums.h"

namespace ebpftrace::ship {
namespace {

constexpr int kFullMs = 50, kFullOften = 20;

}  // namespace

// False: not all of it could be sent, by a producer that failed or because we stop, or give up; then its step is never acknowledged.
bool Shipper::send_events(ShippedRecording& stream, ShippedStep& step, const Stretch& stretch) {
  const PartReader& reader = *stream.reader;
  ToldFrames told;
  told.to = step.offset;
  uint64_t number = 0;
  bool whole = true;
  auto send = [&](FrameRecord::Kind kind, uint64_t rows, std::string_view text) {
    const FrameRecord record = stream.record(kind, step.part, step.from, rows);
    RecordValue value = RecordValue::of(text);
    ++step.outstanding;
    int full = 0;
    while (!producer_->failed() && !stop_.stop_requested() && !patience_.is_over(std::chrono::steady_clock::now())) {
      const auto sent = producer_->send(topic(), record.key(), &record, value, &step);
      if (sent == Producer::Sent::kTaken || sent == Producer::Sent::kTooLarge) {
        if (sent == Producer::Sent::kTooLarge) --step.outstanding;
        return sent == Producer::Sent::kTaken;
      }
      if (++full == kFullOften) tell_once("Kafka takes no more; what is to be read waits in the spool");
      tell_if_it_waits();
      producer_->poll(kFullMs);
    }
    return whole = false;
  };
  for_each_event_line(reader, stretch, choice_.filter, [&](std::string_view line) {
    if (!whole) return;
    const bool is_too_large = stream.too_large.contains({step.part, step.from, number});
    if (!is_too_large && send(FrameRecord::Kind::kEvent, number, line)) {
      ++step.counts.events;
    } else if (whole) {
      ++told.too_large;
      ++step.counts.dropped_rows;
      tell_once(fmt::format("'{}': an event of {} bytes is too large for a record; it counts as dropped", stream.path,
                            line.size()));
    }
    ++number;
  });
  for (size_t i = stretch.first; i < stretch.last; ++i) {
    const trace::Frame& frame = reader.frames()[i];
    if (frame.is(trace::FrameKind::kBlock)) told.rows[frame.type] += frame.count;
    if (!frame.is(trace::FrameKind::kStatus)) continue;
    if (auto sums = status_sums(*reader.bytes(), frame)) {
      told.sums = std::move(sums->by_type);
      told.final = sums->final;
    }
  }
  return whole && send(FrameRecord::Kind::kStretch, number, text_of(told));
}

bool Shipper::pump_events(ShippedRecording& stream) {
  const PartReader& reader = *stream.reader;
  const bool finished = reader.closed() || later_part(stream);
  const Stretch stretch = next_stretch(reader, reader.position_of(stream.sent().offset), finished);
  if (stretch.empty()) return false;
  ShippedStep made;
  made.part = stream.sent().part;
  made.from = stream.sent().offset;
  made.offset = reader.frames()[stretch.last - 1].end();
  made.counts.frames = stretch.last - stretch.first;
  for (size_t i = stretch.first; i < stretch.last; ++i)
    made.counts.bytes += reader.frames()[i].end() - reader.frames()[i].offset;
  ShippedStep& step = stream.add(std::move(made));
  step.outstanding = 1;  // until all are sent
  if (send_events(stream, step, stretch)) --step.outstanding;
  stream.keep_last();
  return true;
}

}  // namespace ebpftrace::ship
