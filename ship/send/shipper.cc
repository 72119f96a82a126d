// SPDX-License-Identifier: Apache-2.0
#include "ship/send/shipper.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "trace/read/trace_error.h"

namespace ebpftrace::ship {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kSameLine = 30s;
constexpr std::chrono::milliseconds kFirstBackoff = 250ms, kLongestBackoff = 10s;
constexpr size_t kFramesInTurn = 256;  // of one recording, before the next one's turn

ShippedPosition beginning_of(const trace::TraceFacts& facts) {
  ShippedPosition at;
  at.part = facts.part;
  for (const trace::EarlierRows& earlier : facts.earlier) {
    if (earlier.recorded) at.earlier[earlier.type] = earlier.recorded;
    if (earlier.lost) at.earlier_lost[earlier.type] = earlier.lost;
  }
  return at;
}

}  // namespace

Shipper::Shipper(ShipChoice choice, const Settings& settings, std::function<void(const std::string&)> tell)
    : choice_(std::move(choice)),
      settings_(settings),
      tell_(std::move(tell)),
      file_(choice_.position),
      positions_(file_.positions()),
      spool_(choice_.spool),
      backoff_(kFirstBackoff),
      patience_(choice_.give_up, Clock::now()) {
  make_producer();
}

Shipper::~Shipper() = default;

// The same line again says nothing new.
void Shipper::tell_once(const std::string& line) {
  const auto now = Clock::now();
  if (line == told_ && now - told_at_ < kSameLine) return;
  told_ = line;
  told_at_ = now;
  tell_(line);
}

void Shipper::make_producer() {
  producer_ = std::make_unique<Producer>(
      settings_, choice_.brokers, choice_.events_topic.empty() ? Producer::Values::kPacked : Producer::Values::kText,
      batches_, [this](const Producer::Delivery& delivery) { on_delivery(delivery); },
      [this](const std::string& line) { tell_once(line); });
  ++producers_;
}

void Shipper::start_again(const std::string& why) {
  tell_once(fmt::format("{}; going back to what is acknowledged", why));
  producer_.reset();
  part_headers_.clear();
  for (auto& [id, stream] : streams_) stream->go_back();
  if (batches_ != next_batches_)
    tell_(
        "the broker does not take batches that large; records go one by one from now on (or set a smaller batch.size)");
  batches_ = next_batches_;
  std::this_thread::sleep_for(backoff_);
  backoff_ = std::min<std::chrono::milliseconds>(backoff_ * 2, kLongestBackoff);
  make_producer();
}

void Shipper::on_delivery(const Producer::Delivery& delivery) {
  if (!delivery.of) return;
  ShippedStep& step = *static_cast<ShippedStep*>(delivery.of);
  if (!delivery.acknowledged) {
    if (!delivery.too_large || !delivery.record) return;
    const bool is_event = delivery.record->kind == FrameRecord::Kind::kEvent;
    // The broker may mean all that came with it: then each goes alone from now on.
    if (batches_ == Producer::Batches::kNone)
      step.stream->too_large.emplace(step.part, step.from, is_event ? delivery.record->rows : 0);
    next_batches_ = Producer::Batches::kNone;
    return;
  }
  backoff_ = kFirstBackoff;
  patience_.got_on(Clock::now());
  if (step.is_part_header && step.kafka_offset < 0) {
    // Its place is known now; the step is done when the topic of headers has it, too.
    step.partition = delivery.partition;
    step.kafka_offset = delivery.offset;
    part_headers_.push_back(&step);
    return;
  }
  --step.outstanding;
}

void Shipper::send_part_headers() {
  while (!part_headers_.empty()) {
    ShippedStep& step = *part_headers_.back();
    const ShippedRecording& stream = *step.stream;
    const std::string key = fmt::format("{}/{}", hex(stream.recording), step.part);
    rd_kafka_headers_t* const headers = make_headers(stream.record(FrameRecord::Kind::kFrame, step.part, step.from, 0));
    const std::string partition = std::to_string(step.partition), offset = std::to_string(step.kafka_offset);
    const std::string host = hex(stream.host), boot = hex(stream.boot);
    for (const auto& [name, value] :
         {std::pair("host", &host), {"boot", &boot}, {"partition", &partition}, {"first", &offset}})
      rd_kafka_header_add(headers, name, -1, value->data(), static_cast<ssize_t>(value->size()));
    RecordValue value = RecordValue::of_size(step.part_header.size());
    std::copy(step.part_header.begin(), step.part_header.end(), value.span().begin());
    const auto sent = producer_->send_with(choice_.headers_topic, key, headers, value, &step);
    if (sent != Producer::Sent::kTaken) return;
    part_headers_.pop_back();
  }
}

void Shipper::look_for_parts() {
  parts_ = spool_.look();
  for (const std::string& note : spool_.notes()) tell_(note);
  for (const SpoolPart& part : parts_) {
    const trace::Id& id = *part.facts.recording_id;
    if (streams_.contains(id)) continue;
    const auto known = positions_.by_recording.find(id);
    streams_.emplace(id, std::make_unique<ShippedRecording>(
                             part.facts, known == positions_.by_recording.end() ? ShippedPosition() : known->second));
  }
  survey();
  // A recording of which nothing is left to ship, nor to see, is done with.
  for (auto at = streams_.begin(); at != streams_.end();) {
    const bool here = std::any_of(parts_.begin(), parts_.end(),
                                  [&](const SpoolPart& part) { return part.facts.recording_id == at->first; });
    if (here || !at->second->idle() || at->second->reader) {
      ++at;
      continue;
    }
    positions_.by_recording.erase(at->first);
    at = streams_.erase(at);
  }
}

// While parts wait, rotation may remove them: how many frames they have is to be known by then. Their rows a later header knows.
void Shipper::survey() {
  std::erase_if(surveyed_, [&](const auto& one) { return !streams_.contains(one.first.first); });
  for (const SpoolPart& part : parts_) {
    const ShippedRecording& stream = *streams_.at(*part.facts.recording_id);
    const std::pair key(*part.facts.recording_id, part.facts.part);
    if (part.facts.part < stream.sent().part || surveyed_.contains(key) ||
        (stream.reader && stream.sent().part == part.facts.part))
      continue;
    try {
      const PartReader reader(part.path);
      if (reader.closed()) surveyed_.emplace(key, reader.frames().size());
    } catch (const trace::TraceError&) {
      // gone meanwhile
    }
  }
}

const SpoolPart* Shipper::later_part(const ShippedRecording& stream) const {
  const ShippedPosition& at = stream.sent();
  for (const SpoolPart& part : parts_)
    if (part.facts.recording_id == stream.recording && part.facts.part > at.part) return &part;
  return nullptr;
}

std::optional<uint64_t> Shipper::frames_of(const ShippedRecording& stream, uint32_t part) const {
  const auto known = surveyed_.find({stream.recording, part});
  return known == surveyed_.end() ? std::nullopt : std::optional(known->second);
}

// ---- steps ----

bool Shipper::send_step(ShippedRecording& stream, ShippedStep made, FrameRecord::Kind kind, uint64_t rows,
                        RecordValue value) {
  ShippedStep& step = stream.add(std::move(made));
  step.outstanding = 1;
  const FrameRecord record = stream.record(
      kind, step.begins && kind == FrameRecord::Kind::kDropped ? stream.sent().part : step.part, step.from, rows);
  const auto sent = producer_->send(topic(), record.key(), &record, value, &step);
  if (sent == Producer::Sent::kTooLarge) stream.too_large.emplace(step.part, step.from, 0);
  if (sent != Producer::Sent::kTaken) {
    stream.take_back();
    return false;
  }
  stream.keep_last();
  return true;
}

bool Shipper::send_frame(ShippedRecording& stream, const trace::Frame& frame) {
  const uint32_t part = stream.sent().part;
  if (stream.too_large.contains({part, frame.offset, 0})) return send_too_large(stream, frame);
  ShippedStep step;
  step.part = part;
  step.from = frame.offset;
  step.offset = frame.end();
  step.type = frame.type;
  step.counts.frames = 1;
  step.counts.bytes = frame.end() - frame.offset;
  if (frame.is(trace::FrameKind::kBlock)) step.counts.rows = frame.count;
  step.is_part_header = frame.is(trace::FrameKind::kHeader) && frame.offset == sizeof(trace::Preamble);
  RecordValue value = RecordValue::of_size(frame.end() - frame.offset);
  if (!stream.reader->read(frame.offset, value.span())) return false;  // taken back a moment ago: the next look says so
  if (step.is_part_header) step.part_header.assign(value.span().begin(), value.span().end());
  const uint64_t rows = step.counts.rows;
  return send_step(stream, std::move(step), FrameRecord::Kind::kFrame, rows, std::move(value)) ||
         (stream.too_large.contains({part, frame.offset, 0}) && send_too_large(stream, frame));
}

// No broker takes it: it is counted as what it is, missing.
bool Shipper::send_too_large(ShippedRecording& stream, const trace::Frame& frame) {
  DroppedRows dropped;
  dropped.to_part = stream.sent().part;
  dropped.until_ns = stream.start_real_ns;
  dropped.frames = 1;
  if (frame.is(trace::FrameKind::kBlock)) dropped.by_type[frame.type].recorded = frame.count;
  ShippedStep step;
  step.part = stream.sent().part;
  step.from = frame.offset;
  step.offset = frame.end();
  step.type = frame.type;
  step.counts.frames = 1;
  step.counts.dropped_rows = dropped.recorded();
  if (!send_step(stream, std::move(step), FrameRecord::Kind::kDropped, dropped.recorded(),
                 RecordValue::of(text_of(dropped))))
    return false;
  tell_(fmt::format("'{}': the frame at byte {} is too large for the broker ({} bytes); its {} rows count as dropped",
                    stream.path, frame.offset, frame.end() - frame.offset, dropped.recorded()));
  return true;
}

bool Shipper::send_end(ShippedRecording& stream) {
  ShippedStep step;
  step.part = stream.sent().part;
  step.from = step.offset = stream.reader->end();
  step.ended = true;
  const bool has_mark = stream.reader->closed() && choice_.events_topic.empty();
  RecordValue value = RecordValue::of_size(has_mark ? sizeof(trace::EndMark) : 0);
  if (value.size && !stream.reader->read(step.from, value.span())) return false;
  if (!send_step(stream, std::move(step), FrameRecord::Kind::kEnd, 0, std::move(value))) return false;
  stream.reader.reset();
  return true;
}

// Everything between what was sent and the next part that there is.
bool Shipper::send_dropped(ShippedRecording& stream, const SpoolPart& next) {
  const ShippedPosition& at = stream.sent();
  DroppedRows dropped;
  dropped.to_part = next.facts.part;
  dropped.until_ns = next.facts.start_real_ns;
  ShippedPosition begins = beginning_of(next.facts);
  for (const auto& [type, rows] : begins.earlier) {
    const auto earlier = at.earlier.find(type), own = at.rows.find(type);
    const uint64_t known =
        (earlier == at.earlier.end() ? 0 : earlier->second) + (own == at.rows.end() ? 0 : own->second);
    if (rows > known) dropped.by_type[type].recorded = rows - known;
  }
  for (const auto& [type, lost] : begins.earlier_lost) {
    const auto earlier = at.earlier_lost.find(type);
    const uint64_t known = earlier == at.earlier_lost.end() ? 0 : earlier->second;
    if (lost > known) dropped.by_type[type].lost = lost - known;
  }
  uint64_t frames = 0;
  bool all_known = at.part != 0 || !begins.part;
  for (uint32_t part = at.part + (at.ended ? 1 : 0); part < next.facts.part && all_known; ++part) {
    const auto known = frames_of(stream, part);
    all_known = known.has_value();
    if (known) frames += *known - (part == at.part ? std::min(*known, at.frames) : 0);
  }
  if (all_known) dropped.frames = frames;
  ShippedStep step;
  step.part = next.facts.part;
  step.from = at.offset;
  step.begins = std::move(begins);
  step.counts.dropped_rows = dropped.recorded();
  const uint32_t from = at.part;
  if (!send_step(stream, std::move(step), FrameRecord::Kind::kDropped, dropped.recorded(),
                 RecordValue::of(text_of(dropped))))
    return false;
  tell_(fmt::format("recording {}: rotation removed what was not shipped, from part {} up to part {}: {} rows{}",
                    hex(stream.recording), from, next.facts.part, dropped.recorded(),
                    dropped.frames ? fmt::format(" in {} frames", *dropped.frames) : ""));
  return true;
}

// The recorder took frames back (its disk was full) that are shipped already: there are more rows than the file has.
void Shipper::note_taken_back(ShippedRecording& stream) {
  const size_t gone = stream.reader->taken_back();
  if (!gone || stream.sent().offset <= stream.reader->end()) return;
  tell_(fmt::format("'{}': the recorder took {} frames back; some of them were shipped by then", stream.path, gone));
  ShippedStep step;
  step.part = stream.sent().part;
  const size_t at = stream.reader->position_of(stream.sent().offset);
  step.offset = at < stream.reader->frames().size() ? stream.reader->frames()[at].offset : stream.reader->end();
  stream.add(std::move(step));
  stream.keep_last();
}

// ---- a recording's turn ----

// False: there is none to go on with.
bool Shipper::next_part(ShippedRecording& stream) {
  const ShippedPosition& at = stream.sent();
  const SpoolPart* next = nullptr;
  for (const SpoolPart& part : parts_) {
    if (part.facts.recording_id != stream.recording || part.facts.part < at.part ||
        (part.facts.part == at.part && at.ended))
      continue;
    next = &part;
    break;
  }
  if (!next) return false;
  const bool is_new = next->facts.part != at.part || at.offset == 0;
  const bool misses = next->facts.part > at.part + (at.ended || at.part == 0 ? 1 : 0) && next->facts.part > 1;
  if (is_new && misses) {
    if (!send_dropped(stream, *next)) return false;
  } else if (is_new) {
    ShippedStep step;
    step.part = next->facts.part;
    step.begins = beginning_of(next->facts);
    stream.add(std::move(step));
    stream.keep_last();
  }
  try {
    stream.reader = std::make_unique<PartReader>(next->path);
    stream.path = next->path;
    stream.start_real_ns = next->facts.start_real_ns;
  } catch (const trace::TraceError& error) {
    // Removed in between: the next look says what there is instead.
    next_look_ = {};
    return false;
  }
  return true;
}

bool Shipper::pump_frames(ShippedRecording& stream) {
  PartReader& reader = *stream.reader;
  bool did = false;
  size_t position = reader.position_of(stream.sent().offset);
  for (size_t turn = 0; turn < kFramesInTurn && position < reader.frames().size(); ++turn, ++position) {
    if (!send_frame(stream, reader.frames()[position])) return did;
    did = true;
  }
  return did;
}

bool Shipper::pump(ShippedRecording& stream) {
  if (!stream.reader && !next_part(stream)) return false;
  if (!stream.reader) return true;
  PartReader& reader = *stream.reader;
  // The recorder ends a part before the next one has its header: what is here by then is all.
  const bool no_more = later_part(stream) || std::none_of(parts_.begin(), parts_.end(), [&](const SpoolPart& part) {
                         return part.facts.recording_id == stream.recording;
                       });
  const bool came = reader.look();
  note_taken_back(stream);
  const bool did = choice_.events_topic.empty() ? pump_frames(stream) : pump_events(stream);
  const bool all_sent = stream.sent().offset >= reader.end();
  if (!did && !came && all_sent && (reader.closed() || no_more)) {
    return send_end(stream);
  }
  return did || came;
}

}  // namespace ebpftrace::ship
