// SPDX-License-Identifier: Apache-2.0
// A stream as people read it: transfers in order of time, each with the bytes that were kept at either end and gaps that say why;
// and by offset, what was written beside what was read. Made on a worker thread, then immutable; no widget. Offsets and pieces
// are of analyzer::Stream.
#pragma once

#include <QString>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/api/stream.h"

namespace ebpftrace::gui {

using analyzer::StreamGap;
using analyzer::StreamWay;

inline constexpr size_t kStreamWays = 3;

// Bytes of a transfer that lie one behind the other: kept, or a gap.
struct StreamPart {
  std::string_view data;  // of the stream's pieces; empty: a gap
  uint64_t bytes = 0;
  StreamGap gap = StreamGap::kNone;
  bool from_reader = false;  // the other end kept them
};

// What one call moved.
struct Transfer {
  size_t piece = 0;  // the first of its pieces
  StreamWay way = StreamWay::kThrough;
  bool written = true;
  int64_t time_ns = 0;
  uint64_t offset = 0, bytes = 0, kept = 0;
  std::vector<StreamPart> parts;
  std::optional<int64_t> answers_after_ns;  // the last one the other way
};

// Of one way, what was written or what was read: known stretches, by offset.
struct KnownBytes {
  uint64_t offset = 0;
  std::string_view data;
};
struct StreamSide {
  uint64_t calls = 0, bytes = 0, kept = 0;
  std::vector<KnownBytes> known;
  // `to.size()` bytes from that offset on: those that are known, and which they are.
  struct Window {
    std::array<uint8_t, 16> bytes{};
    uint16_t known = 0;  // a bit for each
  };
  Window window(uint64_t offset, unsigned length) const;
};

// Offsets that are known at either end, or at neither.
struct OffsetRun {
  uint64_t offset = 0, bytes = 0;
  bool known = false;
  StreamGap gap = StreamGap::kNone;  // why they are not
  uint64_t first_line = 0;           // of all runs; a gap takes one, known bytes one for each 16
};
struct WayStory {
  StreamSide written, read;
  std::vector<OffsetRun> runs;
  uint64_t lines = 0;
  uint64_t compared = 0, differ = 0;  // bytes that both ends kept
  const OffsetRun* runAt(uint64_t line) const;
  uint64_t lineOf(uint64_t offset) const;
};

struct StreamStory {
  analyzer::Stream stream;  // owns the bytes
  std::vector<Transfer> transfers;
  std::array<WayStory, kStreamWays> ways;  // by StreamWay
  bool both_ends = false;                  // of some way, both what was written and what was read is there
  int64_t first_ns = 0, last_ns = 0;

  bool uses(StreamWay way) const;
  // The way with the most bytes.
  StreamWay mainWay() const;
  QString who(size_t piece) const;       // "push.py 18353"
  QString wayText(StreamWay way) const;  // "push.py → serve.py"
};

std::shared_ptr<const StreamStory> tell_stream(analyzer::Stream stream);

// "not recorded (ebpf-record --data)": for people.
QString gap_reason(StreamGap gap);

// ---- lines of the conversation ----

struct StoryLine {
  enum class Kind : uint8_t { kTransfer, kText, kHex, kGap, kMore, kSpace };
  Kind kind = Kind::kSpace;
  uint32_t transfer = 0, part = 0;
  uint64_t from = 0, bytes = 0;  // of the part; of kMore: bytes that are not shown
};

struct StoryChoice {
  bool hex = false;
  unsigned columns = 80;   // characters in a line of text
  std::vector<bool> open;  // by transfer: all of it is shown; missing: not
};
inline constexpr size_t kFoldedLines = 12, kMostLines = 1u << 20;
std::vector<StoryLine> story_lines(const StreamStory& story, const StoryChoice& choice);

// Bytes as one line of text: what is no printable UTF-8 is a dot.
QString shown_bytes(std::string_view bytes);
QString hex_bytes(std::string_view bytes);  // "48 54 54 50 2f 31 2e 31  20 ..."

}  // namespace ebpftrace::gui
