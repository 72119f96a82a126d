// SPDX-License-Identifier: Apache-2.0
#include "analyzer/syscalls.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>

#include "analyzer/block.h"
#include "analyzer/call_flow.h"
#include "analyzer/latency_histogram.h"
#include "analyzer/scan_blocks.h"

namespace ebpftrace {
namespace {

struct Calls {
  uint64_t calls = 0, errors = 0, total_ns = 0, min_ns = UINT64_MAX, max_ns = 0;
  LatencyHistogram latency;

  void merge(const Calls& other) {
    calls += other.calls;
    errors += other.errors;
    total_ns += other.total_ns;
    min_ns = std::min(min_ns, other.min_ns);
    max_ns = std::max(max_ns, other.max_ns);
    latency.merge(other.latency);
  }
};

class Worker {
 public:
  explicit Worker(const Trace& trace)
      : block_(trace, "syscall", {"number", "flags", "result", "durationNs"}), positions_(2 << 16) {}

  void operator()(const Frame& frame) {
    if (!block_.load(frame)) return;
    while (block_.next_tile()) {
      const uint64_t *number = block_.column(kNumber), *flags = block_.column(kFlags), *result = block_.column(kResult),
                     *duration = block_.column(kDuration);
      for (size_t i = 0, n = block_.tile_rows(); i < n; ++i) {
        uint32_t& position = positions_[(flags[i] & kCompat) << 15 | (number[i] & 0xffff)];
        if (!position) [[unlikely]] {
          calls_.emplace_back();
          position = static_cast<uint32_t>(calls_.size());
        }
        Calls& calls = calls_[position - 1];
        calls.calls++;
        calls.total_ns += duration[i];
        if (flags[i] & kUnfinished) continue;
        calls.errors += is_error(result[i]);
        calls.min_ns = std::min(calls.min_ns, duration[i]);
        calls.max_ns = std::max(calls.max_ns, duration[i]);
        calls.latency.add(duration[i], budget_);
      }
    }
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (size_t i = 0; i < positions_.size(); ++i)
      if (positions_[i]) visit(i >> 16, static_cast<uint16_t>(i), calls_[positions_[i] - 1]);
  }

 private:
  enum { kNumber, kFlags, kResult, kDuration };

  Block block_;
  std::vector<uint32_t> positions_;  // compat << 16 | number -> position in calls_ + 1
  std::deque<Calls> calls_;
  HistogramBudget budget_{256u << 10};  // 16 MiB
};

}  // namespace

Syscalls syscalls(const Trace& trace, size_t limit) {
  const auto workers = scan_blocks(trace, trace.blocks_of("syscall"), [&] { return std::make_unique<Worker>(trace); });
  std::map<std::string, Calls> by_name;
  for (const auto& worker : workers)
    worker->for_each([&](bool compat, uint16_t number, const Calls& calls) {
      by_name[trace.catalogue().table(compat).name(number)].merge(calls);
    });

  Syscalls result;
  result.names = by_name.size();
  for (const auto& [name, calls] : by_name) {
    SyscallRow row{name, calls.calls, calls.errors, calls.total_ns};
    if (calls.min_ns <= calls.max_ns) {
      row.min_ns = calls.min_ns;
      row.p50_ns = percentile(calls.latency, 0.50, calls.min_ns, calls.max_ns);
      row.p99_ns = percentile(calls.latency, 0.99, calls.min_ns, calls.max_ns);
      row.max_ns = calls.max_ns;
    }
    result.rows.push_back(std::move(row));
  }
  std::stable_sort(result.rows.begin(), result.rows.end(), [](const SyscallRow& a, const SyscallRow& b) {
    return a.total_ns != b.total_ns ? a.total_ns > b.total_ns : a.calls > b.calls;
  });
  result.rows.resize(std::min(limit, result.rows.size()));
  result.coverage = coverage_of(trace, {"syscall"});
  return result;
}

}  // namespace ebpftrace
