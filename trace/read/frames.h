// SPDX-License-Identifier: Apache-2.0
// Where the frames of a trace are and what their headers say: some 20 bytes for each, so that ten million of them are held in
// 200 MiB. Filled once, then immutable; any thread may read. A copy shares what it is a copy of, and then grows on its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "trace/format/frame.h"

namespace ebpftrace::trace {

struct Frame {
  uint64_t offset;  // of its header
  uint64_t first_ns;
  uint64_t last_ns;
  uint32_t count;
  uint32_t cpu;
  uint32_t raw_bytes;
  uint32_t stored_bytes;
  uint16_t kind;  // FrameKind, or one of a later minor version
  uint16_t type;

  bool is(FrameKind wanted) const { return kind == static_cast<uint16_t>(wanted); }
  uint64_t end() const { return offset + sizeof(FrameHeader) + stored_bytes; }
  bool operator==(const Frame&) const = default;
};

// By position, in file order. Frames are given by value: a reference into the list would have to be kept unpacked.
class Frames {
 public:
  void push_back(const Frame& frame) {
    tail_.push_back(frame);
    if (tail_.size() == kChunk) {
      chunks_.push_back(std::make_shared<const Chunk>(tail_));
      tail_.clear();
    }
  }

  // Only the first `size` stay.
  void truncate(size_t size) {
    while (chunks_.size() * kChunk > size) {
      const auto last = std::move(chunks_.back());
      chunks_.pop_back();
      tail_.clear();
      for (size_t at = 0; at < kChunk; ++at) tail_.push_back(last->get(at));
    }
    tail_.resize(std::min(tail_.size(), size - chunks_.size() * kChunk));
  }

  size_t size() const { return chunks_.size() * kChunk + tail_.size(); }
  bool empty() const { return size() == 0; }
  Frame operator[](size_t position) const {
    const size_t chunk = position / kChunk, at = position % kChunk;
    return chunk < chunks_.size() ? chunks_[chunk]->get(at) : tail_[at];
  }
  bool is_block_of(size_t position, uint16_t type) const {
    const size_t chunk = position / kChunk, at = position % kChunk;
    return chunk < chunks_.size() ? chunks_[chunk]->is_block_of(at, type)
                                  : tail_[at].is(FrameKind::kBlock) && tail_[at].type == type;
  }
  Frame front() const { return (*this)[0]; }
  Frame back() const { return (*this)[size() - 1]; }

  class Iterator {
   public:
    using value_type = Frame;
    using difference_type = std::ptrdiff_t;

    Iterator(const Frames& frames, size_t at) : frames_(&frames), at_(at) {}
    Frame operator*() const { return (*frames_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const Frames* frames_;
    size_t at_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  static constexpr size_t kChunk = 256;

  // Each field as bytes above the smallest of the chunk.
  class Chunk {
   public:
    explicit Chunk(const std::vector<Frame>& frames) {
      size_t bytes = sizeof(uint64_t);  // what get() reads beyond the last value
      for (unsigned field = 0; field < kFields; ++field) {
        uint64_t least = UINT64_MAX, most = 0;
        for (const Frame& frame : frames) {
          least = std::min(least, value(frame, field));
          most = std::max(most, value(frame, field));
        }
        base_[field] = least;
        width_[field] = static_cast<uint8_t>((std::bit_width(most - least) + 7) / 8);
        start_[field] = static_cast<uint16_t>(bytes - sizeof(uint64_t));
        bytes += width_[field] * kChunk;
      }
      bytes_ = std::make_unique<uint8_t[]>(bytes);
      for (unsigned field = 0; field < kFields; ++field) {
        uint8_t* to = bytes_.get() + start_[field];
        for (const Frame& frame : frames) {
          const uint64_t above = value(frame, field) - base_[field];
          std::memcpy(to, &above, width_[field]);
          to += width_[field];
        }
      }
    }

    Frame get(size_t at) const {
      Frame frame;
      frame.offset = field(0, at);
      frame.first_ns = field(1, at);
      frame.last_ns = frame.first_ns + field(2, at);
      frame.count = static_cast<uint32_t>(field(3, at));
      frame.cpu = static_cast<uint32_t>(field(4, at)) - 1;
      frame.raw_bytes = static_cast<uint32_t>(field(5, at));
      frame.stored_bytes = static_cast<uint32_t>(field(6, at));
      frame.kind = static_cast<uint16_t>(field(kKind, at));
      frame.type = static_cast<uint16_t>(field(kType, at));
      return frame;
    }
    bool is_block_of(size_t at, uint16_t type) const {
      return field(kType, at) == type && field(kKind, at) == static_cast<uint16_t>(FrameKind::kBlock);
    }

   private:
    static constexpr unsigned kKind = 7, kType = 8, kFields = 9;
    uint64_t field(unsigned index, size_t at) const {
      uint64_t above;
      std::memcpy(&above, bytes_.get() + start_[index] + at * width_[index], sizeof above);
      const unsigned bits = 8u * width_[index];
      return base_[index] + (bits == 64 ? above : above & ((uint64_t{1} << bits) - 1));
    }
    static uint64_t value(const Frame& frame, unsigned field) {
      switch (field) {
        case 0:
          return frame.offset;
        case 1:
          return frame.first_ns;
        case 2:
          return frame.last_ns - frame.first_ns;
        case 3:
          return frame.count;
        case 4:
          return static_cast<uint32_t>(frame.cpu + 1);  // kNoCpu becomes 0
        case 5:
          return frame.raw_bytes;
        case 6:
          return frame.stored_bytes;
        case kKind:
          return frame.kind;
        default:
          return frame.type;
      }
    }

    std::unique_ptr<uint8_t[]> bytes_;
    std::array<uint64_t, kFields> base_;
    std::array<uint16_t, kFields> start_;
    std::array<uint8_t, kFields> width_;
  };

  std::vector<std::shared_ptr<const Chunk>> chunks_;
  std::vector<Frame> tail_;
};

}  // namespace ebpftrace::trace
