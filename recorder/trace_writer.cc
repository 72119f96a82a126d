// SPDX-License-Identifier: Apache-2.0
#include "recorder/trace_writer.h"

#include <time.h>

#include <chrono>
#include <cstring>
#include <utility>

#include "bpf/records.h"
#include "trace/write/header_message.h"

namespace ebpftrace::recorder {
namespace {

constexpr std::chrono::seconds kStatusInterval{1};
constexpr std::chrono::milliseconds kQueueWait{100};

}  // namespace

TraceWriter::TraceWriter(std::unique_ptr<trace::TraceFile> file, BlockQueue& queue, LossLedger& losses,
                         capnp::MessageBuilder& header, std::vector<std::byte> catalogue,
                         std::function<StatusReport()> report, int zstd_level,
                         std::function<trace::ClockReading()> clocks)
    : file_(std::move(file)),
      queue_(queue),
      losses_(losses),
      report_(std::move(report)),
      clocks_(std::move(clocks)),
      encoder_(zstd_level),
      catalogue_(std::move(catalogue)) {
  write_header(header);
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

void TraceWriter::count_lost(const trace::FrameHeader& header) {
  if (header.kind == static_cast<uint16_t>(trace::FrameKind::kBlock))
    losses_.add(header.cpu, header.type, schema::Count::What::DISK, header.count);
}

void TraceWriter::write(const trace::OpenBlock& block) {
  if (file_->error()) {
    losses_.add(block.cpu(), block.type().id, schema::Count::What::DISK, block.rows());
    return;
  }
  const trace::EncodedFrame frame = encoder_.encode(block);
  if (!file_->append(frame.header, frame.bytes)) {
    note_error();
    count_lost(frame.header);
  } else if (block.carried() && next_) {
    carried_.emplace_back(frame.header, std::vector<std::byte>(frame.bytes.begin(), frame.bytes.end()));
  }
  bytes_.store(former_bytes_ + file_->bytes(), std::memory_order_relaxed);
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
      if (!file_->error() && !write_status({}, counts_so_far(report), report.cost)) note_error();
      next_status = std::chrono::steady_clock::now() + kStatusInterval;
    }
  }
}

// The next file is there before the old one ends: without it, all goes on as it was.
void TraceWriter::go_on() {
  if (file_->error()) return;
  NextFile next = next_();
  if (next.file && end_file("rotated", false)) {
    former_bytes_ += file_->bytes();
    file_ = std::move(next.file);
    parts_.fetch_add(1, std::memory_order_relaxed);
    trace::set_earlier(*next.header, account_.earlier());
    write_header(*next.header);
    for (const auto& [header, frame] : carried_) {
      losses_.add(header.cpu, header.type, schema::Count::What::PRODUCED, header.count);
      if (file_->append(header, frame)) continue;
      note_error();
      count_lost(header);
    }
    begin_bytes_.store(former_bytes_ + file_->bytes(), std::memory_order_relaxed);
    bytes_.store(former_bytes_ + file_->bytes(), std::memory_order_relaxed);
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

bool TraceWriter::write_index() {
  const auto& frames = file_->frames();
  // A frame's entry takes 72 bytes at most, and what is inside a frame has its limit: a recording of hours goes
  // without.
  if (frames.size() > trace::kMaxRawBytes / 80) return file_->append_end_mark(trace::kNoIndex);
  capnp::MallocMessageBuilder message;
  auto index = message.initRoot<schema::Index>();
  index.setFrames(static_cast<uint32_t>(frames.size()));
  std::vector<uint64_t> values(frames.size());
  auto column = [&](schema::Column::Builder to, schema::Encoding encoding, auto value_of) {
    for (size_t i = 0; i < frames.size(); ++i) values[i] = value_of(frames[i]);
    encoder_.write_column(to, values, encoding);
  };
  column(index.initOffset(), schema::Encoding::DELTA, [](const trace::FrameEntry& f) { return f.offset; });
  column(index.initKind(), schema::Encoding::PACKED,
         [](const trace::FrameEntry& f) { return uint64_t{f.header.kind}; });
  column(index.initType(), schema::Encoding::PACKED,
         [](const trace::FrameEntry& f) { return uint64_t{f.header.type}; });
  column(index.initCpu(), schema::Encoding::PACKED, [](const trace::FrameEntry& f) { return uint64_t{f.header.cpu}; });
  column(index.initCount(), schema::Encoding::PACKED,
         [](const trace::FrameEntry& f) { return uint64_t{f.header.count}; });
  column(index.initFirstNs(), schema::Encoding::DELTA, [](const trace::FrameEntry& f) { return f.header.first_ns; });
  column(index.initLastNs(), schema::Encoding::DELTA, [](const trace::FrameEntry& f) { return f.header.last_ns; });
  column(index.initStoredBytes(), schema::Encoding::PACKED,
         [](const trace::FrameEntry& f) { return uint64_t{f.header.stored_bytes}; });
  column(index.initRawBytes(), schema::Encoding::PACKED,
         [](const trace::FrameEntry& f) { return uint64_t{f.header.raw_bytes}; });
  const trace::EncodedFrame frame = encoder_.encode(trace::plain_header(trace::FrameKind::kIndex), message);
  const uint64_t offset = file_->bytes();
  return file_->append(frame.header, frame.bytes) && file_->append_end_mark(offset);
}

// On a full disk, frames from the end make room for the account of what is missing: a trace that says what it lost is
// worth more than its last rows. A pipe that is gone can't be helped.
bool TraceWriter::end_file(const std::string& stopped_by, bool recording_ends) {
  if (file_->error() && file_->seekable()) file_->clear_error();
  while (!file_->error()) {
    const size_t before = file_->frames().size();
    const StatusReport report = report_();
    std::vector<EventCount> counts = report.counts;
    for (const EventCount& count : losses_.counts()) counts.push_back(count);
    PartAccount account = account_;
    if (!recording_ends)
      counts = account.end_part(counts, file_->frames());
    else if (parts() > 1)
      counts = account.of_part(counts);
    if (write_status(stopped_by, counts, report.cost) && write_index()) {
      account_ = std::move(account);
      return true;
    }
    note_error();
    if (!file_->seekable()) return false;
    file_->clear_error();
    trace::FrameEntry removed;
    while (file_->frames().size() > before)  // the status and index of this attempt
      if (!file_->remove_last(removed)) return false;
    if (!file_->remove_last(removed)) return false;
    count_lost(removed.header);
  }
  return false;
}

bool TraceWriter::finish(const std::string& stopped_by) {
  if (thread_.joinable()) thread_.join();
  const bool had_error = file_->error() != 0;
  end_file(stopped_by, true);
  bytes_.store(former_bytes_ + file_->bytes(), std::memory_order_relaxed);
  return !had_error && !file_->error() && !error();
}

}  // namespace ebpftrace::recorder
