// SPDX-License-Identifier: Apache-2.0
// What ebpf-ship puts into Kafka and ebpf-load takes out (docs/fleet.md has it for other programs).
// Topic ebpf.frames: a record is a frame of a trace as it is stored, header and payload, and the record's headers say which:
// `kind` (frame, end, dropped; of events event, stretch), `recording`, `part`, `offset` in the part's file, `rows`. The key is host id and boot id, so that
// what a host recorded lies in one partition, in order.
// Topic ebpf.headers, compacted: a trace header of each part, with the partition and Kafka offset of the part's first frame.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "trace/format/identity.h"

namespace ebpftrace::ship {

inline constexpr std::string_view kFramesTopic = "ebpf.frames", kHeadersTopic = "ebpf.headers";

// 32 hexadecimal digits.
std::string hex(const trace::Id& id);
std::optional<trace::Id> id_of_hex(std::string_view text);

struct FrameRecord {
  enum class Kind : uint8_t {
    kFrame,
    kEnd,      // of a part: the value is its end mark, or nothing if it has none
    kDropped,  // the value is DroppedRows; part and offset are where they begin
    kEvent,  // the value is a JSON object; offset is where its frames begin, rows its number among the events of these
    kStretch,  // behind the events of these frames: the value is ToldFrames, rows is how many events there are
  };
  Kind kind = Kind::kFrame;
  trace::Id host{}, boot{}, recording{};
  uint32_t part = 0;
  uint64_t offset = 0;  // of the frame in the part's file
  uint64_t rows = 0;    // of a block; of what was dropped, all

  std::string key() const { return hex(host) + "/" + hex(boot); }
};

// Owned by whoever calls; a producer that takes the record takes them, too.
rd_kafka_headers_t* make_headers(const FrameRecord& record);
// Nothing: it is no record of ours.
std::optional<FrameRecord> record_of(const rd_kafka_message_t& message);

// Of an event type.
struct RecordedRows {
  uint64_t recorded = 0;
  uint64_t lost = 0;  // by the recorder
  bool operator==(const RecordedRows&) const = default;
};

// What rotation removed before it was shipped: from (part, offset) up to the first frame of part `to`.
struct DroppedRows {
  uint32_t to_part = 0;
  int64_t until_ns = 0;                      // when that part begins: ns since 1970; 0: not said
  std::optional<uint64_t> frames;            // nothing: nobody counted them while they were there
  std::map<uint16_t, RecordedRows> by_type;  // event type id: in frames that are gone, and the recorder's own losses

  uint64_t recorded() const;
  bool operator==(const DroppedRows&) const = default;
};
// Lines of text, "to_part 7", "until_ns 1700000000000000000", "frames 12", "rows TYPE RECORDED LOST".
std::string text_of(const DroppedRows& dropped);
std::optional<DroppedRows> dropped_of(std::string_view text);

// The frames whose events were sent one by one.
struct ToldFrames {
  uint64_t to = 0;                        // the offset behind them
  uint64_t too_large = 0;                 // events that no broker takes
  std::map<uint16_t, uint64_t> rows;      // in them, by event type
  std::map<uint16_t, RecordedRows> sums;  // of the part so far, by the recorder's status at their end
  bool final = false;                     // that status is the part's last one

  bool operator==(const ToldFrames&) const = default;
};
// Lines of text, "to 4711", "too_large 1", "rows TYPE ROWS", "status TYPE RECORDED LOST", "final".
std::string text_of(const ToldFrames& told);
std::optional<ToldFrames> told_of(std::string_view text);

}  // namespace ebpftrace::ship
