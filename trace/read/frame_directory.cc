// SPDX-License-Identifier: Apache-2.0
#include "trace/read/frame_directory.h"

#include <algorithm>
#include <vector>

namespace ebpftrace::trace {
namespace {

// Small reads at rising offsets, a page at a time.
class Window {
 public:
  explicit Window(const TraceBytes& bytes) : bytes_(bytes), held_(kBytes) {}

  template <typename Struct>
  std::optional<Struct> get(uint64_t offset) {
    const auto bytes = view(offset, sizeof(Struct));
    if (bytes.size() < sizeof(Struct)) return std::nullopt;
    Struct value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  // At least `wanted` bytes from offset on, or what there is up to the end.
  std::span<const std::byte> view(uint64_t offset, size_t wanted) {
    if (offset < start_ || offset + wanted > start_ + got_) {
      if (wanted > held_.size()) held_.resize(wanted);
      start_ = offset;
      got_ = bytes_.read(offset, held_);
    }
    return std::span<const std::byte>(held_).subspan(offset - start_, got_ - (offset - start_));
  }

 private:
  static constexpr size_t kBytes = 4096;

  const TraceBytes& bytes_;
  std::vector<std::byte> held_;
  uint64_t start_ = 0;
  size_t got_ = 0;
};

bool valid(const FrameHeader& header) {
  return header.magic == kFrameMagic && header.header_checksum == checksum_of_front(header);
}

bool valid(const EndMark& mark) {
  return std::memcmp(mark.magic, kEndMagic, sizeof kEndMagic) == 0 && mark.checksum == checksum_of_front(mark);
}

// The next offset >= from where a frame header or an end mark lies, or the size of the file. Looks further at a time
// the longer it finds nothing, so that neither one long gap nor a million short ones take long.
uint64_t resync(const TraceBytes& bytes, uint64_t from, Window& window, std::vector<std::byte>& chunk) {
  constexpr size_t kFirstLook = 4096, kLongestLook = 1 << 20;
  std::byte magic[2][4];
  std::memcpy(magic[0], &kFrameMagic, 4);
  std::memcpy(magic[1], kEndMagic, 4);
  for (size_t look = kFirstLook; from < bytes.size(); look = std::min(look * 2, kLongestLook)) {
    if (chunk.size() < look) chunk.resize(look);
    const size_t got = bytes.read(from, std::span(chunk).first(look));
    if (got < 4) break;
    auto at = chunk.begin();
    const auto end = chunk.begin() + static_cast<std::ptrdiff_t>(got);
    // Both magic numbers begin with the same byte.
    while ((at = std::find(at, end, magic[0][0])) != end && end - at >= 4) {
      const uint64_t offset = from + static_cast<uint64_t>(at - chunk.begin());
      if (std::equal(magic[0], magic[0] + 4, at)) {
        const auto header = window.get<FrameHeader>(offset);
        if (header && valid(*header)) return offset;
      } else if (std::equal(magic[1], magic[1] + 4, at)) {
        const auto mark = window.get<EndMark>(offset);
        if (mark && valid(*mark)) return offset;
      }
      ++at;
    }
    from += got - 3;  // a magic number may begin in the last three bytes
  }
  return bytes.size();
}

}  // namespace

void scan_frames(const FileView& file, Tail tail, FrameDirectory& directory, Frames& frames, DamageLog& damage) {
  static_assert(kEndMagic[0] == (kFrameMagic & 0xff));
  const TraceBytes& bytes = file.bytes;
  Window window(bytes);
  std::vector<std::byte> chunk;
  const uint64_t size = bytes.size();
  uint64_t& at = directory.at;
  auto report = [&](uint64_t offset, const char* what) { damage.report(file.base + offset, what); };
  auto search = [&](uint64_t from) {
    at = from;
    directory.searching = true;
  };
  while (at < size && !directory.full) {
    if (directory.searching) {
      const uint64_t found = resync(bytes, at, window, chunk);
      if (found == size && tail == Tail::kMayGrow) {
        // A header that begins before that was there in full.
        at = std::max(at, size - std::min(size, sizeof(FrameHeader) - 1));
        return;
      }
      at = found;
      directory.searching = false;
      continue;
    }
    const auto header = window.get<FrameHeader>(at);
    if (header && valid(*header)) {
      const uint64_t end = at + sizeof(FrameHeader) + header->stored_bytes;
      const bool too_large =
          header->stored_bytes > kMaxStoredBytes || header->raw_bytes > kMaxRawBytes || header->count > kMaxRows;
      if (end > size && tail == Tail::kMayGrow && !too_large) return;
      if (end > size) {
        report(at, "the file is cut off inside a frame");
        search(at + sizeof(FrameHeader));  // the header may be what lies: look for more behind it
      } else if (too_large) {
        report(at, "a frame claims more than a frame may hold");
        search(at + sizeof(FrameHeader));
      } else if (frames.size() >= kMaxFrames) {
        report(at, "too many frames; the rest of the file is not read");
        directory.full = true;
      } else {
        frames.push_back({file.base + at, header->first_ns, header->last_ns, header->count, header->cpu,
                          header->raw_bytes, header->stored_bytes, header->kind, header->type});
        at = end;
      }
    } else if (const auto mark = window.get<EndMark>(at); mark && valid(*mark)) {
      directory.end_mark = true;
      directory.index_offset = mark->index_offset;
      at += sizeof(EndMark);
      tail = Tail::kCutOff;  // whatever follows
      if (mark->file_bytes != at) report(at - sizeof(EndMark), "the end mark gives another file size");
      if (at < size) report(at, "there are bytes after the end of the trace");
    } else {
      // It may also be shorter by now than its size says.
      if (tail == Tail::kMayGrow && window.view(at, sizeof(FrameHeader)).size() < sizeof(FrameHeader)) return;
      report(at, size - at < sizeof(FrameHeader) ? "the file is cut off inside a frame" : "bytes that are no frame");
      search(at + 1);
    }
  }
}

}  // namespace ebpftrace::trace
