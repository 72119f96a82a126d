// SPDX-License-Identifier: Apache-2.0
// What ebpf-ship puts into Kafka and ebpf-load takes out (docs/fleet.md has it for other programs).
// Topic ebpf.frames: a record is a frame of a trace as it is stored, header and payload, and the record's headers say which:
// `kind` (frame, end, dropped), `recording`, `part`, `offset` in the part's file, `rows`. The key is host id and boot id, so that
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

// What rotation removed before it was shipped: from (part, offset) up to the first frame of part `to`.
struct DroppedRows {
  struct Rows {
    uint64_t recorded = 0;  // in frames that are gone
    uint64_t lost = 0;      // the recorder's own losses in the same parts
    bool operator==(const Rows&) const = default;
  };
  uint32_t to_part = 0;
  std::optional<uint64_t> frames;    // nothing: nobody counted them while they were there
  std::map<uint16_t, Rows> by_type;  // event type id

  uint64_t recorded() const;
  bool operator==(const DroppedRows&) const = default;
};
// Lines of text, "to_part 7", "frames 12", "rows TYPE RECORDED LOST".
std::string text_of(const DroppedRows& dropped);
std::optional<DroppedRows> dropped_of(std::string_view text);

}  // namespace ebpftrace::ship
