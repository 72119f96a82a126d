// SPDX-License-Identifier: Apache-2.0
#include "ship/send/part_reader.h"

#include <algorithm>

namespace ebpftrace::ship {

PartReader::PartReader(const std::string& path) : bytes_(trace::open_file(path)) { look(); }

uint64_t PartReader::check_of(uint64_t offset) const {
  trace::FrameHeader header{};
  bytes_->read(offset, std::as_writable_bytes(std::span(&header, 1)));
  return header.header_checksum;
}

bool PartReader::look() {
  taken_back_ = 0;
  if (auto again = bytes_->again()) bytes_ = std::move(again);
  const size_t before = frames_.size();
  const bool was_closed = closed();
  // Frames go from the end only: if the last one stands, all do.
  if (before && (bytes_->size() < frames_.back().end() || check_of(frames_.back().offset) != checks_.back())) {
    size_t kept = before;
    while (kept &&
           (bytes_->size() < frames_[kept - 1].end() || check_of(frames_[kept - 1].offset) != checks_[kept - 1]))
      --kept;
    taken_back_ = before - kept;
    frames_.truncate(kept);
    checks_.resize(kept);
    directory_ = {};
    directory_.at = end();
  }
  if (directory_.end_mark) return taken_back_ != 0;
  trace::scan_frames({*bytes_, 0}, trace::Tail::kMayGrow, directory_, frames_, damage_);
  for (size_t i = checks_.size(); i < frames_.size(); ++i) checks_.push_back(check_of(frames_[i].offset));
  return taken_back_ || frames_.size() != before || closed() != was_closed;
}

size_t PartReader::position_of(uint64_t offset) const {
  size_t from = 0, to = frames_.size();
  while (from < to) {
    const size_t middle = (from + to) / 2;
    if (frames_[middle].offset < offset)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

}  // namespace ebpftrace::ship
