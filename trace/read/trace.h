// SPDX-License-Identifier: Apache-2.0
// An opened trace: its frames, its catalogue, its account of losses, and what is damaged. Queries take it by reference.
// Immutable after open, except for the logs of damage and shortfalls, which any thread adds to as it meets them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/format/identity.h"
#include "trace/read/damage.h"
#include "trace/read/frame_directory.h"
#include "trace/read/losses.h"
#include "trace/read/shortfalls.h"
#include "trace/read/trace_bytes.h"
#include "trace/read/trace_catalogue.h"

namespace ebpftrace::trace {

class FramePayload;

struct TraceFacts {
  std::string recorder_version;
  std::string kernel;
  std::string machine;
  std::string probe;
  std::string filter;
  std::vector<std::string> command_line;
  uint32_t possible_cpus = 0;
  uint64_t start_boot_ns = 0;
  int64_t start_real_ns = 0;
  int32_t utc_offset_seconds = 0;  // of the recorded host, east positive
  uint32_t part = 0;               // of a recording in several files, from 1; 0: it is in one
  std::optional<Id> recording_id;  // the same in all parts
  std::optional<Id> boot_id, host_id;
  std::string host_label;
  std::vector<EarlierRows> earlier;
};

// From the last status frame; all 0 if there is none.
struct RecordingCost {
  uint64_t cpu_ns = 0;
  uint64_t max_rss_bytes = 0;
  uint64_t bpf_ns = 0;
  uint64_t bpf_runs = 0;
  std::string stopped_by;
};

class Trace {
 public:
  // Throws TraceError if it is no trace, or of an unknown version.
  explicit Trace(std::unique_ptr<TraceBytes> bytes);

  const TraceBytes& bytes() const { return *bytes_; }
  const Frames& frames() const { return frames_; }
  const Catalogue& catalogue() const { return *catalogue_; }
  const TraceFacts& facts() const { return facts_; }
  const RecordingCost& cost() const { return cost_; }
  const Losses& losses() const { return losses_; }
  DamageLog& damage() const { return damage_; }
  ShortfallLog& shortfalls() const { return shortfalls_; }

  // It was closed in order, and no damage was met so far.
  bool complete() const { return closed_ && damage_.empty(); }
  // It has its end mark: the recorder was not killed, and the end is not cut off.
  bool closed() const { return closed_; }

  // Positions in frames() of the blocks of a type, in file order.
  std::vector<uint32_t> blocks_of(std::string_view type) const;
  // ns since the trace's start; negative before.
  int64_t since_start(uint64_t boot_ns) const { return static_cast<int64_t>(boot_ns - facts_.start_boot_ns); }

 private:
  void check_preamble();
  void read_header(FramePayload& payload);
  void read_catalogue_frame(FramePayload& payload);
  bool has_built_in_catalogue(const Frame& frame) const;
  void read_status(FramePayload& payload);
  void check_index(const FrameDirectory& directory);
  void check_account(const std::vector<Loss>& produced);

  std::unique_ptr<TraceBytes> bytes_;
  mutable DamageLog damage_;
  mutable ShortfallLog shortfalls_;
  Frames frames_;
  std::shared_ptr<const Catalogue> catalogue_;  // shared by all traces that hold the built-in one
  TraceFacts facts_;
  RecordingCost cost_;
  Losses losses_;
  bool closed_ = false;
};

}  // namespace ebpftrace::trace
