// SPDX-License-Identifier: Apache-2.0
// A trace on its way to a file: blocks, summaries, index and account, as a recorder writes them, but an error ends it. The
// file has its name once it is whole; before, it is another one beside it, which goes if it can't be finished.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "trace/format/clocks.h"
#include "trace/format/trace.capnp.h"
#include "trace/write/block_encoder.h"
#include "trace/write/summary_builder.h"
#include "trace/write/trace_file.h"

namespace ebpftrace::analyzer {

class TraceOutput {
 public:
  // path "-": standard output. with_summaries: the catalogue is the built-in one, by which they are made. Throws
  // trace::TraceError, here and in all that writes.
  TraceOutput(const std::string& path, bool with_summaries);
  ~TraceOutput();
  TraceOutput(const TraceOutput&) = delete;

  void write_message(uint16_t kind, capnp::MessageBuilder& message);
  void write_frame(const trace::FrameHeader& header, std::span<const std::byte> frame);
  void write(const trace::OpenBlock& block);

  // By event type and CPU (kNoCpu: of several), rows that were written.
  using Rows = std::map<std::pair<uint16_t, uint32_t>, uint64_t>;
  const Rows& rows() const { return rows_; }

  // A status in between, which only says what time it was.
  void write_clock(const trace::ClockReading& clock);
  // The last status as the caller fills it, the index and the end.
  void finish(capnp::MessageBuilder& status, uint64_t boot_ns);
  uint64_t bytes() const { return file_->bytes(); }

 private:
  void append(const trace::EncodedFrame& frame);
  void write_status(capnp::MessageBuilder& status, uint64_t boot_ns);
  void write_summary();
  void end_segment();
  [[noreturn]] void refuse(int error) const;

  const std::string path_;
  std::string temporary_;  // empty: standard output, or finished
  trace::OutputCalls calls_;
  std::unique_ptr<trace::TraceFile> file_;
  trace::BlockEncoder encoder_;
  std::unique_ptr<trace::SummaryBuilder> summary_;
  Rows rows_;
};

}  // namespace ebpftrace::analyzer
