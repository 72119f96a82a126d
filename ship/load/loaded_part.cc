// SPDX-License-Identifier: Apache-2.0
#include "ship/load/loaded_part.h"

#include <algorithm>
#include <cstring>

namespace ebpftrace::ship {
namespace {

constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;
constexpr size_t kShortHost = 12;

}  // namespace

std::string short_host(const trace::Id& host) { return hex(host).substr(0, kShortHost); }

uint16_t day_of_real_ns(int64_t real_ns) {
  return static_cast<uint16_t>(std::clamp<int64_t>(real_ns / kDayNs, 0, UINT16_MAX));
}

LoadedPart::LoadedPart(FrameRecord first, PartCopy copy, int32_t source, int64_t source_first)
    : first_(std::move(first)), copy_(std::move(copy)), source_(source), source_first_(source_first) {}

void LoadedPart::set_known(std::vector<Ledger::Entry> entries) {
  for (const Ledger::Entry& entry : entries) {
    bool& taken = known_[{entry.frame, entry.checksum, entry.table}];
    taken |= entry.taken;
    if (!entry.taken) begun_.emplace(entry.shard, entry.batch);
  }
}

LoadedPart::Known LoadedPart::known(const std::string& table, uint64_t frame, uint64_t checksum) const {
  const auto found = known_.find({frame, checksum, table});
  return found == known_.end() ? Known::kNo : found->second ? Known::kTaken : Known::kPlanned;
}

bool LoadedPart::add(uint64_t offset, std::span<const std::byte> bytes, int64_t source_offset) {
  trace::FrameHeader header;
  if (bytes.size() < sizeof header) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != trace::kFrameMagic || header.header_checksum != trace::checksum_of_front(header) ||
      header.stored_bytes != bytes.size() - sizeof header || header.count > trace::kMaxRows)
    return false;
  const auto [before, is_new] = received_.try_emplace(offset, header.header_checksum);
  if (!is_new && before->second == header.header_checksum) return false;  // sent again
  before->second = header.header_checksum;
  copy_.put(offset, bytes);
  const ReceivedFrame frame{{offset, header.first_ns, header.last_ns, header.count, header.cpu, header.raw_bytes,
                             header.stored_bytes, header.kind, header.type},
                            header.header_checksum,
                            source_offset};
  if (offset > accepted_to_) {
    ahead_.insert_or_assign(offset, frame);
    return true;
  }
  accept(frame);
  accept_ahead();
  return true;
}

void LoadedPart::accept(const ReceivedFrame& frame) {
  frames_.push_back(frame);
  accepted_to_ = frame.frame.end();
  if (frame.frame.is(trace::FrameKind::kStatus)) settle_accepted();
}

void LoadedPart::accept_ahead() {
  for (auto next = ahead_.begin(); next != ahead_.end() && next->first <= accepted_to_; next = ahead_.erase(next))
    accept(next->second);
  if (!end_offset_ || ended_ || accepted_to_ < *end_offset_) return;
  ended_ = true;
  // The end mark is kept as a frame that has no header: without rows, of kind 0.
  if (end_frame_) frames_.push_back(*end_frame_);
  settle_accepted();
}

void LoadedPart::settle_accepted() {
  for (; settled_ < frames_.size(); ++settled_) settled_to_ = std::max(settled_to_, frames_[settled_].frame.end());
}

void LoadedPart::settle() {
  while (!ahead_.empty()) {
    accepted_to_ = std::max(accepted_to_, ahead_.begin()->first);
    accept_ahead();
  }
  if (end_offset_) {
    accepted_to_ = std::max(accepted_to_, *end_offset_);
    accept_ahead();
  }
  settle_accepted();
}

void LoadedPart::add_all(const trace::Frames& frames) {
  for (const trace::Frame& frame : frames) {
    trace::FrameHeader header{};
    copy_.read(frame.offset, std::as_writable_bytes(std::span(&header, 1)));
    frames_.push_back({frame, header.header_checksum, static_cast<int64_t>(frame.offset)});
    accepted_to_ = frame.end();
  }
  settle_accepted();
}

void LoadedPart::end(uint64_t offset, std::span<const std::byte> mark, int64_t source_offset) {
  if (end_offset_) return;
  end_offset_ = offset;
  if (mark.size() == sizeof(trace::EndMark)) {
    trace::EndMark end;
    std::memcpy(&end, mark.data(), sizeof end);
    if (source_ != kFromFile) copy_.put(offset, mark);
    trace::Frame frame{};
    frame.offset = offset;
    frame.cpu = trace::kNoCpu;
    end_frame_ = ReceivedFrame{frame, end.checksum, source_offset};
  }
  accept_ahead();
}

const std::optional<trace::TraceFacts>& LoadedPart::facts() {
  if (!facts_) facts_ = trace::peek_facts(*copy_.front(copy_.size()));
  return facts_;
}

std::string LoadedPart::host_name() {
  const auto& known = facts();
  return known && !known->host_label.empty() ? known->host_label : short_host(first_.host);
}

int64_t LoadedPart::real_ns(uint64_t boot_ns) {
  const auto& known = facts();
  return known ? known->start_real_ns + static_cast<int64_t>(boot_ns - known->start_boot_ns)
               : static_cast<int64_t>(boot_ns);
}

uint16_t LoadedPart::day_of(const trace::Frame& frame) {
  const auto& known = facts();
  const uint64_t boot_ns = frame.first_ns ? frame.first_ns : known ? known->start_boot_ns : 0;
  return day_of_real_ns(real_ns(boot_ns));
}

}  // namespace ebpftrace::ship
