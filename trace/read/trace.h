// SPDX-License-Identifier: Apache-2.0
// An opened trace: its frames, its catalogue, its account of losses, and what is damaged. Queries take it by reference.
// It is one file, or the parts of one recording: then frames lie one part behind the other, and an offset counts the bytes of
// the parts before. Immutable after open, except for the logs, which any thread adds to as it meets something.
// Of a file that grows it is what was there at a moment; refresh() makes another one of what is there by then.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/read/damage.h"
#include "trace/read/frame_directory.h"
#include "trace/read/losses.h"
#include "trace/read/positions.h"
#include "trace/read/shortfalls.h"
#include "trace/read/trace_bytes.h"
#include "trace/read/trace_catalogue.h"
#include "trace/read/trace_facts.h"

namespace ebpftrace::trace {

class FramePayload;

// From the last status frame; all 0 if there is none.
struct RecordingCost {
  uint64_t cpu_ns = 0;
  uint64_t max_rss_bytes = 0;
  uint64_t bpf_ns = 0;
  uint64_t bpf_runs = 0;
  std::string stopped_by;
};

// One of the files of a trace.
struct TracePart {
  std::string file;          // as it was given; empty: memory
  uint32_t number = 0;       // that its header gives; 0: it is no part of several
  uint64_t base = 0;         // offset in the trace of its first byte
  uint64_t bytes = 0;        // its size when it was looked at
  uint32_t first_frame = 0;  // position in frames(); they go up to the next part's first
  bool closed = false;       // it has its end mark
};

struct FilePlace {
  std::string file;
  uint64_t offset;  // in it
};

class Trace {
 public:
  // kMayGrow: the (last) file is still being written, and what it ends with is neither damage nor the end.
  // Throws TraceError if it is no trace, or of an unknown version.
  explicit Trace(std::shared_ptr<const TraceBytes> bytes, Tail tail = Tail::kCutOff);
  // The parts of one recording, by rising number, or one file. What isn't a part of it is reported as damage and left out;
  // what is missing between or before them is a shortfall.
  explicit Trace(std::vector<std::shared_ptr<const TraceBytes>> parts, Tail tail = Tail::kCutOff);
  ~Trace();

  const TraceBytes& bytes() const { return *bytes_; }
  const Frames& frames() const { return frames_; }
  const Catalogue& catalogue() const { return *catalogue_; }
  const TraceFacts& facts() const { return facts_; }   // of the first part
  const RecordingCost& cost() const { return cost_; }  // since the recording began
  const Losses& losses() const { return losses_; }     // of all parts that are here; "so far" while it grows
  DamageLog& damage() const { return *damage_; }       // by offset in the trace
  ShortfallLog& shortfalls() const { return *shortfalls_; }

  // It was closed in order, and no damage was met so far.
  bool complete() const { return closed_ && damage_->empty(); }
  // It has its end mark: the recorder was not killed, and the end is not cut off.
  bool closed() const { return closed_; }

  const std::vector<TracePart>& parts() const { return parts_; }  // at least one
  const TracePart& part_of(uint64_t offset) const;
  bool is_first_part(size_t position) const { return parts_.size() == 1 || position < parts_[1].first_frame; }
  // Where an offset, such as that of damage, is to be looked for.
  FilePlace file_of(uint64_t offset) const;

  // Positions in frames() of the blocks of a type, in file order. Of what was there when a recording began (`process`,
  // `open_file`), those of the first part: later parts say that of their own beginning.
  Positions blocks_of(std::string_view type) const;
  // ns since the trace's start; negative before.
  int64_t since_start(uint64_t boot_ns) const { return static_cast<int64_t>(boot_ns - facts_.start_boot_ns); }

  // ---- of one that grows ----

  // More may come. False once it is closed and no part follows, or its pipe has ended.
  bool growing() const { return growing_; }
  // Header and catalogue are there; before, facts() are empty and the catalogue is the built-in one.
  bool begun() const { return begun_; }
  // What is there by now, or nullptr: as before. Its frames() are these with new ones behind them, so positions stay what they
  // are; only if the recorder took back what it had written (the disk was full) is frames_kept() less than frames().size()
  // here. It has the same logs. Throws TraceError if another recording is in its place, or what came can't be kept.
  std::unique_ptr<Trace> refresh() const;
  // How many frames it has in common with the one that it was made from.
  size_t frames_kept() const { return frames_kept_; }
  // Until there may be more, no longer than that.
  void wait(std::chrono::milliseconds time) const;

 private:
  struct Progress;

  Trace(const Trace& before);
  void begin_part(size_t part);
  void read_part(Tail tail, FramePayload& payload);
  bool read_begin(bool all_there, FramePayload& payload);
  std::optional<TraceFacts> read_header(FramePayload& payload);
  bool is_next_part(const TraceFacts& facts);
  bool read_catalogue_frame(FramePayload& payload);
  bool has_built_in_catalogue(const Frame& frame) const;
  bool leave_out(const char* why);
  void note_missing_parts(const TraceFacts& facts);
  void read_status(FramePayload& payload);
  void check_account();
  void check_index();
  void finish_look(Tail tail, FramePayload& payload);
  void sum_up_losses();
  bool follow_part(FramePayload& payload);
  bool is_in_place(size_t position) const;
  void drop_what_was_taken_back();

  std::shared_ptr<const TraceBytes> bytes_;
  std::shared_ptr<DamageLog> damage_ = std::make_shared<DamageLog>();
  std::shared_ptr<ShortfallLog> shortfalls_ = std::make_shared<ShortfallLog>();
  Frames frames_;
  std::shared_ptr<const Catalogue> catalogue_;  // shared by all traces that hold the built-in one
  TraceFacts facts_;
  RecordingCost cost_;
  Losses losses_;
  std::vector<TracePart> parts_;
  std::unique_ptr<Progress> progress_;
  size_t frames_kept_ = 0;
  bool closed_ = false, growing_ = false, begun_ = false;
};

}  // namespace ebpftrace::trace
