// SPDX-License-Identifier: Apache-2.0
#include "gui/stream/stream_story.h"

#include <QObject>
#include <algorithm>
#include <map>

#include "gui/style/plain_text.h"

namespace ebpftrace::gui {
namespace {

constexpr uint64_t kLineBytes = 16;

size_t index(StreamWay way) { return static_cast<size_t>(way); }

// How many bytes a UTF-8 character at the front of the text takes; 0: it is none.
size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t bytes = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (!bytes || first > 0xf4 || bytes > text.size()) return 0;
  for (size_t i = 1; i < bytes; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  return bytes;
}

void add_sides(StreamStory& story) {
  for (const analyzer::StreamPiece& piece : story.stream.pieces) {
    WayStory& way = story.ways[index(piece.way)];
    StreamSide& side = piece.written ? way.written : way.read;
    side.bytes += piece.bytes;
    if (piece.gap != StreamGap::kNone) continue;
    side.kept += piece.bytes;
    side.known.push_back({piece.offset, piece.data});
  }
}

// Stretches that either end knows, and those between them.
void add_runs(StreamStory& story) {
  for (size_t w = 0; w < kStreamWays; ++w) {
    WayStory& way = story.ways[w];
    struct Edge {
      uint64_t from, to;
    };
    std::vector<Edge> known;
    for (const StreamSide* side : {&way.written, &way.read})
      for (const KnownBytes& one : side->known) known.push_back({one.offset, one.offset + one.data.size()});
    std::sort(known.begin(), known.end(), [](const Edge& a, const Edge& b) { return a.from < b.from; });
    const uint64_t end = std::max(way.written.bytes, way.read.bytes);
    // Why a gap is one: what the end that has its bytes says of its first.
    std::vector<std::pair<uint64_t, StreamGap>> reasons;
    for (const analyzer::StreamPiece& piece : story.stream.pieces)
      if (index(piece.way) == w && piece.gap != StreamGap::kNone && (piece.written || !way.written.bytes))
        reasons.emplace_back(piece.offset, piece.gap);
    uint64_t at = 0;
    auto add = [&](uint64_t to, bool is_known) {
      if (to <= at) return;
      if (!way.runs.empty() && way.runs.back().known && is_known) {
        OffsetRun& last = way.runs.back();
        way.lines -= (last.bytes + kLineBytes - 1) / kLineBytes;
        last.bytes += to - at;
        way.lines += (last.bytes + kLineBytes - 1) / kLineBytes;
        at = to;
        return;
      }
      OffsetRun run{at, to - at, is_known, StreamGap::kNone, way.lines};
      if (!is_known) {
        const auto after = std::upper_bound(reasons.begin(), reasons.end(), at,
                                            [](uint64_t offset, const auto& one) { return offset < one.first; });
        run.gap = after == reasons.begin() ? StreamGap::kNotRecorded : std::prev(after)->second;
      }
      way.lines += is_known ? (run.bytes + kLineBytes - 1) / kLineBytes : 1;
      way.runs.push_back(run);
      at = to;
    };
    for (const Edge& edge : known) {
      add(edge.from, false);
      add(edge.to, true);
    }
    add(end, false);
  }
}

// What both ends kept must be the same, or their offsets are not.
void compare_ends(WayStory& way) {
  auto other = way.read.known.begin();
  for (const KnownBytes& one : way.written.known) {
    while (other != way.read.known.end() && other->offset + other->data.size() <= one.offset) ++other;
    for (auto at = other; at != way.read.known.end() && at->offset < one.offset + one.data.size(); ++at) {
      const uint64_t from = std::max(one.offset, at->offset),
                     to = std::min(one.offset + one.data.size(), at->offset + at->data.size());
      way.compared += to - from;
      for (uint64_t byte = from; byte < to; ++byte)
        way.differ += one.data[byte - one.offset] != at->data[byte - at->offset];
    }
  }
}

// A gap of a transfer, with what the reader kept of it.
void add_gap(Transfer& transfer, uint64_t offset, uint64_t bytes, StreamGap gap, const StreamSide* reader) {
  const uint64_t end = offset + bytes;
  if (reader) {
    auto at = std::upper_bound(reader->known.begin(), reader->known.end(), offset,
                               [](uint64_t wanted, const KnownBytes& one) { return wanted < one.offset; });
    if (at != reader->known.begin()) --at;
    for (; at != reader->known.end() && at->offset < end && offset < end; ++at) {
      const uint64_t from = std::max(offset, at->offset), to = std::min(end, at->offset + at->data.size());
      if (from >= to) continue;
      if (from > offset) transfer.parts.push_back({{}, from - offset, gap, false});
      transfer.parts.push_back({at->data.substr(from - at->offset, to - from), to - from, StreamGap::kNone, true});
      transfer.kept += to - from;
      offset = to;
    }
  }
  if (offset < end) transfer.parts.push_back({{}, end - offset, gap, false});
}

void add_transfers(StreamStory& story) {
  const auto& pieces = story.stream.pieces;
  int64_t last_ns[kStreamWays] = {};
  bool seen[kStreamWays] = {};
  for (size_t i = 0; i < pieces.size();) {
    size_t end = i + 1;
    while (end < pieces.size() && pieces[end].event == pieces[i].event && pieces[end].written == pieces[i].written &&
           pieces[end].way == pieces[i].way)
      ++end;
    const analyzer::StreamPiece& first = pieces[i];
    const WayStory& way = story.ways[index(first.way)];
    StreamSide& side = first.written ? story.ways[index(first.way)].written : story.ways[index(first.way)].read;
    ++side.calls;
    // What was written is shown, and what was read only where nobody wrote it here; of a file, both.
    if (story.stream.is_file || first.written || !way.written.bytes) {
      Transfer transfer;
      transfer.piece = i;
      transfer.way = first.way;
      transfer.written = first.written;
      transfer.time_ns = first.time_ns;
      transfer.offset = first.offset;
      const bool fills = first.written && !story.stream.is_file && way.read.bytes && !way.differ;
      for (size_t at = i; at < end; ++at) {
        transfer.bytes += pieces[at].bytes;
        if (pieces[at].gap != StreamGap::kNone) {
          add_gap(transfer, pieces[at].offset, pieces[at].bytes, pieces[at].gap, fills ? &way.read : nullptr);
          continue;
        }
        transfer.kept += pieces[at].bytes;
        transfer.parts.push_back({pieces[at].data, pieces[at].bytes, StreamGap::kNone, false});
      }
      if (first.way != StreamWay::kThrough) {
        const size_t own = index(first.way),
                     other = index(first.way == StreamWay::kOut ? StreamWay::kIn : StreamWay::kOut);
        if (seen[other] && (!seen[own] || last_ns[own] < last_ns[other]))
          transfer.answers_after_ns = first.time_ns - last_ns[other];
        seen[own] = true;
        last_ns[own] = first.time_ns;
      }
      story.transfers.push_back(std::move(transfer));
    }
    i = end;
  }
}

}  // namespace

StreamSide::Window StreamSide::window(uint64_t offset, unsigned length) const {
  Window window;
  auto at = std::upper_bound(known.begin(), known.end(), offset,
                             [](uint64_t wanted, const KnownBytes& one) { return wanted < one.offset; });
  if (at != known.begin()) --at;
  for (; at != known.end() && at->offset < offset + length; ++at)
    for (uint64_t byte = std::max(offset, at->offset); byte < std::min(offset + length, at->offset + at->data.size());
         ++byte) {
      window.bytes[byte - offset] = static_cast<uint8_t>(at->data[byte - at->offset]);
      window.known = static_cast<uint16_t>(window.known | 1u << (byte - offset));
    }
  return window;
}

const OffsetRun* WayStory::runAt(uint64_t line) const {
  const auto after = std::upper_bound(runs.begin(), runs.end(), line,
                                      [](uint64_t wanted, const OffsetRun& run) { return wanted < run.first_line; });
  return after == runs.begin() ? nullptr : &*std::prev(after);
}

uint64_t WayStory::lineOf(uint64_t offset) const {
  const auto after = std::upper_bound(runs.begin(), runs.end(), offset,
                                      [](uint64_t wanted, const OffsetRun& run) { return wanted < run.offset; });
  if (after == runs.begin()) return 0;
  const OffsetRun& run = *std::prev(after);
  return run.first_line + (run.known ? std::min(offset - run.offset, run.bytes - 1) / kLineBytes : 0);
}

bool StreamStory::uses(StreamWay way) const { return ways[index(way)].written.bytes || ways[index(way)].read.bytes; }

StreamWay StreamStory::mainWay() const {
  StreamWay best = StreamWay::kThrough;
  uint64_t most = 0;
  for (const StreamWay way : {StreamWay::kThrough, StreamWay::kOut, StreamWay::kIn}) {
    const uint64_t bytes = std::max(ways[index(way)].written.bytes, ways[index(way)].read.bytes);
    if (bytes <= most) continue;
    most = bytes;
    best = way;
  }
  return best;
}

QString StreamStory::who(size_t piece) const {
  const analyzer::StreamPiece& one = stream.pieces[piece];
  return one.pid ? plain_text(one.process, 40) + u' ' + QString::number(one.pid) : QObject::tr("somebody");
}

QString StreamStory::wayText(StreamWay way) const {
  QString from, to;
  uint32_t from_pid = 0, to_pid = 0;
  auto take = [](QString& name, uint32_t& pid, const analyzer::StreamPiece& piece) {
    if (!name.isEmpty()) return;
    name = plain_text(piece.process, 24);
    pid = piece.pid;
  };
  for (const analyzer::StreamPiece& piece : stream.pieces) {
    if (piece.way != way) continue;
    take(piece.written ? from : to, piece.written ? from_pid : to_pid, piece);
    if (!from.isEmpty() && !to.isEmpty()) break;
  }
  // The other end of a connection may be known by what it sent.
  for (const analyzer::StreamPiece& piece : stream.pieces) {
    if (way == StreamWay::kThrough || (!from.isEmpty() && !to.isEmpty())) break;
    if (piece.way == way || piece.way == StreamWay::kThrough) continue;
    take(piece.written ? to : from, piece.written ? to_pid : from_pid, piece);
  }
  // Two of one name are told apart.
  if (from == to && from_pid != to_pid && from_pid && to_pid) {
    from += u' ' + QString::number(from_pid);
    to += u' ' + QString::number(to_pid);
  }
  const QString elsewhere = QObject::tr("not recorded");
  return QStringLiteral("%1 → %2").arg(from.isEmpty() ? elsewhere : from, to.isEmpty() ? elsewhere : to);
}

std::shared_ptr<const StreamStory> tell_stream(analyzer::Stream stream) {
  auto story = std::make_shared<StreamStory>();
  story->stream = std::move(stream);
  add_sides(*story);
  add_runs(*story);
  for (WayStory& way : story->ways) {
    if (!story->stream.is_file) compare_ends(way);
    story->both_ends |= way.written.bytes && way.read.bytes;
  }
  add_transfers(*story);
  if (!story->stream.pieces.empty()) {
    story->first_ns = story->stream.pieces.front().time_ns;
    story->last_ns = story->stream.pieces.back().time_ns;
  }
  return story;
}

QString gap_reason(StreamGap gap) {
  switch (gap) {
    case StreamGap::kNotRecorded:
      return QObject::tr("not recorded (ebpf-record --data)");
    case StreamGap::kCut:
      return QObject::tr("more than was kept of a call (ebpf-record -s)");
    case StreamGap::kUnreadable:
      return QObject::tr("the memory could not be read");
    case StreamGap::kNone:
      break;
  }
  return {};
}

namespace {

// Lines of a kept part as text: at its line ends, and where a line is full.
template <typename Add>
void text_lines(std::string_view data, unsigned columns, Add add) {
  size_t from = 0;
  while (from < data.size()) {
    size_t at = from;
    for (unsigned column = 0; at < data.size() && column < columns && data[at] != '\n'; ++column)
      at += std::max<size_t>(1, character_bytes(data.substr(at)));
    size_t bytes = at - from;
    if (at < data.size() && data[at] == '\n') {
      ++at;
      if (bytes && data[at - 2] == '\r') --bytes;
    }
    if (!add(from, bytes)) return;
    from = at;
  }
}

}  // namespace

std::vector<StoryLine> story_lines(const StreamStory& story, const StoryChoice& choice) {
  using Kind = StoryLine::Kind;
  std::vector<StoryLine> lines;
  for (size_t t = 0; t < story.transfers.size() && lines.size() < kMostLines; ++t) {
    const Transfer& transfer = story.transfers[t];
    const auto number = static_cast<uint32_t>(t);
    lines.push_back({Kind::kTransfer, number, 0, 0, transfer.bytes});
    const size_t most = t < choice.open.size() && choice.open[t] ? kMostLines : kFoldedLines, first = lines.size();
    uint64_t shown = 0;
    bool full = false;
    for (size_t p = 0; p < transfer.parts.size() && !full; ++p) {
      const StreamPart& part = transfer.parts[p];
      auto add = [&](Kind kind, uint64_t from, uint64_t bytes) {
        // The last line says how much more there is.
        full = lines.size() - first >= most || lines.size() >= kMostLines;
        if (!full) lines.push_back({kind, number, static_cast<uint32_t>(p), from, bytes});
        return !full;
      };
      if (part.gap != StreamGap::kNone) {
        if (add(Kind::kGap, 0, part.bytes)) shown += part.bytes;
      } else if (choice.hex) {
        for (uint64_t from = 0; from < part.data.size(); from += kLineBytes) {
          const uint64_t bytes = std::min<uint64_t>(kLineBytes, part.data.size() - from);
          if (!add(Kind::kHex, from, bytes)) break;
          shown += bytes;
        }
      } else {
        uint64_t until = 0;
        text_lines(part.data, choice.columns, [&](size_t from, size_t bytes) {
          if (!add(Kind::kText, from, bytes)) return false;
          until = from + bytes;
          return true;
        });
        shown += full ? until : part.data.size();
      }
    }
    if (full) lines.push_back({Kind::kMore, number, 0, 0, transfer.bytes - std::min(shown, transfer.bytes)});
    lines.push_back({Kind::kSpace, number, 0, 0, 0});
  }
  return lines;
}

QString shown_bytes(std::string_view bytes) {
  constexpr QChar kDot(0x00b7);
  QString text;
  text.reserve(static_cast<qsizetype>(bytes.size()));
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = character_bytes(bytes.substr(at));
    if (length == 1) {
      const char c = bytes[at];
      text += c >= 0x20 && c < 0x7f ? QChar(QLatin1Char(c)) : c == '\t' ? QChar(u' ') : kDot;
    } else if (length) {
      const QString character = QString::fromUtf8(bytes.data() + at, static_cast<qsizetype>(length));
      const uint code = character.size() == 2 && character[0].isHighSurrogate()
                            ? QChar::surrogateToUcs4(character[0], character[1])
                            : character[0].unicode();
      // Marks that join, reorder or stack up would leave their place.
      const bool plain = QChar::isPrint(code) && QChar::category(code) != QChar::Mark_NonSpacing &&
                         QChar::category(code) != QChar::Mark_Enclosing && QChar::direction(code) != QChar::DirR &&
                         QChar::direction(code) != QChar::DirAL && code != 0xfffd;
      text += plain ? character : QString(kDot);
    } else {
      text += kDot;
    }
    at += std::max<size_t>(1, length);
  }
  return text;
}

QString hex_bytes(std::string_view bytes) {
  QString text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i) text += i % 8 ? QStringLiteral(" ") : QStringLiteral("  ");
    text += QStringLiteral("%1").arg(static_cast<uint8_t>(bytes[i]), 2, 16, QChar(u'0'));
  }
  return text;
}

}  // namespace ebpftrace::gui
