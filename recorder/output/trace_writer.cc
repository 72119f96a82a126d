// SPDX-License-Identifier: Apache-2.0
#include "recorder/output/trace_writer.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "bpf/records.h"
#include "trace/write/header_message.h"
#include "trace/write/index_frame.h"

namespace ebpftrace::recorder {
namespace {

constexpr std::chrono::seconds kStatusInterval{1};
constexpr std::chrono::milliseconds kQueueWait{100};
// What the end of a file takes is less than one frame may; whoever frees several and still finds no room won't by freeing more.
constexpr uint64_t kMostGivenUp = 4 * trace::kMaxWrittenBytes;

// Errors that frames from the end can help against. A disk that fails otherwise would take them all, and what was written
// is worth more than an account of the rest.
bool wants_room(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

}  // namespace

TraceWriter::TraceWriter(std::unique_ptr<trace::TraceFile> file, BlockQueue& queue, LossLedger& losses,
                         capnp::MessageBuilder& header, std::vector<std::byte> catalogue,
                         std::function<StatusReport()> report, std::optional<int> zstd_level,
                         std::function<trace::ClockReading()> clocks)
    : file_(std::move(file)),
      queue_(queue),
      losses_(losses),
      report_(std::move(report)),
      clocks_(std::move(clocks)),
      level_(zstd_level),
      encoder_(zstd_level.value_or(CompressionLevel::kIdleLevel)),
      catalogue_(std::move(catalogue)) {
  write_header(header);
  note_size(0, file_->bytes());
  thread_ = std::thread([this] { run(); });
}

TraceWriter::~TraceWriter() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void TraceWriter::write_header(capnp::MessageBuilder& header) {
  const trace::EncodedFrame frame = encoder_.encode(trace::plain_header(trace::FrameKind::kHeader), header);
  trace::FrameHeader catalogue;
  std::memcpy(&catalogue, catalogue_.data(), sizeof catalogue);
  if (!file_->append(frame.header, frame.bytes) || !file_->append(catalogue, catalogue_)) note_error();
}

void TraceWriter::note_error() {
  int none = 0;
  first_error_.compare_exchange_strong(none, file_->error());
}

void TraceWriter::count_lost(uint16_t type, const RowsByCpu& rows) {
  for (const auto& [cpu, count] : rows) losses_.add(cpu, type, schema::Count::What::DISK, count);
}

void TraceWriter::count_removed(const trace::FrameEntry& removed) {
  const trace::FrameHeader& header = removed.header;
  summary_.remove(removed.offset);
  if (header.kind != static_cast<uint16_t>(trace::FrameKind::kBlock)) return;
  const auto shared = shared_.find(removed.offset);
  const RowsByCpu rows = shared == shared_.end() ? RowsByCpu{{header.cpu, header.count}} : shared->second;
  count_lost(header.type, rows);
  for (const auto& [cpu, count] : rows) recorded_.remove(cpu, header.type, count);
}

void TraceWriter::write(const trace::OpenBlock& block) {
  const bool carried = block.carried() && next_;
  if ((file_->error() || ended_) && !carried) return count_lost(block.type().id, block.rows_by_cpu());
  const int level = level_.choose(std::chrono::steady_clock::now(), block.rows());
  encoder_.set_level(level);
  ++levels_[level];
  const trace::EncodedFrame frame = encoder_.encode(block);
  if (frame.bytes.size() > trace::kMaxWrittenBytes && block.rows() > 1) return write_halves(block);
  if (carried) carried_.emplace_back(frame.header, std::vector<std::byte>(frame.bytes.begin(), frame.bytes.end()));
  const uint64_t offset = file_->next_offset();
  const RowsByCpu rows = block.rows_by_cpu();
  if (ended_ || !file_->append(frame.header, frame.bytes)) {
    note_error();
    count_lost(block.type().id, rows);
    return;
  }
  for (const auto& [cpu, count] : rows) recorded_.add(cpu, block.type().id, count);
  if (rows.size() > 1 || rows.front().first != frame.header.cpu) shared_.emplace(offset, rows);
  summary_.add(block, frame.header, offset);
  if (summary_.full()) write_summary();
  if (file_->frames().size() >= trace::kFramesPerIndex) end_segment();
  note_size(size_.former, size_.begin);
}

// More than a frame should hold: texts that don't compress.
void TraceWriter::write_halves(const trace::OpenBlock& block) {
  trace::OpenBlock half(block.type(), block.rows());
  for (size_t first = 0; first < block.rows();) {
    half.start(block.cpu());
    if (block.carried()) half.carry();
    first += half.append(block, first, std::min(block.rows() - first, (block.rows() + 1) / 2));
    write(half);
  }
}

// A file without it is whole, so a disk that is full is none of its errors.
void TraceWriter::write_summary() {
  const auto frame = summary_.take(encoder_);
  if (frame && !file_->append(frame->header, frame->bytes) && file_->seekable()) file_->clear_error();
}

void TraceWriter::end_segment() {
  const trace::EncodedFrame frame = trace::encode_index(encoder_, file_->frames(), file_->last_segment());
  if (!file_->append(frame.header, frame.bytes)) return note_error();
  file_->end_segment();
  shared_.clear();
}

TraceWriter::Size TraceWriter::size() const {
  std::lock_guard lock(size_mutex_);
  return size_;
}

void TraceWriter::note_size(uint64_t former, uint64_t begin) {
  std::lock_guard lock(size_mutex_);
  size_ = {former, begin, file_->bytes()};
}

void TraceWriter::run() {
  auto next_status = std::chrono::steady_clock::now() + kStatusInterval;
  while (!queue_.finished()) {
    auto [block, mark] = queue_.pop(kQueueWait);
    if (block) {
      write(*block);
      queue_.give_back(std::move(block));
    }
    if (mark) {
      go_on();
      marks_.fetch_add(1);
    }
    if (std::chrono::steady_clock::now() >= next_status) {
      const StatusReport report = report_();
      if (!file_->error() && !ended_ && !write_status({}, counts_so_far(report), report.cost)) note_error();
      next_status = std::chrono::steady_clock::now() + kStatusInterval;
    }
  }
}

// The next file is there before the old one ends: without it, all goes on as it was. A file that could not be written to its
// end is ended with its account first, and if that is possible the recording gets another chance in the next one: a part that
// makes room for it may be what the disk lacked. A disk that takes not even that costs no older part.
void TraceWriter::go_on() {
  if (file_->error()) ended_ = end_file("rotated", false);
  if (file_->error()) return carried_.clear();
  NextFile next = next_();
  if (next.file && (ended_ || end_file("rotated", false))) {
    ended_ = false;
    const uint64_t former = size_.former + file_->bytes();
    file_ = std::move(next.file);
    parts_.fetch_add(1, std::memory_order_relaxed);
    trace::set_earlier(*next.header, account_.earlier());
    recorded_ = {};
    shared_.clear();
    summary_.clear();
    write_header(*next.header);
    for (const auto& [header, frame] : carried_) {
      losses_.add(header.cpu, header.type, schema::Count::What::PRODUCED, header.count);
      if (file_->append(header, frame)) {
        recorded_.add(header.cpu, header.type, header.count);
        continue;
      }
      note_error();
      count_lost(header.type, {{header.cpu, header.count}});
    }
    note_size(former, file_->bytes());
  }
  carried_.clear();
}

std::vector<EventCount> TraceWriter::counts_so_far(const StatusReport& report) const {
  std::vector<EventCount> counts = report.counts;
  for (const EventCount& count : losses_.counts()) counts.push_back(count);
  return parts() > 1 ? account_.of_part(counts) : counts;
}

// stopped_by: empty if it goes on.
bool TraceWriter::write_status(const std::string& stopped_by, const std::vector<EventCount>& all,
                               const RecorderCost& costs) {
  capnp::MallocMessageBuilder message;
  auto status = message.initRoot<schema::Status>();
  const trace::ClockReading now = clocks_();
  status.initClock().setBootNs(now.boot_ns);
  status.getClock().setRealNs(now.real_ns);
  auto counts = status.initCounts(static_cast<unsigned>(all.size()));
  for (unsigned i = 0; i < all.size(); ++i) {
    counts[i].setCpu(all[i].cpu);
    counts[i].setType(all[i].type);
    counts[i].setWhat(all[i].what);
    counts[i].setCount(all[i].count);
  }
  auto cost = status.initRecorder();
  cost.setUserNs(costs.user_ns);
  cost.setSystemNs(costs.system_ns);
  cost.setMaxRssBytes(costs.max_rss_bytes);
  cost.setBpfNs(costs.bpf_ns);
  cost.setBpfRuns(costs.bpf_runs);
  cost.setRingPeakBytes(costs.ring_peak_bytes);
  status.setFinal(!stopped_by.empty());
  status.setStoppedBy(stopped_by);

  trace::FrameHeader header = trace::plain_header(trace::FrameKind::kStatus);
  header.first_ns = header.last_ns = now.boot_ns;
  const trace::EncodedFrame frame = encoder_.encode(header, message);
  return file_->append(frame.header, frame.bytes);
}

bool TraceWriter::write_end() {
  if (!file_->indexed()) return file_->append_end_mark(trace::kNoIndex);
  const trace::EncodedFrame frame = trace::encode_index(encoder_, file_->frames(), file_->last_segment());
  const uint64_t offset = file_->bytes();
  return file_->append(frame.header, frame.bytes) && file_->append_end_mark(offset);
}

// On a full disk, frames from the end make room for the account of what is missing: a trace that says what it lost is worth
// more than its last rows. An error of another kind may have been one of that moment, and gets a second attempt. A pipe that
// is gone can't be helped.
bool TraceWriter::end_file(const std::string& stopped_by, bool recording_ends) {
  if (file_->error() && file_->seekable()) file_->clear_error();
  if (!file_->error()) write_summary();
  uint64_t given_up = 0;
  bool again = false;
  while (!file_->error()) {
    const size_t before = file_->frames().size();
    const StatusReport report = report_();
    std::vector<EventCount> counts = report.counts;
    for (const EventCount& count : losses_.counts()) counts.push_back(count);
    PartAccount account = account_;
    if (!recording_ends)
      counts = account.end_part(counts, recorded_);
    else if (parts() > 1)
      counts = account.of_part(counts);
    if (write_status(stopped_by, counts, report.cost) && write_end()) {
      account_ = std::move(account);
      return true;
    }
    note_error();
    if (!file_->seekable()) return false;
    const bool full = wants_room(file_->error());
    trace::FrameEntry removed;
    while (file_->frames().size() > before)  // the status and index of this attempt
      if (!file_->remove_last(removed)) return false;
    if (!full && std::exchange(again, true)) return false;
    if (full) {
      if (given_up > kMostGivenUp) return false;
      const uint64_t end = file_->bytes();
      if (!file_->remove_last(removed)) return false;
      given_up += end - file_->bytes();
      count_removed(removed);
    }
    file_->clear_error();
  }
  return false;
}

bool TraceWriter::finish(const std::string& stopped_by) {
  if (thread_.joinable()) thread_.join();
  const bool had_error = file_->error() != 0;
  if (!ended_) end_file(stopped_by, true);
  note_size(size_.former, size_.begin);
  return !had_error && !file_->error() && !error();
}

}  // namespace ebpftrace::recorder
