// SPDX-License-Identifier: Apache-2.0
#include "analyzer/api/call_statistics.h"

#include <bit>
#include <memory>

#include "analyzer/query/call_flow.h"
#include "analyzer/query/call_query.h"
#include "analyzer/query/call_rows.h"
#include "analyzer/query/coverage.h"
#include "analyzer/query/latency_histogram.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/timeline/call_kinds.h"
#include "trace/format/latency_buckets.h"

namespace ebpftrace::analyzer {
namespace {

constexpr unsigned kOctaves = 64;

unsigned octave_of(uint64_t ns) { return ns < 2 ? 0 : static_cast<unsigned>(std::bit_width(ns)) - 1; }

struct Sums {
  uint64_t calls = 0, errors = 0, unfinished = 0, read_bytes = 0, write_bytes = 0, total_ns = 0;
  uint64_t min_ns = UINT64_MAX, max_ns = 0;
  LatencyHistogram latency;
  struct Octave {
    std::array<uint64_t, kCallClasses> calls{}, time_ns{};
  };
  std::array<Octave, kOctaves> octaves{};

  void add_duration(CallClass of, unsigned bucket, uint32_t count, HistogramBudget& budget) {
    latency.add_bucket(bucket, count, budget);
    const uint64_t middle = trace::middle_of_bucket(bucket);
    Octave& octave = octaves[octave_of(middle)];
    octave.calls[static_cast<size_t>(of)] += count;
    octave.time_ns[static_cast<size_t>(of)] += count * middle;
  }

  void merge(const Sums& other) {
    calls += other.calls;
    errors += other.errors;
    unfinished += other.unfinished;
    read_bytes += other.read_bytes;
    write_bytes += other.write_bytes;
    total_ns += other.total_ns;
    min_ns = std::min(min_ns, other.min_ns);
    max_ns = std::max(max_ns, other.max_ns);
    latency.merge(other.latency);
    for (unsigned i = 0; i < kOctaves; ++i)
      for (unsigned of = 0; of < kCallClasses; ++of) {
        octaves[i].calls[of] += other.octaves[i].calls[of];
        octaves[i].time_ns[of] += other.octaves[i].time_ns[of];
      }
  }
};

class Worker {
 public:
  Worker(const Session& session, const CallQuery& query, const CallKinds& kinds)
      : rows_(session, query, {"number", "flags", "result", "durationNs", "moved", "peeked"}),
        flow_(session.flow()),
        kinds_(kinds) {}

  void operator()(const trace::Frame& frame) {
    if (!rows_.load(frame)) return;
    while (rows_.next_tile())
      rows_.selected().for_each([&](size_t i) {
        if (i < rows_.rows()) add_row(i);
      });
  }

  void add(const trace::CallSum& sum) {
    const CallBytes bytes = CallFlow::bytes(flow_.of(sum.number, sum.flags), sum);
    sums_.calls += sum.calls;
    sums_.errors += sum.errors;
    sums_.unfinished += sum.unfinished;
    sums_.total_ns += sum.total_ns;
    sums_.read_bytes += bytes.read;
    sums_.write_bytes += bytes.written;
    if (!sum.timed) return;
    sums_.min_ns = std::min(sums_.min_ns, sum.min_ns);
    sums_.max_ns = std::max(sums_.max_ns, sum.max_ns);
    const CallClass of = kinds_.of(sum.number, sum.flags).of;
    for (const trace::SumBucket& bucket : sum.buckets) sums_.add_duration(of, bucket.bucket, bucket.count, budget_);
  }

  const Sums& sums() const { return sums_; }

 private:
  enum { kNumber, kFlags, kResult, kDuration, kMoved, kPeeked };

  void add_row(size_t i) {
    const uint64_t number = rows_.column(kNumber)[i], flags = rows_.column(kFlags)[i],
                   result = rows_.column(kResult)[i], duration = rows_.column(kDuration)[i];
    const CallBytes bytes = CallFlow::bytes(CallFlow::directed(flow_.of(number, flags), flags), flags, result,
                                            rows_.column(kMoved)[i], rows_.column(kPeeked)[i]);
    ++sums_.calls;
    sums_.total_ns += duration;
    sums_.read_bytes += bytes.read;
    sums_.write_bytes += bytes.written;
    if (flags & SYSCALL_UNFINISHED) {
      ++sums_.unfinished;
      return;
    }
    sums_.errors += is_error(result);
    if (flags & trace::kNoDuration) return;
    sums_.min_ns = std::min(sums_.min_ns, duration);
    sums_.max_ns = std::max(sums_.max_ns, duration);
    sums_.add_duration(kinds_.of(number, flags).of, trace::bucket_of(duration), 1, budget_);
  }

  CallRows rows_;
  const CallFlow& flow_;
  const CallKinds& kinds_;
  Sums sums_;
  HistogramBudget budget_{UINT32_MAX};  // one histogram: 61 pages
};

}  // namespace

CallStatistics call_statistics(const Session& session, const Asked& asked) {
  const trace::ReadScope scope;
  const Watch watch(asked);
  Asked of_calls;
  of_calls.filter = asked.filter;
  of_calls.from = asked.from;
  of_calls.to = asked.to;
  of_calls.reading = asked.reading;
  const CallQuery query = call_query(session, of_calls, watch);
  const CallKinds kinds(session.trace().catalogue());
  const auto workers = scan_calls(
      session.trace(), query.how_to_read(), [&] { return std::make_unique<Worker>(session, query, kinds); }, &watch);
  Sums all;
  for (const auto& worker : workers) all.merge(worker->sums());

  CallStatistics statistics;
  statistics.calls = all.calls;
  statistics.errors = all.errors;
  statistics.unfinished = all.unfinished;
  statistics.read_bytes = all.read_bytes;
  statistics.write_bytes = all.write_bytes;
  statistics.total_ns = all.total_ns;
  statistics.stopped = watch.stopped();
  statistics.coverage = coverage_of(session.trace(), scope);
  if (all.min_ns > all.max_ns) return statistics;
  statistics.min_ns = all.min_ns;
  statistics.max_ns = all.max_ns;
  statistics.p50_ns = percentile(all.latency, 0.50, all.min_ns, all.max_ns);
  statistics.p90_ns = percentile(all.latency, 0.90, all.min_ns, all.max_ns);
  statistics.p99_ns = percentile(all.latency, 0.99, all.min_ns, all.max_ns);
  for (unsigned i = octave_of(all.min_ns); i <= octave_of(all.max_ns); ++i)
    statistics.octaves.push_back({i ? uint64_t{1} << i : 0, all.octaves[i].calls, all.octaves[i].time_ns});
  return statistics;
}

}  // namespace ebpftrace::analyzer
