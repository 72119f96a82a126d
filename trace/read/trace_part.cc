// SPDX-License-Identifier: Apache-2.0
// One part of a trace: its beginning, its frames, and what its statuses say.
#include <capnp/serialize.h>
#include <kj/debug.h>

#include <algorithm>
#include <cstring>

#include "trace/format/catalogue_message.h"
#include "trace/read/frame_message.h"
#include "trace/read/frame_payload.h"
#include "trace/read/trace_error.h"
#include "trace/read/trace_progress.h"

namespace ebpftrace::trace {
namespace {

std::string text(capnp::Text::Reader value) { return std::string(value.begin(), value.end()); }

}  // namespace

void Trace::begin_part(size_t part) {
  Progress& progress = *progress_;
  if (!parts_.empty() && !progress.part.left_out) {
    const TracePart& before = parts_.back();
    if (!before.closed)
      damage_->report(before.base + before.bytes - 1, "the file has no end mark, although a later part is there");
    ++progress.parts_before;
    progress.known_before &= progress.part.final;
    progress.closed_before = before.closed;
    progress.number_before = before.number;
    progress.frames_before = before.first_frame;
    progress.earlier_before = std::move(progress.part.earlier);
    for (const Loss& loss : progress.part.lost) {
      const std::tuple key(loss.cpu, loss.type, loss.reason);
      if (progress.lost_before.size() < kMaxCounts || progress.lost_before.contains(key))
        progress.lost_before[key] += loss.count;
      else
        damage_->report(before.base, "more losses are listed than there can be");
    }
    progress.lost_in_one_before = std::move(progress.part.lost);
  }
  const TraceBytes& file = *progress.files[part];
  const uint64_t base = parts_.empty() ? 0 : parts_.back().base + parts_.back().bytes;
  parts_.push_back({file.name(), 0, base, file.size(), static_cast<uint32_t>(frames_.size()), false});
  progress.part = {};
  progress.part.status_from = frames_.size();
}

void Trace::read_part(Tail tail, FramePayload& payload) {
  TracePart& part = parts_.back();
  Progress::Part& progress = progress_->part;
  const TraceBytes& file = *progress_->files[parts_.size() - 1];
  if (file.ended()) tail = Tail::kCutOff;
  if (!progress.preamble) {
    bool damaged = false;
    if (!trace::check_preamble(file, damaged)) {
      if (tail == Tail::kMayGrow) return;
      throw TraceError(TraceError::Kind::kNotATrace,
                       file.size() == 0 ? "the file is empty" : "this is not a trace: it does not begin as one",
                       file.name());
    }
    progress.preamble = true;
    if (damaged) damage_->report(part.base, "the first bytes are damaged");  // the checksums of the frames tell
  }
  const FileView view{file, part.base};
  FrameDirectory& directory = progress.directory;
  if (directory.at == sizeof(Preamble))
    if (const auto indexed = indexed_frames(view, frames_, *damage_)) directory = *indexed;
  if (!directory.by_index) scan_frames(view, tail, directory, frames_, *damage_);
  part.closed = directory.end_mark;
  const bool all_there = tail == Tail::kCutOff || part.closed;
  if (!read_begin(all_there, payload)) return;
  read_status(payload);
  if (!all_there) return;
  if (progress.final) check_account();
  check_index();
}

// Header and catalogue, once they are there. False: the part is left out.
bool Trace::read_begin(bool all_there, FramePayload& payload) {
  Progress::Part& progress = progress_->part;
  TracePart& part = parts_.back();
  if (progress.left_out) return false;
  const size_t frames = frames_.size() - part.first_frame;
  if (!progress.header && (frames || all_there)) {
    progress.header = true;
    const auto facts = read_header(payload);
    if (facts) {
      if (progress_->parts_before && !is_next_part(*facts)) return false;
      part.number = facts->part;
      progress.earlier = facts->earlier;
      note_missing_parts(*facts);
    }
    if (!progress_->parts_before && facts) facts_ = *facts;
    progress.start_unknown = !progress_->parts_before && !facts;
  }
  if (progress.start_unknown) {
    // Without the header, time counts from the first event.
    uint64_t first = facts_.start_boot_ns ? facts_.start_boot_ns : UINT64_MAX;
    for (size_t i = progress.status_from; i < frames_.size(); ++i)
      if (const Frame frame = frames_[i]; frame.is(FrameKind::kBlock) && frame.count)
        first = std::min(first, frame.first_ns);
    if (first != UINT64_MAX) facts_.start_boot_ns = first;
  }
  if (!progress.catalogue && (frames >= 2 || all_there)) {
    progress.catalogue = true;
    if (!read_catalogue_frame(payload)) return false;
  }
  begun_ |= progress.header && progress.catalogue;
  return true;
}

std::optional<TraceFacts> Trace::read_header(FramePayload& payload) {
  const TracePart& part = parts_.back();
  std::optional<TraceFacts> facts;
  if (frames_.size() == part.first_frame || !frames_[part.first_frame].is(FrameKind::kHeader)) {
    damage_->report(part.base + sizeof(Preamble), "the trace header is missing");
    return facts;
  }
  const Frame frame = frames_[part.first_frame];
  FrameHeader header;
  if (bytes_->read(frame.offset, std::as_writable_bytes(std::span(&header, 1))) == sizeof header)
    progress_->part.first_checksum = header.payload_checksum;
  if (!read_message<schema::TraceHeader>(payload, *bytes_, frame, *damage_,
                                         [&](schema::TraceHeader::Reader message) { facts = facts_of(message); })) {
    facts.reset();
    damage_->report(frame.offset, "the trace header is damaged");
  }
  return facts;
}

bool Trace::is_next_part(const TraceFacts& facts) {
  if (!facts.recording_id || facts.recording_id != facts_.recording_id)
    return leave_out("this is a part of another recording; it is left out");
  if (facts.part <= progress_->number_before)
    return leave_out("this part is there twice, or comes before the one in front of it; it is left out");
  return true;
}

// Always false. Its bytes keep their offsets, so that it can be said what is wrong with it.
bool Trace::leave_out(const char* why) {
  TracePart& part = parts_.back();
  damage_->report(part.base, why);
  frames_.truncate(part.first_frame);
  progress_->part.left_out = true;
  return false;
}

// To the byte, as in all traces of the version that this program is of: reading it anew takes longer than opening the rest.
bool Trace::has_built_in_catalogue(const Frame& frame) const {
  const BuiltInCatalogue built_in = built_in_catalogue_message();
  if (frame.stored_bytes != built_in.stored.size()) return false;
  std::vector<std::byte> bytes(sizeof(FrameHeader) + frame.stored_bytes);
  if (bytes_->read(frame.offset, bytes) != bytes.size()) return false;
  FrameHeader header = plain_header(FrameKind::kCatalogue);
  header.raw_bytes = static_cast<uint32_t>(built_in.raw_bytes);
  header = seal(header, built_in.stored);
  return std::memcmp(bytes.data(), &header, sizeof header) == 0 &&
         std::memcmp(bytes.data() + sizeof header, built_in.stored.data(), built_in.stored.size()) == 0;
}

// The first that can be read is that of all parts. False: this one is another, and its part is left out.
bool Trace::read_catalogue_frame(FramePayload& payload) {
  const TracePart& part = parts_.back();
  // Second, or first where the header is missing.
  std::optional<Frame> frame;
  for (size_t i = part.first_frame; i < std::min<size_t>(frames_.size(), part.first_frame + 2) && !frame; ++i)
    if (frames_[i].is(FrameKind::kCatalogue)) frame = frames_[i];
  if (!frame) {
    damage_->report(part.base + sizeof(Preamble), progress_->catalogue
                                                      ? "the catalogue is missing; that of the part before is used"
                                                      : "the catalogue is missing; the built-in one is used");
    return true;
  }
  FrameHeader header{};
  bytes_->read(frame->offset, std::as_writable_bytes(std::span(&header, 1)));
  const CatalogueKey key{header.raw_bytes, header.stored_bytes, header.payload_checksum};
  auto damaged = [&] {
    damage_->report(frame->offset, progress_->catalogue ? "the catalogue is damaged; that of the part before is used"
                                                        : "the catalogue is damaged; the built-in one is used");
    return true;
  };
  if (progress_->catalogue == key) {
    std::vector<std::byte> stored(frame->stored_bytes);
    const bool sound = bytes_->read(frame->offset + sizeof header, stored) == stored.size() &&
                       checksum(stored.data(), stored.size()) == key.checksum;
    return sound || damaged();
  }
  std::shared_ptr<const Catalogue> catalogue;
  if (has_built_in_catalogue(*frame)) {
    catalogue = shared_built_in_catalogue();
  } else if (!read_message<schema::Catalogue>(payload, *bytes_, *frame, *damage_,
                                              [&](schema::Catalogue::Reader message) {
                                                catalogue = std::make_shared<const Catalogue>(read_catalogue(message));
                                              })) {
    return damaged();
  }
  if (progress_->catalogue) return leave_out("the catalogue is not that of the part before; the part is left out");
  progress_->catalogue = key;
  catalogue_ = std::move(catalogue);
  return true;
}

// What the numbers in the headers say: which parts there must be besides those that are here. Of a part that is alone, nothing:
// it was asked for as it is.
void Trace::note_missing_parts(const TraceFacts& facts) {
  const Progress& progress = *progress_;
  if (!progress.parts_before || !facts.part) return;
  struct Rows {
    uint64_t recorded = 0, lost = 0;
    bool operator==(const Rows&) const = default;
  };
  using RowsByType = std::map<uint16_t, Rows>;
  auto listed = [](const std::vector<EarlierRows>& earlier) {
    RowsByType rows;
    for (const EarlierRows& one : earlier) {
      rows[one.type].recorded += one.recorded;
      rows[one.type].lost += one.lost;
    }
    return rows;
  };
  auto report = [&](uint32_t first, uint32_t last, const RowsByType& until, const RowsByType& known) {
    Rows missing;
    for (const auto& [id, all] : until) {
      const EventType* type = catalogue_->type(id);
      if (!type || !type->is_event()) continue;
      const auto here = known.find(id);
      const Rows had = here == known.end() ? Rows{} : here->second;
      missing.recorded += all.recorded - std::min(all.recorded, had.recorded);
      missing.lost += all.lost - std::min(all.lost, had.lost);
    }
    std::string what = first == last ? "part " + std::to_string(first) + " of the recording is not here"
                                     : "parts " + std::to_string(first) + " to " + std::to_string(last) +
                                           " of the recording are not here";
    what += ": " + std::to_string(missing.recorded) + " events are missing";
    if (missing.lost) what += ", besides " + std::to_string(missing.lost) + " that were lost then";
    shortfalls_->report(what);
  };

  if (progress.parts_before == 1 && facts_.part > 1) report(1, facts_.part - 1, listed(facts_.earlier), {});
  if (facts.part <= progress.number_before + 1 || !progress.number_before) return;
  RowsByType known = listed(progress.earlier_before);
  for (size_t i = progress.frames_before; i < parts_.back().first_frame; ++i)
    if (const Frame frame = frames_[i]; frame.is(FrameKind::kBlock)) known[frame.type].recorded += frame.count;
  for (const Loss& loss : progress.lost_in_one_before) known[loss.type].lost += loss.count;
  const RowsByType until = listed(facts.earlier);
  // A number without a part: the recorder could not go on in that file, and went on in the one before.
  if (until != known) report(progress.number_before + 1, facts.part - 1, until, known);
}

void Trace::read_status(FramePayload& payload) {
  // The latest that can be read. Only if it is the last of all and final does it account for everything.
  Progress::Part& progress = progress_->part;
  bool last = true;
  for (size_t i = frames_.size(); i-- > progress.status_from;) {
    const Frame frame = frames_[i];
    if (!frame.is(FrameKind::kStatus)) continue;
    std::vector<Loss> lost, produced;
    bool final = false;
    const bool read =
        read_message<schema::Status>(payload, *bytes_, frame, *damage_, [&](schema::Status::Reader status) {
          const auto counts = status.getCounts();
          if (counts.size() > kMaxCounts) {
            KJ_FAIL_REQUIRE("more counts than there can be");  // NOLINT(bugprone-suspicious-semicolon): its own
          }
          for (auto count : counts) {
            const auto what = static_cast<uint16_t>(count.getWhat());
            const Loss loss{count.getCpu(), count.getType(), what, count.getCount()};
            (count.getWhat() == schema::Count::What::PRODUCED ? produced : lost).push_back(loss);
          }
          final = status.getFinal();
          const auto cost = status.getRecorder();
          cost_ = {cost.getUserNs() + cost.getSystemNs(), cost.getMaxRssBytes(), cost.getBpfNs(), cost.getBpfRuns(),
                   text(status.getStoppedBy())};
        });
    progress.final = read && last && final;
    last = false;
    if (!read) continue;
    progress.lost = std::move(lost);
    progress.produced = std::move(produced);
    progress.status_offset = frame.offset;
    progress.stopped_by = cost_.stopped_by;
    break;
  }
  progress.status_from = frames_.size();
}

// produced = recorded + lost, for every type: a frame that somebody took out of the file is noticed.
void Trace::check_account() {
  const Progress::Part& progress = progress_->part;
  std::map<uint16_t, uint64_t> missing;
  for (const Loss& count : progress.produced) missing[count.type] += count.count;
  for (const Loss& count : progress.lost)
    if (auto found = missing.find(count.type); found != missing.end()) found->second -= count.count;
  for (size_t i = parts_.back().first_frame; i < frames_.size(); ++i) {
    const Frame frame = frames_[i];
    if (!frame.is(FrameKind::kBlock)) continue;
    if (auto found = missing.find(frame.type); found != missing.end()) found->second -= frame.count;
  }
  for (const auto& [type, count] : missing) {
    if (!count) continue;
    const EventType* known = catalogue_->type(type);
    const std::string name = known ? known->name : "type " + std::to_string(type);
    damage_->report(progress.status_offset,
                    static_cast<int64_t>(count) > 0
                        ? std::to_string(count) + " " + name + " events are missing from the file"
                        : std::to_string(0 - count) + " more " + name + " events are in the file than were recorded");
  }
}

// After a scan: the index that the end mark names is there at least.
void Trace::check_index() {
  const FrameDirectory& directory = progress_->part.directory;
  const TracePart& part = parts_.back();
  if (!directory.end_mark || directory.by_index || directory.index_offset == kNoIndex) return;
  for (size_t i = part.first_frame; i < frames_.size(); ++i) {
    const Frame frame = frames_[i];
    if (frame.offset == part.base + directory.index_offset && frame.is(FrameKind::kIndex)) return;
  }
  damage_->report(part.base + std::min(directory.index_offset, part.bytes - 1),
                  "the index is missing; the frames were found without it");
}

}  // namespace ebpftrace::trace
