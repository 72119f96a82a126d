// SPDX-License-Identifier: Apache-2.0
// The frames of one part while its recorder may still write it. The file stays open, so rotation may remove it meanwhile.
// One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trace/read/frame_directory.h"

namespace ebpftrace::ship {

class PartReader {
 public:
  // Throws trace::TraceError.
  explicit PartReader(const std::string& path);

  // Looks for what came. False: nothing did. If the recorder took frames back (its disk was full), taken_back() is how many of
  // those that were there are not any more.
  bool look();
  size_t taken_back() const { return taken_back_; }

  const trace::Frames& frames() const { return frames_; }
  bool closed() const { return directory_.end_mark; }
  // Behind the last whole frame.
  uint64_t end() const { return frames_.empty() ? sizeof(trace::Preamble) : frames_.back().end(); }
  // The first frame at or behind an offset.
  size_t position_of(uint64_t offset) const;
  // Header and payload, or the end mark; false: they can't be read any more.
  bool read(uint64_t offset, std::span<std::byte> to) const { return bytes_->read(offset, to) == to.size(); }
  const std::shared_ptr<const trace::TraceBytes>& bytes() const { return bytes_; }
  uint64_t damaged_places() const { return damage_.list().size(); }

 private:
  uint64_t check_of(uint64_t offset) const;

  std::shared_ptr<const trace::TraceBytes> bytes_;
  trace::FrameDirectory directory_;
  trace::Frames frames_;
  std::vector<uint64_t> checks_;  // of the frames' headers: tells a frame from another one in its place
  trace::DamageLog damage_;
  size_t taken_back_ = 0;
};

}  // namespace ebpftrace::ship
