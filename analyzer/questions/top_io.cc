// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/top_io.h"

#include <algorithm>
#include <array>
#include <memory>

#include "analyzer/dictionaries/io_uring.h"
#include "analyzer/dictionaries/thread_table.h"
#include "analyzer/query/call_flow.h"
#include "analyzer/query/latency_histogram.h"
#include "analyzer/query/scan_blocks.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

// One direction of one process.
struct Direction {
  uint64_t calls = 0, bytes = 0, min_ns = UINT64_MAX, max_ns = 0;
  std::unique_ptr<LatencyHistogram> latency;

  void merge(Direction& other) {
    calls += other.calls;
    bytes += other.bytes;
    min_ns = std::min(min_ns, other.min_ns);
    max_ns = std::max(max_ns, other.max_ns);
    if (latency && other.latency)
      latency->merge(*other.latency);
    else if (other.latency)
      latency = std::move(other.latency);
    other.latency.reset();
  }
  std::optional<uint64_t> p99() const { return latency ? percentile(*latency, 0.99, min_ns, max_ns) : std::nullopt; }
};

struct Sums {
  Direction read, write;
  uint64_t errors = 0, time_ns = 0, peeked_bytes = 0;
  bool io_uring = false;

  bool any() const { return read.calls || write.calls || io_uring; }
  uint64_t bytes() const { return read.bytes + write.bytes; }
};

// By position in the thread table's processes; pages of those that did I/O.
class SumsByProcess {
 public:
  explicit SumsByProcess(size_t processes) : pages_(processes / kPage + 1) {}

  Sums& of(uint32_t process) {
    auto& page = pages_[process / kPage];
    if (!page) page = std::make_unique<Page>();
    return (*page)[process % kPage];
  }
  template <typename Visit>
  void for_each(Visit&& visit) {
    for (size_t i = 0; i < pages_.size(); ++i)
      if (pages_[i])
        for (size_t k = 0; k < kPage; ++k)
          if ((*pages_[i])[k].any()) visit(static_cast<uint32_t>(i * kPage + k), (*pages_[i])[k]);
  }

 private:
  static constexpr size_t kPage = 32;
  using Page = std::array<Sums, kPage>;
  std::vector<std::unique_ptr<Page>> pages_;
};

class Worker {
 public:
  Worker(const trace::Trace& trace, const ThreadTable& threads, const CallFlow& flow)
      : block_(trace, "syscall", {"thread", "number", "flags", "result", "durationNs", "moved", "peeked"}),
        threads_(threads),
        flow_(flow),
        sums_(threads.processes().size()) {}

  void operator()(const trace::Frame& frame) {
    if (!block_.load(frame)) return;
    const auto number = block_.constant(kNumber), flags = block_.constant(kFlags);
    if (number && flags && !(flow_.of(*number, *flags) & CallFlow::kMoves)) return;
    while (block_.next_tile()) add_tile();
  }

  void add(const trace::CallSum& sum) {
    uint8_t flow = flow_.of(sum.number, sum.flags);
    if (!(flow & CallFlow::kMoves)) return;
    flow = CallFlow::directed(flow, sum.flags);
    Sums& sums = sums_.of(threads_.process_of(sum.thread));
    const CallBytes bytes = CallFlow::bytes(flow, sum);
    sums.errors += sum.errors;
    sums.time_ns += sum.total_ns;
    sums.peeked_bytes += bytes.peeked;
    if (flow & CallFlow::kReads) add(sums.read, bytes.read, sum);
    if (flow & CallFlow::kWrites) add(sums.write, bytes.written, sum);
  }

  SumsByProcess& sums() { return sums_; }

 private:
  enum { kThread, kNumber, kFlags, kResult, kDuration, kMoved, kPeeked };

  void add_tile() {
    const uint64_t *thread = block_.column(kThread), *number = block_.column(kNumber), *flags = block_.column(kFlags),
                   *result = block_.column(kResult), *duration = block_.column(kDuration),
                   *moved = block_.column(kMoved), *peeked = block_.column(kPeeked);
    uint64_t last_thread = thread[0];
    Sums* sums = nullptr;
    for (size_t i = 0, n = block_.tile_rows(); i < n; ++i) {
      uint8_t flow = flow_.of(number[i], flags[i]);
      if (!(flow & CallFlow::kMoves)) continue;
      flow = CallFlow::directed(flow, flags[i]);
      if (!sums || thread[i] != last_thread) {
        last_thread = thread[i];
        sums = &sums_.of(threads_.process_of(static_cast<uint32_t>(last_thread)));
      }
      const bool finished = !(flags[i] & SYSCALL_UNFINISHED), failed = finished && is_error(result[i]);
      const CallBytes bytes = CallFlow::bytes(flow, flags[i], result[i], moved[i], peeked[i]);
      sums->errors += failed;
      sums->time_ns += duration[i];
      const bool timed = !(flags[i] & kNoDuration);
      sums->peeked_bytes += bytes.peeked;
      if (flow & CallFlow::kReads) add(sums->read, bytes.read, duration[i], timed);
      if (flow & CallFlow::kWrites) add(sums->write, bytes.written, duration[i], timed);
    }
  }

  void add(Direction& direction, uint64_t bytes, uint64_t duration, bool timed) {
    direction.calls++;
    direction.bytes += bytes;
    if (!timed) return;
    direction.min_ns = std::min(direction.min_ns, duration);
    direction.max_ns = std::max(direction.max_ns, duration);
    if (!direction.latency) direction.latency = std::make_unique<LatencyHistogram>();
    direction.latency->add(duration, budget_);
  }

  void add(Direction& direction, uint64_t bytes, const trace::CallSum& sum) {
    direction.calls += sum.calls;
    direction.bytes += bytes;
    if (!sum.timed) return;
    direction.min_ns = std::min(direction.min_ns, sum.min_ns);
    direction.max_ns = std::max(direction.max_ns, sum.max_ns);
    if (!direction.latency) direction.latency = std::make_unique<LatencyHistogram>();
    for (const trace::SumBucket& bucket : sum.buckets)
      direction.latency->add_bucket(bucket.bucket, bucket.count, budget_);
  }

  trace::Block block_;
  const ThreadTable& threads_;
  const CallFlow& flow_;
  SumsByProcess sums_;
  HistogramBudget budget_{512u << 10};  // 32 MiB
};

}  // namespace

TopIo top_io(const trace::Trace& trace, size_t limit, Reading reading) {
  const ThreadTable threads(trace);
  const CallFlow flow(trace.catalogue());
  auto workers = scan_calls(trace, reading, [&] { return std::make_unique<Worker>(trace, threads, flow); });

  SumsByProcess& all = workers[0]->sums();
  for (size_t i = 1; i < workers.size(); ++i) {
    workers[i]->sums().for_each([&](uint32_t process, Sums& sums) {
      Sums& into = all.of(process);
      into.read.merge(sums.read);
      into.write.merge(sums.write);
      into.errors += sums.errors;
      into.time_ns += sums.time_ns;
      into.peeked_bytes += sums.peeked_bytes;
    });
  }

  struct Ranked {
    uint32_t process;
    const Sums* sums;
  };
  std::vector<Ranked> ranked;
  const std::vector<bool> rings = processes_with_rings(trace, threads);
  // Who did all of it through a ring has a row too, of zeros.
  for (uint32_t process = 1; process < rings.size(); ++process)
    if (rings[process]) all.of(process).io_uring = true;
  all.for_each([&](uint32_t process, Sums& sums) { ranked.push_back({process, &sums}); });
  const auto& processes = threads.processes();
  std::sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
    if (a.sums->bytes() != b.sums->bytes()) return a.sums->bytes() > b.sums->bytes();
    if (a.sums->time_ns != b.sums->time_ns) return a.sums->time_ns > b.sums->time_ns;
    return a.process < b.process;
  });

  TopIo result;
  result.processes = ranked.size();
  for (const auto& [process, sums] : std::span(ranked).first(std::min(limit, ranked.size()))) {
    result.rows.push_back({processes[process].pid, std::string(processes[process].name), sums->read.calls,
                           sums->read.bytes, sums->write.calls, sums->write.bytes, sums->errors, sums->time_ns,
                           sums->read.p99(), sums->write.p99(), rings[process], sums->peeked_bytes});
  }
  result.coverage = coverage_of(trace, {"syscall", "thread"});
  return result;
}

}  // namespace ebpftrace::analyzer
