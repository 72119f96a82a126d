// SPDX-License-Identifier: Apache-2.0
// The rows of a frame -> what they changed: of calls by call_effects.h. One per thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/dictionaries/file_table.h"
#include "analyzer/dictionaries/kept_texts.h"
#include "analyzer/query/frame_queue.h"
#include "analyzer/state/call_effects.h"
#include "analyzer/state/change.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {

class ProcessIds;

inline constexpr ChangeKey kNoChange{UINT64_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};  // behind all

// Of a recording, and what of it is wanted.
struct ChangeStretch {
  size_t first_frame = 0, snapshot_end = 0;           // what was running and open is that of these frames
  uint64_t snapshot_from_ns = 0, snapshot_to_ns = 0;  // when that was looked at
  uint64_t since_ns = 0, up_to_ns = UINT64_MAX;       // changes that took effect in [since, up to]
  std::optional<ChangeKey> after;                     // and later than this one
};

class ChangeReader {
 public:
  // All must outlive it; texts of changes are kept in `texts`.
  ChangeReader(const Session& session, const ProcessIds& ids, const CallEffects& effects, KeptTexts& texts,
               const ChangeStretch& stretch);
  ChangeReader(const ChangeReader&) = delete;

  // Appends to what follows: changes of the stretch behind *after, if there is one; those behind the limit are left.
  void read(uint32_t frame, const ChangeKey* after, const ChangeKey& limit);
  std::vector<Change> changes;
  std::vector<EventKey> left;  // of each frame that has any behind the limit, when the first of them took effect

 private:
  struct Use {
    uint32_t thread = 0, fd = 0, file = 0;
  };

  void read(uint32_t frame);
  void read_calls(const trace::Frame& frame);
  void read_call(size_t i);
  void add_passed(Change change, std::string_view content, bool close_on_exec);
  void add_move(Change change, const CallEffects::Row& row, unsigned which, uint32_t file, CallBytes bytes,
                const uint64_t* args, bool ended);
  void add_path_change(Change change, const CallEffects::Row& row, size_t i, const uint64_t* args, uint32_t file,
                       uint32_t file2, uint32_t cwd);
  std::string_view text_bytes(size_t i, unsigned column, bool* whole = nullptr);
  void emit(Change change);

  const FileTable& files_;
  const trace::Trace& trace_;
  const ProcessIds& ids_;
  const CallEffects& effects_;
  KeptTexts& texts_;
  const ChangeStretch& stretch_;

  std::shared_ptr<trace::FramePayload> payload_;
  trace::Block calls_, call_texts_, forks_, execs_, exits_, processes_, open_files_;
  bool texts_loaded_ = false, texts_fail_ = false;
  std::array<Use, 1024> uses_;
  std::array<Use, 256> places_;  // thread, file

  const ChangeKey* after_ = nullptr;
  ChangeKey limit_{}, earliest_left_{};
  uint32_t frame_ = 0, row_ = 0, part_ = 0;
};

}  // namespace ebpftrace::analyzer
