// SPDX-License-Identifier: Apache-2.0
#include "trace/read/trace.h"

#include <capnp/serialize.h>
#include <kj/debug.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>

#include "trace/format/catalogue_message.h"
#include "trace/read/frame_message.h"
#include "trace/read/frame_payload.h"
#include "trace/read/trace_error.h"

namespace ebpftrace::trace {
namespace {

std::string text(capnp::Text::Reader value) { return std::string(value.begin(), value.end()); }
std::string text(capnp::Data::Reader value) {
  return std::string(reinterpret_cast<const char*>(value.begin()), value.size());
}

std::optional<Id> id(capnp::Data::Reader value) {
  Id id;
  if (value.size() != id.size()) return std::nullopt;
  std::memcpy(id.data(), value.begin(), id.size());
  return id;
}

constexpr unsigned kMaxCounts = 1u << 16;  // CPUs x types x reasons that a status may list
constexpr unsigned kMaxWords = 4096;       // of the recorder's command line

TraceFacts facts_of(schema::TraceHeader::Reader header) {
  TraceFacts facts;
  const auto host = header.getHost();
  facts.recorder_version = text(header.getRecorderVersion());
  facts.kernel = text(host.getKernel());
  facts.machine = text(host.getMachine());
  facts.possible_cpus = host.getPossibleCpus();
  facts.boot_id = id(host.getBootId());
  facts.host_id = id(host.getHostId());
  facts.host_label = text(host.getLabel());
  facts.probe = text(header.getProbe());
  facts.filter = text(header.getFilter());
  facts.start_boot_ns = header.getStart().getBootNs();
  facts.start_real_ns = header.getStart().getRealNs();
  facts.utc_offset_seconds = header.getUtcOffsetSeconds();
  facts.part = header.getPart();
  facts.recording_id = id(header.getRecordingId());
  const auto earlier = header.getEarlier();
  for (unsigned i = 0; i < std::min(earlier.size(), kMaxCounts); ++i)
    facts.earlier.push_back({earlier[i].getType(), earlier[i].getRecorded(), earlier[i].getLost()});
  const auto words = header.getCommandLine();
  for (unsigned i = 0; i < std::min(words.size(), kMaxWords); ++i) facts.command_line.push_back(text(words[i]));
  return facts;
}

std::shared_ptr<const Catalogue> shared_built_in_catalogue() {
  static const auto catalogue = std::make_shared<const Catalogue>(built_in_catalogue());
  return catalogue;
}

}  // namespace

Trace::Trace(std::unique_ptr<TraceBytes> bytes) : bytes_(std::move(bytes)) {
  check_preamble();
  auto indexed = indexed_frames(*bytes_, damage_);
  FrameDirectory directory = indexed ? std::move(*indexed) : scan_frames(*bytes_, damage_);
  frames_ = std::move(directory.frames);
  closed_ = directory.end_mark;
  FramePayload payload;
  read_header(payload);
  read_catalogue_frame(payload);
  read_status(payload);
  check_index(directory);
}

void Trace::check_preamble() {
  Preamble preamble{};
  const size_t got = bytes_->read(0, std::as_writable_bytes(std::span(&preamble, 1)));
  if (got < sizeof preamble || std::memcmp(preamble.magic, kPreambleMagic, sizeof kPreambleMagic) != 0)
    throw TraceError(TraceError::Kind::kNotATrace,
                     got == 0 ? "the file is empty" : "this is not a trace: it does not begin as one");
  if (preamble.checksum != checksum_of_front(preamble)) {
    damage_.report(0, "the first bytes are damaged");
    return;  // the version may be what is damaged; the checksums of the frames tell
  }
  if (preamble.major != kFormatMajor)
    throw TraceError(TraceError::Kind::kUnknownVersion,
                     "the trace has format version " + std::to_string(preamble.major) + "." +
                         std::to_string(preamble.minor) + "; this program reads version " +
                         std::to_string(kFormatMajor) + " (up to " + std::to_string(kFormatMajor) + "." +
                         std::to_string(kFormatMinor) + " in full)");
}

void Trace::read_header(FramePayload& payload) {
  if (frames_.empty() || !frames_.front().is(FrameKind::kHeader)) {
    damage_.report(sizeof(Preamble), "the trace header is missing");
  } else if (!read_message<schema::TraceHeader>(
                 payload, *bytes_, frames_.front(), damage_,
                 [&](schema::TraceHeader::Reader header) { facts_ = facts_of(header); })) {
    damage_.report(frames_.front().offset, "the trace header is damaged");
  } else {
    return;
  }
  // Without the header, time counts from the first event.
  uint64_t first = UINT64_MAX;
  for (const Frame& frame : frames_)
    if (frame.is(FrameKind::kBlock) && frame.count) first = std::min(first, frame.first_ns);
  if (first != UINT64_MAX) facts_.start_boot_ns = first;
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
         std::equal(built_in.stored.begin(), built_in.stored.end(), bytes.begin() + sizeof header);
}

void Trace::read_catalogue_frame(FramePayload& payload) {
  // Second, or first where the header is missing.
  std::optional<Frame> frame;
  for (size_t i = 0; i < std::min<size_t>(frames_.size(), 2) && !frame; ++i)
    if (frames_[i].is(FrameKind::kCatalogue)) frame = frames_[i];
  if (frame && has_built_in_catalogue(*frame)) {
    catalogue_ = shared_built_in_catalogue();
    return;
  }
  if (!frame) {
    damage_.report(sizeof(Preamble), "the catalogue is missing; the built-in one is used");
  } else if (!read_message<schema::Catalogue>(payload, *bytes_, *frame, damage_,
                                              [&](schema::Catalogue::Reader message) {
                                                catalogue_ = std::make_shared<const Catalogue>(read_catalogue(message));
                                              })) {
    damage_.report(frame->offset, "the catalogue is damaged; the built-in one is used");
  } else {
    return;
  }
  catalogue_ = shared_built_in_catalogue();
}

void Trace::read_status(FramePayload& payload) {
  // The latest that can be read. Only if it is the last of all and final does it account for everything.
  bool last = true;
  for (size_t i = frames_.size(); i-- > 0;) {
    const Frame frame = frames_[i];
    if (!frame.is(FrameKind::kStatus)) continue;
    std::vector<Loss> lost, produced;
    bool final = false;
    const bool read =
        read_message<schema::Status>(payload, *bytes_, frame, damage_, [&](schema::Status::Reader status) {
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
    if (read) {
      losses_.list = std::move(lost);
      losses_.known = last && final;
      if (losses_.known) check_account(produced);
      return;
    }
    last = false;
  }
}

// produced = recorded + lost, for every type: a frame that somebody took out of the file is noticed.
void Trace::check_account(const std::vector<Loss>& produced) {
  std::map<uint16_t, uint64_t> missing;
  for (const Loss& count : produced) missing[count.type] += count.count;
  for (const Loss& count : losses_.list)
    if (auto found = missing.find(count.type); found != missing.end()) found->second -= count.count;
  for (const Frame& frame : frames_) {
    if (!frame.is(FrameKind::kBlock)) continue;
    if (auto found = missing.find(frame.type); found != missing.end()) found->second -= frame.count;
  }
  for (const auto& [type, count] : missing) {
    if (!count) continue;
    const EventType* known = catalogue_->type(type);
    const std::string name = known ? known->name : "type " + std::to_string(type);
    damage_.report(bytes_->size(),
                   static_cast<int64_t>(count) > 0
                       ? std::to_string(count) + " " + name + " events are missing from the file"
                       : std::to_string(0 - count) + " more " + name + " events are in the file than were recorded");
  }
}

// After a scan: the index that the end mark names is there at least.
void Trace::check_index(const FrameDirectory& directory) {
  if (!directory.end_mark || directory.by_index || directory.index_offset == kNoIndex) return;
  for (const Frame& frame : frames_)
    if (frame.offset == directory.index_offset && frame.is(FrameKind::kIndex)) return;
  damage_.report(directory.index_offset, "the index is missing; the frames were found without it");
}

std::vector<uint32_t> Trace::blocks_of(std::string_view name) const {
  std::vector<uint32_t> positions;
  const EventType* type = catalogue_->type(name);
  if (!type) return positions;
  for (size_t i = 0; i < frames_.size(); ++i)
    if (frames_[i].is(FrameKind::kBlock) && frames_[i].type == type->id) positions.push_back(static_cast<uint32_t>(i));
  return positions;
}

}  // namespace ebpftrace::trace
