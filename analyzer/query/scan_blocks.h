// SPDX-License-Identifier: Apache-2.0
// Runs a worker per hardware thread over the blocks of a trace. Blocks are handed out in file order, so neighbours are
// worked on at about the same time; each worker keeps what it found to itself and the caller merges.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "analyzer/api/question.h"
#include "trace/read/reads.h"
#include "trace/read/summaries.h"
#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// What one thread writes all the time lies so far from what others use: processors fetch cache lines in pairs.
inline constexpr size_t kApartBytes = 128;

// As many as there are hardware threads, but no more than the work space for the largest of the frames allows.
class WorkerCount {
 public:
  void add(const trace::Frame& frame) {
    stored_ = std::max<uint64_t>(stored_, frame.stored_bytes);
    raw_ = std::max<uint64_t>(raw_, frame.raw_bytes);
    ++frames_;
  }
  unsigned count() const {
    constexpr uint64_t kWorkSpaceBytes = 64u << 20;
    const uint64_t most = std::min<uint64_t>(std::max(1u, std::thread::hardware_concurrency()), frames_);
    return static_cast<unsigned>(
        std::clamp<uint64_t>(kWorkSpaceBytes / (stored_ + raw_), 1, std::max<uint64_t>(most, 1)));
  }

 private:
  uint64_t stored_ = 0, raw_ = 1, frames_ = 0;
};

// `positions`: trace::Positions, or whatever else lists them.
template <typename List>
unsigned worker_count(const trace::Trace& trace, const List& positions) {
  WorkerCount workers;
  for (const uint32_t position : positions) workers.add(trace.frames()[position]);
  return workers.count();
}

// Whoever waits for a scan: may want it to stop, and to be told how far it is.
class Watch {
 public:
  Watch() = default;
  explicit Watch(const Asked& asked) : stop_(asked.stop), progress_(asked.progress) {}

  bool stopped() const { return stop_.stop_requested(); }
  const std::stop_token& stop() const { return stop_; }
  // Of any thread: `done` of `all` pieces.
  void tell(uint64_t done, uint64_t all) const {
    if (!progress_) return;
    std::lock_guard lock(mutex_);
    progress_({pass_ * all + done, passes_ * all, pass_ + 1, passes_});
  }
  // What is told from now on is of one of several scans, from 0. Not while one is under way.
  void begin_pass(uint32_t pass, uint32_t passes) const {
    pass_ = pass;
    passes_ = passes;
  }

 private:
  std::stop_token stop_;
  std::function<void(const Progress&)> progress_;
  mutable std::mutex mutex_;
  mutable uint32_t pass_ = 0, passes_ = 1;
};

// On `threads` threads, this one among them: work = make_work(thread), then work(i) for each of the `items` that it
// gets. The first exception (out of memory) ends it all and is thrown on.
template <typename MakeWork>
void share_out(unsigned threads, size_t items, MakeWork&& make_work, const Watch* watch = nullptr) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  auto run = [&, reads = trace::Reads::current()](unsigned thread) {
    const trace::ReadHelper helper(reads);
    try {
      auto work = make_work(thread);
      for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < items;) {
        work(i);
        if (!watch) continue;
        if (watch->stopped()) break;
        if (i % 64 == 63) watch->tell(i + 1, items);
      }
    } catch (...) {
      next = items;
      std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([&, i] { run(i); });
    run(0);
  }
  if (failure) std::rethrow_exception(failure);
}

// make() gives a std::unique_ptr to a worker; (*worker)(frame) is called for each block it gets. The workers are
// returned when all is done.
template <typename List, typename Make>
auto scan_blocks(const trace::Trace& trace, const List& positions, Make&& make, const Watch* watch = nullptr) {
  std::vector<decltype(make())> workers;
  const unsigned count = worker_count(trace, positions);
  for (unsigned i = 0; i < count; ++i) workers.push_back(make());
  share_out(
      count, positions.size(),
      [&](unsigned own) {
        return [&worker = *workers[own], &trace, &positions](size_t i) { worker(trace.frames()[positions[i]]); };
      },
      watch);
  return workers;
}

// The same over all system calls: (*worker)(frame) for blocks, worker->add(sum) for what summaries say instead of them.
template <typename Make>
auto scan_calls(const trace::Trace& trace, Reading reading, Make&& make, const Watch* watch = nullptr) {
  const trace::CallPlan plan = trace::plan_calls(trace, reading == Reading::kSummaries);
  WorkerCount needed;
  for (const trace::CallWork& piece : plan.summed) needed.add(trace.frames()[piece.position]);
  for (const uint32_t position : plan.blocks) needed.add(trace.frames()[position]);
  std::vector<decltype(make())> workers;
  const unsigned count = needed.count();
  for (unsigned i = 0; i < count; ++i) workers.push_back(make());
  share_out(
      count, plan.size(),
      [&](unsigned own) {
        return [&, own, reader = std::make_unique<trace::SummaryReader>(trace)](size_t i) {
          if (reader->load(plan[i])) {
            for (const trace::CallSum& sum : reader->sums()) workers[own]->add(sum);
          } else {
            for (const uint32_t position : reader->blocks()) (*workers[own])(trace.frames()[position]);
          }
        };
      },
      watch);
  return workers;
}

}  // namespace ebpftrace::analyzer
