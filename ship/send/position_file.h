// SPDX-License-Identifier: Apache-2.0
// How far the recordings of a spool were shipped: everything before a position is acknowledged, nothing behind it is relied on.
// The file is replaced as a whole (written beside, synced, renamed), so that after any crash it is an old or a new one.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "trace/format/identity.h"

namespace ebpftrace::ship {

struct PositionError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ShippedPosition {
  uint32_t part = 0;
  uint64_t offset = 0;  // of the next frame in that part's file; 0: nothing of it yet
  bool ended = false;   // all of the part, its end too
  // What is needed to say how much is missing if the file goes before its time.
  std::map<uint16_t, uint64_t> earlier, earlier_lost;  // what the part's header says of the parts before, by event type
  std::map<uint16_t, uint64_t> rows;                   // of this part, shipped
  uint64_t frames = 0;                                 // of this part, shipped
  bool operator==(const ShippedPosition&) const = default;
};

struct Counters {  // since the file was made
  uint64_t frames = 0, rows = 0, bytes = 0, dropped_rows = 0, taken_back_rows = 0, events = 0;
  bool operator==(const Counters&) const = default;
};

struct ShippedPositions {
  std::map<trace::Id, ShippedPosition> by_recording;
  Counters counters;
  bool operator==(const ShippedPositions&) const = default;
};

class PositionFile {
 public:
  // Locks it: a second ebpf-ship with the same file would ship everything twice. Throws PositionError, also if the file holds
  // something else: guessing would lose or repeat events.
  explicit PositionFile(std::string path);
  ~PositionFile();
  PositionFile(const PositionFile&) = delete;

  const ShippedPositions& positions() const { return positions_; }
  // Does nothing if they are those of the file. Throws PositionError.
  void store(const ShippedPositions& positions);

 private:
  void read();

  std::string path_;
  int lock_ = -1;
  ShippedPositions positions_;
};

}  // namespace ebpftrace::ship
