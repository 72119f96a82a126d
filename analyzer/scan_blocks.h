// SPDX-License-Identifier: Apache-2.0
// Runs a worker per hardware thread over the blocks of a trace. Blocks are handed out in file order, so neighbours are
// worked on at about the same time; each worker keeps what it found to itself and the caller merges.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "trace/read/trace.h"

namespace ebpftrace::analyzer {

// As many as there are hardware threads, but no more than the work space for the largest of the frames allows.
inline unsigned worker_count(const trace::Trace& trace, std::span<const uint32_t> positions) {
  constexpr uint64_t kWorkSpaceBytes = 64u << 20;
  uint64_t stored = 0, raw = 1;
  for (uint32_t position : positions) {
    stored = std::max<uint64_t>(stored, trace.frames()[position].stored_bytes);
    raw = std::max<uint64_t>(raw, trace.frames()[position].raw_bytes);
  }
  const uint64_t most = std::min<uint64_t>(std::max(1u, std::thread::hardware_concurrency()), positions.size());
  return static_cast<unsigned>(std::clamp<uint64_t>(kWorkSpaceBytes / (stored + raw), 1, std::max<uint64_t>(most, 1)));
}

// make() gives a std::unique_ptr to a worker; (*worker)(frame) is called for each block it gets. The workers are
// returned when all is done. The first exception (out of memory) ends the scan and is thrown on.
template <typename Make>
auto scan_blocks(const trace::Trace& trace, std::span<const uint32_t> positions, Make&& make) {
  std::vector<decltype(make())> workers;
  const unsigned count = worker_count(trace, positions);
  for (unsigned i = 0; i < count; ++i) workers.push_back(make());

  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  auto run = [&](auto& worker) {
    try {
      for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < positions.size();)
        worker(trace.frames()[positions[i]]);
    } catch (...) {
      next = positions.size();
      std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < count; ++i) threads.emplace_back([&, i] { run(*workers[i]); });
    run(*workers[0]);
  }
  if (failure) std::rethrow_exception(failure);
  return workers;
}

}  // namespace ebpftrace::analyzer
