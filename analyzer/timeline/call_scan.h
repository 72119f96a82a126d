// SPDX-License-Identifier: Apache-2.0
// The calls of a block one by one, with whether a filter lets each through, and of what group it is. One per thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/fields/row_reader.h"
#include "analyzer/query/key_groups.h"
#include "analyzer/query/sieve.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

struct CallView {
  uint64_t start_ns, duration_ns;  // boot time
  uint32_t row;
  uint64_t thread, number, flags, result, file;
  uint32_t cpu;
  uint32_t group;  // of CallScan::groups(); 0 without a field
  bool passes;
};

class CallScan {
 public:
  static constexpr size_t kMostGroups = 1u << 16;

  // by: a field of system calls whose values are groups.
  CallScan(const Session& session, const Choice& choice, const std::optional<predicate::Field>& by = std::nullopt)
      : everything_(choice.everything()),
        payload_(std::make_shared<trace::FramePayload>()),
        sieve_(session, choice, payload_),
        block_(session.trace(), "syscall",
               {"thread", "number", "flags", "result", "durationNs", "file", "timeNs", "cpu"}) {
    if (!by) return;
    const predicate::Field fields[] = {*by};
    key_reader_ = std::make_unique<RowReader>(session, block_.type(), fields, std::make_shared<trace::FramePayload>());
    groups_.emplace(fields, kMostGroups);
    group_of_.resize(predicate::kTileRows);
  }

  const KeyGroups* groups() const { return groups_ ? &*groups_ : nullptr; }

  // use(const CallView&) for each row. False: damaged (reported).
  template <typename Use>
  bool read(const trace::Frame& frame, Use&& use) {
    const bool some = everything_ || sieve_.load(frame);
    if (!block_.load(frame)) return false;
    if (key_reader_ && !key_reader_->load(frame)) return false;
    const bool of_one_cpu = frame.cpu != trace::kNoCpu;
    while (block_.next_tile()) {
      const size_t rows = block_.tile_rows(), start = block_.tile_start();
      const uint64_t *const thread = block_.column(0), *const number = block_.column(1),
                            *const flags = block_.column(2), *const result = block_.column(3),
                            *const duration = block_.column(4), *const file = block_.column(5),
                            *const time = block_.column(6), *const cpu = block_.column(7);
      const Selection* selected = everything_ || !some ? nullptr : &sieve_.selected(start / predicate::kTileRows);
      if (key_reader_) {
        if (!key_reader_->go_to(start)) return false;
        groups_->groups(*key_reader_, Selection::first(rows), group_of_.data());
      }
      CallView call{};
      for (size_t i = 0; i < rows; ++i) {
        call.start_ns = time[i];
        call.duration_ns = duration[i];
        call.row = static_cast<uint32_t>(start + i);
        call.thread = thread[i];
        call.number = number[i];
        call.flags = flags[i];
        call.result = result[i];
        call.file = file[i];
        call.cpu = of_one_cpu ? frame.cpu : static_cast<uint32_t>(cpu[i]);
        call.passes = everything_ || (some && selected->test(i));
        call.group = key_reader_ ? group_of_[i] : 0;
        use(call);
      }
    }
    return true;
  }

 private:
  bool everything_;
  std::shared_ptr<trace::FramePayload> payload_;
  Sieve sieve_;
  trace::Block block_;
  std::unique_ptr<RowReader> key_reader_;
  std::optional<KeyGroups> groups_;
  std::vector<uint32_t> group_of_;
};

}  // namespace ebpftrace::analyzer
