// SPDX-License-Identifier: Apache-2.0
#include "trace/read/trace.h"

#include <algorithm>
#include <stdexcept>

#include "trace/read/frame_payload.h"
#include "trace/read/reads.h"
#include "trace/read/trace_progress.h"

namespace ebpftrace::trace {
namespace {

std::vector<std::shared_ptr<const TraceBytes>> only(std::shared_ptr<const TraceBytes> bytes) {
  std::vector<std::shared_ptr<const TraceBytes>> list;
  list.push_back(std::move(bytes));
  return list;
}

}  // namespace

Trace::Trace(std::shared_ptr<const TraceBytes> bytes, Tail tail) : Trace(only(std::move(bytes)), tail) {}

Trace::Trace(std::vector<std::shared_ptr<const TraceBytes>> files, Tail tail)
    : catalogue_(shared_built_in_catalogue()), progress_(std::make_unique<Progress>()) {
  if (files.empty()) throw std::invalid_argument("a trace has at least one file");
  progress_->files = std::move(files);
  bytes_ = join(progress_->files);
  FramePayload payload;
  for (size_t part = 0; part < progress_->files.size(); ++part) {
    begin_part(part);
    const bool last = part + 1 == progress_->files.size();
    read_part(last ? tail : Tail::kCutOff, payload);
  }
  finish_look(tail, payload);
}

Trace::Trace(const Trace& before)
    : bytes_(before.bytes_),
      damage_(before.damage_),
      shortfalls_(before.shortfalls_),
      frames_(before.frames_),
      catalogue_(before.catalogue_),
      facts_(before.facts_),
      cost_(before.cost_),
      losses_(before.losses_),
      parts_(before.parts_),
      progress_(std::make_unique<Progress>(*before.progress_)),
      frames_kept_(before.frames_.size()),
      closed_(before.closed_),
      growing_(before.growing_),
      begun_(before.begun_) {}

Trace::~Trace() = default;

void Trace::finish_look(Tail tail, FramePayload& payload) {
  growing_ = tail == Tail::kMayGrow;
  while (growing_) {
    const Progress::Part& progress = progress_->part;
    const bool rotated = parts_.back().closed && parts_.back().number && progress.stopped_by == kRotated;
    if (rotated && follow_part(payload)) continue;
    if (!rotated)
      growing_ = !progress.left_out && !parts_.back().closed && !progress_->files[parts_.size() - 1]->ended();
    break;
  }
  closed_ = progress_->part.left_out ? progress_->closed_before : parts_.back().closed;
  sum_up_losses();
}

void Trace::sum_up_losses() {
  const Progress& progress = *progress_;
  const bool own = !progress.part.left_out;
  losses_.known = progress.known_before && (progress.part.final || !own);
  if (!progress.parts_before) {
    losses_.list = progress.part.lost;
    return;
  }
  auto lost = progress.lost_before;
  for (const Loss& loss : own ? progress.part.lost : std::vector<Loss>())
    lost[{loss.cpu, loss.type, loss.reason}] += loss.count;
  losses_.list.clear();
  for (const auto& [key, count] : lost)
    losses_.list.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), count});
}

const TracePart& Trace::part_of(uint64_t offset) const {
  const auto behind = std::upper_bound(parts_.begin() + 1, parts_.end(), offset,
                                       [](uint64_t at, const TracePart& part) { return at < part.base; });
  return *std::prev(behind);
}

FilePlace Trace::file_of(uint64_t offset) const {
  const TracePart& part = part_of(offset);
  return {part.file, offset - part.base};
}

Positions Trace::blocks_of(std::string_view name) const {
  note_read(name);
  const EventType* type = catalogue_->type(name);
  if (!type) return {};
  Positions::Builder positions;
  const bool of_the_beginning = name == "process" || name == "open_file";
  const size_t end = of_the_beginning && parts_.size() > 1 ? parts_[1].first_frame : frames_.size();
  for (size_t i = 0; i < end; ++i)
    if (frames_.is_block_of(i, type->id)) positions.insert(static_cast<uint32_t>(i));
  return std::move(positions).done();
}

}  // namespace ebpftrace::trace
