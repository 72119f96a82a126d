// SPDX-License-Identifier: Apache-2.0
// A trace that is still being written: what came since.
#include "trace/read/frame_payload.h"
#include "trace/read/part_names.h"
#include "trace/read/trace_error.h"
#include "trace/read/trace_progress.h"

namespace ebpftrace::trace {

// The recorder makes the next file before it ends the one before.
bool Trace::follow_part(FramePayload& payload) {
  const TracePart before = parts_.back();
  NextPart next = facts_.recording_id ? next_part(before.file, before.number, *facts_.recording_id) : NextPart{};
  if (!next.bytes) {
    growing_ = next.not_yet;
    if (!growing_)
      shortfalls_->report("the recording goes on behind part " + std::to_string(before.number) +
                          ", but the next part is not here");
    return false;
  }
  progress_->files.push_back(std::move(next.bytes));
  bytes_ = join(progress_->files);
  begin_part(parts_.size());
  read_part(Tail::kMayGrow, payload);
  return true;
}

bool Trace::is_in_place(size_t position) const {
  const Frame frame = frames_[position];
  FrameHeader header;
  if (frame.end() > parts_.back().base + parts_.back().bytes ||
      bytes_->read(frame.offset, std::as_writable_bytes(std::span(&header, 1))) != sizeof header)
    return false;
  const bool same = header.magic == kFrameMagic && header.header_checksum == checksum_of_front(header) &&
                    header.kind == frame.kind && header.type == frame.type && header.cpu == frame.cpu &&
                    header.count == frame.count && header.raw_bytes == frame.raw_bytes &&
                    header.stored_bytes == frame.stored_bytes && header.first_ns == frame.first_ns &&
                    header.last_ns == frame.last_ns;
  return same && (position != parts_.back().first_frame || !progress_->part.first_checksum ||
                  header.payload_checksum == progress_->part.first_checksum);
}

// When its disk is full, the recorder gives up frames at the end of the file to make room for its account. What is in front of
// one that is still in place is in place.
void Trace::drop_what_was_taken_back() {
  const TracePart& part = parts_.back();
  Progress::Part& progress = progress_->part;
  const size_t first = part.first_frame, size = frames_.size();
  size_t kept = size;
  if (size > first && !is_in_place(size - 1)) {
    if (!is_in_place(first))
      throw TraceError(TraceError::Kind::kUnreadable,
                       "cannot read '" + part.file + "' on: something else was written in its place meanwhile",
                       part.file);
    size_t low = first + 1, high = size - 1;  // so many in front of it are in place; that one is not
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (is_in_place(middle))
        low = middle + 1;
      else
        high = middle;
    }
    kept = low;
  }
  if (kept == size && progress.directory.at <= part.bytes) return;
  frames_.truncate(kept);
  progress.directory = {};
  if (kept > first) progress.directory.at = frames_[kept - 1].end() - part.base;
  if (kept == size) return;
  progress.status_from = first;
  progress.final = false;
  frames_kept_ = kept;
  shortfalls_->report(
      "the file became shorter while it was read: the recorder gave up what it had written last, or somebody cut it");
}

std::unique_ptr<Trace> Trace::refresh() const {
  if (!growing_) return nullptr;
  const bool waits_for_part = parts_.back().closed;
  auto again = progress_->files.back()->again();
  const bool as_before = frames_.size() == parts_.back().first_frame || is_in_place(frames_.size() - 1);
  if (!again && !waits_for_part && as_before) return nullptr;

  std::unique_ptr<Trace> next(new Trace(*this));
  FramePayload payload;
  if (!waits_for_part) {
    if (again) {
      next->parts_.back().bytes = again->size();
      next->progress_->files.back() = std::move(again);
      next->bytes_ = join(next->progress_->files);
    }
    next->drop_what_was_taken_back();
    next->read_part(Tail::kMayGrow, payload);
  }
  next->finish_look(Tail::kMayGrow, payload);
  // So that what is damaged is not searched anew each time.
  const bool far = next->progress_->part.directory.at > progress_->part.directory.at + kSearchedBytes;
  const bool changed = far || next->frames_.size() != frames_.size() || next->frames_kept_ != frames_.size() ||
                       next->growing_ != growing_ || next->closed_ != closed_ || next->begun_ != begun_;
  return changed ? std::move(next) : nullptr;
}

void Trace::wait(std::chrono::milliseconds time) const { progress_->files.back()->wait(time); }

}  // namespace ebpftrace::trace
