// SPDX-License-Identifier: Apache-2.0
// One recording on its way: what of it was given to the producer, and what of that is acknowledged. A step is what one place of
// the file became (a frame, a part's end, what is missing, a stretch of events): its records, and where the recording stands
// when all of them are acknowledged. Positions move over steps in their order, whatever order they are acknowledged in.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "ship/kafka/record.h"
#include "ship/send/part_reader.h"
#include "ship/send/position_file.h"
#include "trace/read/trace_facts.h"

namespace ebpftrace::ship {

struct ShippedStep {
  // What changes with it.
  uint32_t part = 0;
  uint64_t offset = 0;  // where the next one begins
  bool ended = false;
  std::optional<ShippedPosition> begins = {};  // another part: what is known at its beginning
  uint16_t type = 0;
  Counters counts;  // rows and frames are those of `type`

  uint32_t outstanding = 0;     // records that are not acknowledged
  uint64_t from = 0;            // the offset that it is of
  bool is_part_header = false;  // then one more record is to follow, which says where in Kafka the part begins
  int32_t partition = 0;
  int64_t kafka_offset = -1;
  std::vector<std::byte> part_header;  // the frame itself
  class ShippedRecording* stream = nullptr;

  void apply(ShippedPosition& position, Counters& counters) const;
};

// Records that are not acknowledged, by topic.
struct WaitingRecords {
  uint64_t own = 0;      // frames, or events
  uint64_t headers = 0;  // of parts
};

class ShippedRecording {
 public:
  ShippedRecording(const trace::TraceFacts& facts, ShippedPosition acknowledged);
  ShippedRecording(const ShippedRecording&) = delete;

  const trace::Id recording;
  const trace::Id host, boot;

  FrameRecord record(FrameRecord::Kind kind, uint32_t part, uint64_t offset, uint64_t rows) const {
    return {kind, host, boot, recording, part, offset, rows};
  }

  // The step that is next; good until it is acknowledged, or go_back(). Then one of these: its records were taken, or none was.
  ShippedStep& add(ShippedStep step);
  void keep_last();
  void take_back() { steps_.pop_back(); }
  // Steps at the front whose records are all acknowledged move the position.
  void advance(Counters& counters);
  // Everything that isn't acknowledged is to be sent again; the reader goes with it.
  void go_back();

  const ShippedPosition& sent() const { return sent_; }
  const ShippedPosition& acknowledged() const { return acknowledged_; }
  bool idle() const { return steps_.empty(); }
  // What is not acknowledged.
  void add_under_way(Counters& sum) const;
  void add_waiting(WaitingRecords& sum) const;

  std::unique_ptr<PartReader> reader;  // of part sent().part
  std::string path;                    // of it
  int64_t start_real_ns = 0;           // when that part began
  // Part, offset, and of events their number: what no broker takes.
  std::set<std::tuple<uint32_t, uint64_t, uint64_t>> too_large;

 private:
  ShippedPosition sent_, acknowledged_;
  std::deque<ShippedStep> steps_;
};

}  // namespace ebpftrace::ship
