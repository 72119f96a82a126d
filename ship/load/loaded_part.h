// SPDX-License-Identifier: Apache-2.0
// A part of a recording that is being loaded: its bytes so far, its frames, and which of them the ledger knows. Frames are ready
// for rows up to where everything that they refer to is described: a status, or the part's end. A frame that comes before those
// in front of it (a producer that failed sends them again) waits for these.
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ship/kafka/record.h"
#include "ship/load/ledger.h"
#include "ship/load/part_copy.h"
#include "trace/read/frame_directory.h"
#include "trace/read/trace_facts.h"

namespace ebpftrace::ship {

struct ReceivedFrame {
  trace::Frame frame;
  uint64_t checksum;
  int64_t source_offset;
};

// What a host without a label is called.
std::string short_host(const trace::Id& host);
// Days since 1970, UTC.
uint16_t day_of_real_ns(int64_t real_ns);

using PartKey = std::pair<trace::Id, uint32_t>;  // recording, part

class LoadedPart {
 public:
  LoadedPart(FrameRecord first, PartCopy copy, int32_t source, int64_t source_first);

  // The ledger's, once.
  void set_known(std::vector<Ledger::Entry> entries);
  enum class Known { kNo, kPlanned, kTaken };
  Known known(const std::string& table, uint64_t frame, uint64_t checksum) const;
  void set_planned(const std::string& table, uint64_t frame, uint64_t checksum) {
    known_[{frame, checksum, table}] = false;
  }
  // Batches that were planned and not marked, with their shards.
  std::set<std::pair<size_t, uint64_t>> begun_batches() const { return begun_; }

  // The bytes of a frame, header and payload. False: they are none, or it came before.
  bool add(uint64_t offset, std::span<const std::byte> bytes, int64_t source_offset);
  // The file's own frames, all that there are.
  void add_all(const trace::Frames& frames);
  // The end mark, which is at that place, or it has none and no frame will come.
  void end(uint64_t offset, std::span<const std::byte> mark, int64_t source_offset);
  // Nothing has come for a while: what is missing in front of a frame stays missing, and no status will come.
  void settle();

  const FrameRecord& first() const { return first_; }
  PartKey key() const { return {first_.recording, first_.part}; }
  PartCopy& copy() { return copy_; }
  const std::vector<ReceivedFrame>& frames() const { return frames_; }
  size_t settled() const { return settled_; }
  bool ended() const { return ended_; }
  bool waits() const { return settled_ < frames_.size() || !ahead_.empty() || (end_offset_ && !ended_); }
  // Behind the settled frames.
  uint64_t settled_to() const { return settled_to_; }
  // By the header; nothing before it has come.
  const std::optional<trace::TraceFacts>& facts();
  std::string host_name();
  // Wall clock of a moment of the host's boot clock, ns since 1970. Without a header, the boot clock itself.
  int64_t real_ns(uint64_t boot_ns);
  uint16_t day_of(const trace::Frame& frame);

  int32_t source() const { return source_; }
  int64_t source_first() const { return source_first_; }

  // The loader's own.
  size_t next = 0;           // of frames(): the first that is in no plan yet
  uint64_t pending = 0;      // plans with frames of it that are not marked
  uint64_t rows_ready = 0;   // of frames from next up to settled
  int64_t last_came_ms = 0;  // when something came

 private:
  FrameRecord first_;
  PartCopy copy_;
  std::vector<ReceivedFrame> frames_;
  void accept(const ReceivedFrame& frame);
  void accept_ahead();
  void settle_accepted();

  std::map<uint64_t, uint64_t> received_;    // checksum by offset
  std::map<uint64_t, ReceivedFrame> ahead_;  // frames with something missing in front of them
  uint64_t accepted_to_ = sizeof(trace::Preamble), settled_to_ = sizeof(trace::Preamble);
  std::optional<uint64_t> end_offset_;
  std::optional<ReceivedFrame> end_frame_;
  size_t settled_ = 0;
  bool ended_ = false;
  int32_t source_;
  int64_t source_first_;
  std::optional<trace::TraceFacts> facts_;
  std::map<std::tuple<uint64_t, uint64_t, std::string>, bool> known_;  // taken
  std::set<std::pair<size_t, uint64_t>> begun_;
};

}  // namespace ebpftrace::ship
