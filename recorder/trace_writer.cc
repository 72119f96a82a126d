// SPDX-License-Identifier: Apache-2.0
#include "recorder/trace_writer.h"

#include <time.h>

#include <chrono>

#include "bpf/records.h"

namespace ebpftrace {
namespace {

constexpr std::chrono::seconds kStatusInterval{1};
constexpr std::chrono::milliseconds kQueueWait{100};

FrameHeader plain_header(FrameKind kind) {
  FrameHeader header{};
  header.kind = static_cast<uint16_t>(kind);
  header.cpu = kNoCpu;
  return header;
}

}  // namespace

TraceWriter::TraceWriter(TraceFile& file, BlockQueue& queue, LossLedger& losses, capnp::MessageBuilder& header,
                         std::function<StatusReport()> report, int zstd_level,
                         std::function<ClockReading()> clocks)
    : file_(file),
      queue_(queue),
      losses_(losses),
      report_(std::move(report)),
      clocks_(std::move(clocks)),
      encoder_(zstd_level) {
  // The catalogue is the largest message of a short trace, and written once.
  BlockEncoder thorough(19);
  const EncodedFrame frame = thorough.encode(plain_header(FrameKind::kHeader), header);
  if (!file_.append(frame.header, frame.bytes)) note_error();
  thread_ = std::thread([this] { run(); });
}

TraceWriter::~TraceWriter() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void TraceWriter::note_error() {
  int none = 0;
  first_error_.compare_exchange_strong(none, file_.error());
}

void TraceWriter::count_lost(const FrameHeader& header) {
  if (header.kind == static_cast<uint16_t>(FrameKind::kBlock))
    losses_.add(header.cpu, header.type, schema::Count::What::DISK, header.count);
}

void TraceWriter::write(const OpenBlock& block) {
  if (file_.error()) {
    losses_.add(block.cpu(), block.type().id, schema::Count::What::DISK, block.rows());
    return;
  }
  const EncodedFrame frame = encoder_.encode(block);
  if (!file_.append(frame.header, frame.bytes)) {
    note_error();
    count_lost(frame.header);
  }
  bytes_.store(file_.bytes(), std::memory_order_relaxed);
}

void TraceWriter::run() {
  auto next_status = std::chrono::steady_clock::now() + kStatusInterval;
  while (!queue_.finished()) {
    if (BlockPtr block = queue_.pop(kQueueWait)) {
      write(*block);
      queue_.give_back(std::move(block));
    }
    if (std::chrono::steady_clock::now() >= next_status) {
      if (!file_.error() && !write_status(false, {})) note_error();
      next_status = std::chrono::steady_clock::now() + kStatusInterval;
    }
  }
}

bool TraceWriter::write_status(bool final, const std::string& stopped_by) {
  StatusReport report = report_();
  for (const EventCount& count : losses_.counts()) report.counts.push_back(count);

  capnp::MallocMessageBuilder message;
  auto status = message.initRoot<schema::Status>();
  const ClockReading now = clocks_();
  status.initClock().setBootNs(now.boot_ns);
  status.getClock().setRealNs(now.real_ns);
  auto counts = status.initCounts(static_cast<unsigned>(report.counts.size()));
  for (unsigned i = 0; i < report.counts.size(); ++i) {
    counts[i].setCpu(report.counts[i].cpu);
    counts[i].setType(report.counts[i].type);
    counts[i].setWhat(report.counts[i].what);
    counts[i].setCount(report.counts[i].count);
  }
  auto cost = status.initRecorder();
  cost.setUserNs(report.cost.user_ns);
  cost.setSystemNs(report.cost.system_ns);
  cost.setMaxRssBytes(report.cost.max_rss_bytes);
  cost.setBpfNs(report.cost.bpf_ns);
  cost.setBpfRuns(report.cost.bpf_runs);
  cost.setRingPeakBytes(report.cost.ring_peak_bytes);
  status.setFinal(final);
  status.setStoppedBy(stopped_by);

  FrameHeader header = plain_header(FrameKind::kStatus);
  header.first_ns = header.last_ns = now.boot_ns;
  const EncodedFrame frame = encoder_.encode(header, message);
  return file_.append(frame.header, frame.bytes);
}

bool TraceWriter::write_index() {
  const auto& frames = file_.frames();
  // A frame's entry takes 72 bytes at most, and what is inside a frame has its limit: a recording of hours goes without.
  if (frames.size() > kMaxRawBytes / 80) return file_.append_end_mark(kNoIndex);
  capnp::MallocMessageBuilder message;
  auto index = message.initRoot<schema::Index>();
  index.setFrames(static_cast<uint32_t>(frames.size()));
  std::vector<uint64_t> values(frames.size());
  auto column = [&](schema::Column::Builder to, schema::Encoding encoding, auto value_of) {
    for (size_t i = 0; i < frames.size(); ++i) values[i] = value_of(frames[i]);
    encoder_.write_column(to, values, encoding);
  };
  column(index.initOffset(), schema::Encoding::DELTA, [](const FrameEntry& f) { return f.offset; });
  column(index.initKind(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.kind}; });
  column(index.initType(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.type}; });
  column(index.initCpu(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.cpu}; });
  column(index.initCount(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.count}; });
  column(index.initFirstNs(), schema::Encoding::DELTA, [](const FrameEntry& f) { return f.header.first_ns; });
  column(index.initLastNs(), schema::Encoding::DELTA, [](const FrameEntry& f) { return f.header.last_ns; });
  column(index.initStoredBytes(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.stored_bytes}; });
  column(index.initRawBytes(), schema::Encoding::PACKED, [](const FrameEntry& f) { return uint64_t{f.header.raw_bytes}; });
  const EncodedFrame frame = encoder_.encode(plain_header(FrameKind::kIndex), message);
  const uint64_t offset = file_.bytes();
  return file_.append(frame.header, frame.bytes) && file_.append_end_mark(offset);
}

bool TraceWriter::finish(const std::string& stopped_by) {
  if (thread_.joinable()) thread_.join();
  // On a full disk, frames from the end make room for the account of what is missing: a trace that says what it lost is
  // worth more than its last rows. A pipe that is gone can't be helped.
  const bool had_error = file_.error() != 0;
  if (had_error && file_.seekable()) file_.clear_error();
  while (!file_.error()) {
    const size_t before = file_.frames().size();
    if (write_status(true, stopped_by) && write_index()) break;
    note_error();
    if (!file_.seekable()) return false;
    file_.clear_error();
    FrameEntry removed;
    while (file_.frames().size() > before)  // the status and index of this attempt
      if (!file_.remove_last(removed)) return false;
    if (!file_.remove_last(removed)) return false;
    count_lost(removed.header);
  }
  bytes_.store(file_.bytes(), std::memory_order_relaxed);
  return !had_error && !file_.error() && !error();
}

}  // namespace ebpftrace
