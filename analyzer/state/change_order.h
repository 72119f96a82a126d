// SPDX-License-Identifier: Apache-2.0
// What changed in a stretch of a recording, in the order in which it took effect, a window at a time: calls are written when they
// return and blocks are not sorted, so what a window holds is found through query/frame_queue.h. Memory is bounded by
// constants. One thread at a time; blocks are read on several, and while somebody works on a window, the next one is made.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <vector>

#include "analyzer/state/change_reader.h"

namespace ebpftrace::analyzer {

class ChangeOrder {
 public:
  static constexpr size_t kWindow = 1u << 16;

  // All must outlive it; texts of changes are kept in `texts`. Within the caller's ReadScope, if there is one.
  ChangeOrder(const Session& session, const ProcessIds& ids, const CallEffects& effects, KeptTexts& texts,
              const ChangeStretch& stretch);
  ~ChangeOrder();

  // The next ones, until it is asked again; empty: that was all.
  std::span<const Change> next();
  // How far it is, by frames.
  uint64_t frames_read() const { return handed_out_.frames_read; }
  uint64_t frames_in_all() const { return handed_out_.frames_in_all; }

 private:
  struct Window {
    std::vector<Change> changes;
    uint64_t frames_read = 0, frames_in_all = 0;
  };
  // A thread's, and frames that are its next.
  struct Reader {
    explicit Reader(auto&... sources) : changes(sources...) {}
    ChangeReader changes;
    std::vector<uint32_t> batch;
    uint64_t batch_rows = 0;
  };

  // Where in the window a change is: changes are large, so these are sorted instead.
  struct Place {
    ChangeKey key;
    uint32_t at;
    bool operator<(const Place& other) const { return key < other.key; }
  };

  Window make_window();
  void add(const Change& change);
  bool fill_batches();
  void read_batches();
  void shrink();

  const trace::Trace& trace_;
  const ChangeStretch stretch_;
  FrameQueue queue_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<Change> window_;
  std::vector<Place> places_;   // of those in the window
  std::vector<uint32_t> free_;  // places of others
  ChangeKey after_{},
      limit_{};  // what comes up to `after` was handed out; what comes behind the limit is not in the window
  bool any_handed_out_ = false;
  uint64_t frames_read_ = 0, frames_in_all_ = 0;
  Window handed_out_;
  std::future<Window> ahead_;  // the last member: all others but handed_out_ are the thread's until it is done
};

}  // namespace ebpftrace::analyzer
