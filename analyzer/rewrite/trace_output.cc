// SPDX-License-Identifier: Apache-2.0
#include "analyzer/rewrite/trace_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "trace/read/trace_error.h"
#include "trace/write/index_frame.h"

namespace ebpftrace::analyzer {

TraceOutput::TraceOutput(const std::string& path, bool with_summaries) : path_(path) {
  if (path_ != "-") {
    struct stat info {};
    if (::lstat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
      throw trace::TraceError(trace::TraceError::Kind::kUnreadable,
                              fmt::format("cannot write '{}': it is there and no regular file", path_));
    temporary_ = path_ + ".XXXXXX";
    const int made = ::mkostemp(temporary_.data(), O_CLOEXEC);
    if (made < 0) {
      temporary_.clear();
      refuse(errno);
    }
    ::close(made);
  }
  try {
    file_ = std::make_unique<trace::TraceFile>(temporary_.empty() ? path_ : temporary_,
                                               trace::OutputOwner{::geteuid(), ::getegid()}, calls_);
  } catch (const trace::OutputError& error) {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    throw trace::TraceError(trace::TraceError::Kind::kUnreadable, error.what());
  }
  if (with_summaries) summary_ = std::make_unique<trace::SummaryBuilder>();
}

TraceOutput::~TraceOutput() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void TraceOutput::refuse(int error) const {
  throw trace::TraceError(trace::TraceError::Kind::kUnreadable,
                          fmt::format("cannot write '{}': {}", path_, std::strerror(error)));
}

void TraceOutput::append(const trace::EncodedFrame& frame) { write_frame(frame.header, frame.bytes); }

void TraceOutput::write_frame(const trace::FrameHeader& header, std::span<const std::byte> frame) {
  if (!file_->append(header, frame)) refuse(file_->error());
}

void TraceOutput::write_message(uint16_t kind, capnp::MessageBuilder& message) {
  trace::FrameHeader header = trace::plain_header(trace::FrameKind::kHeader);
  header.kind = kind;
  append(encoder_.encode(header, message));
}

void TraceOutput::write(const trace::OpenBlock& block) {
  if (block.empty()) return;
  const trace::EncodedFrame frame = encoder_.encode(block);
  if (frame.bytes.size() > trace::kMaxWrittenBytes && block.rows() > 1) {
    // Texts that don't compress.
    trace::OpenBlock half(block.type(), block.rows());
    for (size_t first = 0; first < block.rows();) {
      half.start(block.cpu());
      first += half.append(block, first, std::min(block.rows() - first, (block.rows() + 1) / 2));
      write(half);
    }
    return;
  }
  const uint64_t offset = file_->next_offset();
  append(frame);
  for (const auto& [cpu, count] : block.rows_by_cpu()) rows_[{block.type().id, cpu}] += count;
  if (summary_) {
    summary_->add(block, frame.header, offset);
    if (summary_->full()) write_summary();
  }
  if (file_->frames().size() >= trace::kFramesPerIndex) end_segment();
}

void TraceOutput::write_summary() {
  if (const auto frame = summary_->take(encoder_)) append(*frame);
}

void TraceOutput::end_segment() {
  append(trace::encode_index(encoder_, file_->frames(), file_->last_segment()));
  file_->end_segment();
}

void TraceOutput::write_status(capnp::MessageBuilder& status, uint64_t boot_ns) {
  trace::FrameHeader header = trace::plain_header(trace::FrameKind::kStatus);
  header.first_ns = header.last_ns = boot_ns;
  append(encoder_.encode(header, status));
}

void TraceOutput::write_clock(const trace::ClockReading& clock) {
  capnp::MallocMessageBuilder message;
  auto status = message.initRoot<schema::Status>();
  status.initClock().setBootNs(clock.boot_ns);
  status.getClock().setRealNs(clock.real_ns);
  write_status(message, clock.boot_ns);
}

void TraceOutput::finish(capnp::MessageBuilder& status, uint64_t boot_ns) {
  if (summary_) write_summary();
  write_status(status, boot_ns);
  const uint64_t index = file_->bytes();
  append(trace::encode_index(encoder_, file_->frames(), file_->last_segment()));
  if (!file_->append_end_mark(index)) refuse(file_->error());
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) refuse(errno);
  temporary_.clear();
}

}  // namespace ebpftrace::analyzer
