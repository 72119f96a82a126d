// SPDX-License-Identifier: Apache-2.0
#include "trace/read/trace_facts.h"

#include <algorithm>
#include <cstring>

#include "trace/read/frame_directory.h"
#include "trace/read/frame_message.h"
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

constexpr unsigned kMaxTypes = 1u << 16;
constexpr unsigned kMaxWords = 4096;  // of the recorder's command line

}  // namespace

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
  facts.no_durations = header.getNoDurations();
  facts.part = header.getPart();
  facts.recording_id = id(header.getRecordingId());
  const auto earlier = header.getEarlier();
  for (unsigned i = 0; i < std::min(earlier.size(), kMaxTypes); ++i)
    facts.earlier.push_back({earlier[i].getType(), earlier[i].getRecorded(), earlier[i].getLost()});
  const auto words = header.getCommandLine();
  for (unsigned i = 0; i < std::min(words.size(), kMaxWords); ++i) facts.command_line.push_back(text(words[i]));
  return facts;
}

bool check_preamble(const TraceBytes& bytes, bool& damaged) {
  Preamble preamble{};
  const size_t got = bytes.read(0, std::as_writable_bytes(std::span(&preamble, 1)));
  if (std::memcmp(preamble.magic, kPreambleMagic, std::min(got, sizeof kPreambleMagic)) != 0)
    throw TraceError(TraceError::Kind::kNotATrace, "this is not a trace: it does not begin as one", bytes.name());
  if (got < sizeof preamble) return false;
  damaged = preamble.checksum != checksum_of_front(preamble);
  if (!damaged && preamble.major != kFormatMajor)
    throw TraceError(TraceError::Kind::kUnknownVersion,
                     "the trace has format version " + std::to_string(preamble.major) + "." +
                         std::to_string(preamble.minor) + "; this program reads version " +
                         std::to_string(kFormatMajor) + " (up to " + std::to_string(kFormatMajor) + "." +
                         std::to_string(kFormatMinor) + " in full)",
                     bytes.name());
  return true;
}

std::optional<TraceFacts> peek_facts(const TraceBytes& bytes) {
  bool damaged = false;
  if (!check_preamble(bytes, damaged)) return std::nullopt;
  FrameHeader header;
  if (bytes.read(sizeof(Preamble), std::as_writable_bytes(std::span(&header, 1))) != sizeof header ||
      header.magic != kFrameMagic || header.header_checksum != checksum_of_front(header))
    return std::nullopt;
  const Frame frame{sizeof(Preamble), header.first_ns,     header.last_ns, header.count, header.cpu,
                    header.raw_bytes, header.stored_bytes, header.kind,    header.type};
  if (!frame.is(FrameKind::kHeader)) return std::nullopt;
  FramePayload payload;
  DamageLog unread;
  std::optional<TraceFacts> facts;
  read_message<schema::TraceHeader>(payload, bytes, frame, unread,
                                    [&](schema::TraceHeader::Reader message) { facts = facts_of(message); });
  return facts;
}

}  // namespace ebpftrace::trace
