// SPDX-License-Identifier: Apache-2.0
#include "ship/send/shipped_recording.h"

namespace ebpftrace::ship {

void ShippedStep::apply(ShippedPosition& position, Counters& counters) const {
  if (begins) position = *begins;
  position.part = part;
  position.offset = offset;
  position.ended = ended;
  position.frames += counts.frames;
  if (counts.rows) position.rows[type] += counts.rows;
  counters.frames += counts.frames;
  counters.rows += counts.rows;
  counters.bytes += counts.bytes;
  counters.dropped_rows += counts.dropped_rows;
  counters.taken_back_rows += counts.taken_back_rows;
  counters.events += counts.events;
}

ShippedRecording::ShippedRecording(const trace::TraceFacts& facts, ShippedPosition at)
    : recording(*facts.recording_id),
      host(facts.host_id.value_or(trace::Id{})),
      boot(facts.boot_id.value_or(trace::Id{})),
      sent_(at),
      acknowledged_(std::move(at)) {}

ShippedStep& ShippedRecording::add(ShippedStep step) {
  step.stream = this;
  steps_.push_back(std::move(step));
  return steps_.back();
}

void ShippedRecording::keep_last() {
  Counters unused;
  steps_.back().apply(sent_, unused);
}

void ShippedRecording::advance(Counters& counters) {
  for (; !steps_.empty() && !steps_.front().outstanding; steps_.pop_front())
    steps_.front().apply(acknowledged_, counters);
}

void ShippedRecording::add_under_way(Counters& sum) const {
  ShippedPosition unused;
  for (const ShippedStep& step : steps_) step.apply(unused, sum);
}

void ShippedRecording::add_waiting(WaitingRecords& sum) const {
  for (const ShippedStep& step : steps_) {
    const bool is_in_its_topic = step.is_part_header && step.kafka_offset >= 0;
    (is_in_its_topic ? sum.headers : sum.own) += step.outstanding;
  }
}

void ShippedRecording::go_back() {
  steps_.clear();
  sent_ = acknowledged_;
  reader.reset();
}

}  // namespace ebpftrace::ship
