// SPDX-License-Identifier: Apache-2.0
// The index of a trace that was closed in order, segment by segment.
#include <algorithm>
#include <vector>

#include "trace/read/frame_directory.h"
#include "trace/read/frame_message.h"
#include "trace/read/stored_column.h"

namespace ebpftrace::trace {
namespace {

constexpr uint32_t kMaxSegmentFrames = 1u << 18;  // what a message of kMaxRawBytes can hold is not much more

template <typename Struct>
std::optional<Struct> read_struct(const TraceBytes& bytes, uint64_t offset) {
  Struct value;
  if (bytes.read(offset, std::as_writable_bytes(std::span(&value, 1))) != sizeof value) return std::nullopt;
  return value;
}

std::optional<Frame> index_frame_at(const TraceBytes& bytes, uint64_t offset, uint64_t end) {
  const auto header = read_struct<FrameHeader>(bytes, offset);
  if (!header || header->magic != kFrameMagic || header->header_checksum != checksum_of_front(*header) ||
      header->kind != static_cast<uint16_t>(FrameKind::kIndex) || header->stored_bytes > kMaxStoredBytes ||
      header->raw_bytes > kMaxRawBytes || header->stored_bytes > end - offset - sizeof *header)
    return std::nullopt;
  return Frame{offset,      header->first_ns,  header->last_ns,      header->count,
               header->cpu, header->raw_bytes, header->stored_bytes, header->kind,
               header->type};
}

// The frames of one segment, which must lie one behind the other from `at` on up to the segment's own frame.
bool append_segment(schema::Index::Reader index, const Frame& segment, uint64_t at, uint64_t base, Frames& frames) {
  const size_t count = index.getFrames();
  if (count > kMaxSegmentFrames || count + frames.size() > kMaxFrames) return false;
  const schema::Column::Reader columns[] = {index.getOffset(), index.getKind(),        index.getType(),
                                            index.getCpu(),    index.getCount(),       index.getFirstNs(),
                                            index.getLastNs(), index.getStoredBytes(), index.getRawBytes()};
  constexpr size_t kColumns = std::size(columns);
  ColumnDecoder decoders[kColumns];
  for (size_t i = 0; i < kColumns; ++i) {
    const auto column = StoredColumn::from(columns[i], count);
    if (!column || !column->stands_alone() || !decoders[i].start(column->plan, column->bytes, count)) return false;
  }
  constexpr size_t kRows = 512;
  std::vector<uint64_t> values(kColumns * kRows);
  for (size_t done = 0; done < count;) {
    const size_t rows = std::min(kRows, count - done);
    for (size_t i = 0; i < kColumns; ++i)
      if (!decoders[i].next({}, std::span(values).subspan(i * kRows, rows))) return false;
    for (size_t row = 0; row < rows; ++row) {
      auto value = [&](size_t column) { return values[column * kRows + row]; };
      if (value(0) != at || value(1) > UINT16_MAX || value(2) > UINT16_MAX || value(3) > UINT32_MAX ||
          value(4) > kMaxRows || value(7) > kMaxStoredBytes || value(8) > kMaxRawBytes)
        return false;
      Frame frame{value(0),
                  value(5),
                  value(6),
                  static_cast<uint32_t>(value(4)),
                  static_cast<uint32_t>(value(3)),
                  static_cast<uint32_t>(value(8)),
                  static_cast<uint32_t>(value(7)),
                  static_cast<uint16_t>(value(1)),
                  static_cast<uint16_t>(value(2))};
      at = frame.end();
      if (at > segment.offset) return false;
      frame.offset += base;
      frames.push_back(frame);
    }
    done += rows;
  }
  return at == segment.offset;
}

}  // namespace

std::optional<FrameDirectory> indexed_frames(const FileView& file, Frames& frames, DamageLog& damage) {
  const TraceBytes& bytes = file.bytes;
  const uint64_t size = bytes.size();
  if (size < sizeof(Preamble) + sizeof(EndMark)) return std::nullopt;
  const auto mark = read_struct<EndMark>(bytes, size - sizeof(EndMark));
  if (!mark || std::memcmp(mark->magic, kEndMagic, sizeof kEndMagic) != 0 ||
      mark->checksum != checksum_of_front(*mark) || mark->file_bytes != size || mark->index_offset == kNoIndex)
    return std::nullopt;  // the scan says what is wrong
  const size_t frames_before = frames.size();
  auto fail = [&](uint64_t offset) {
    frames.truncate(frames_before);
    damage.report(file.base + offset, "the index is damaged; the frames were found without it");
    return std::nullopt;
  };

  // From the last segment to the first, then through them forwards.
  std::vector<Frame> segments;
  FramePayload payload;
  for (uint64_t offset = mark->index_offset, end = size - sizeof(EndMark);;) {
    if (offset < sizeof(Preamble) || offset >= end) return fail(mark->index_offset);
    const auto segment = index_frame_at(bytes, offset, end);
    if (!segment || (segments.empty() && segment->end() != end)) return fail(offset);
    uint64_t previous = 0;
    DamageLog unread;
    if (!read_message<schema::Index>(payload, bytes, *segment, unread,
                                     [&](schema::Index::Reader index) { previous = index.getPrevious(); }))
      return fail(offset);
    segments.push_back(*segment);
    if (!previous) break;
    end = offset;
    offset = previous;
  }
  FrameDirectory directory;
  directory.end_mark = directory.by_index = true;
  directory.index_offset = mark->index_offset;
  directory.at = size;
  uint64_t at = sizeof(Preamble);
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    bool good = false;
    DamageLog unread;
    read_message<schema::Index>(payload, bytes, *segment, unread, [&](schema::Index::Reader index) {
      good = append_segment(index, *segment, at, file.base, frames);
    });
    if (!good || frames.size() >= kMaxFrames) return fail(segment->offset);
    Frame own = *segment;
    own.offset += file.base;
    frames.push_back(own);
    at = segment->end();
  }
  return directory;
}

}  // namespace ebpftrace::trace
