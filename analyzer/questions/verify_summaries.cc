// SPDX-License-Identifier: Apache-2.0
#include "analyzer/questions/verify_summaries.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "analyzer/query/call_flow.h"
#include "trace/format/latency_buckets.h"
#include "trace/read/block.h"
#include "trace/read/summaries.h"

namespace ebpftrace::analyzer {
namespace {

struct Sum {
  struct Bucket {
    unsigned number;
    uint64_t count;
    bool operator==(const Bucket&) const = default;
  };

  uint64_t calls = 0, errors = 0, unfinished = 0, timed = 0, total_ns = 0, min_ns = UINT64_MAX, max_ns = 0, bytes = 0,
           peeked = 0;
  std::vector<Bucket> buckets;  // by number
  bool operator==(const Sum&) const = default;

  uint64_t& bucket(unsigned number) {
    auto at = std::ranges::lower_bound(buckets, number, {}, &Bucket::number);
    if (at == buckets.end() || at->number != number) at = buckets.insert(at, {number, 0});
    return at->count;
  }
};
struct Key {
  uint32_t thread, number;
  uint64_t flags;
  bool operator==(const Key&) const = default;
};
struct KeyHash {
  size_t operator()(const Key& key) const {
    const uint64_t mixed = (uint64_t{key.thread} << 32 | key.number) * 0x9e3779b97f4a7c15u ^ key.flags;
    return mixed ^ mixed >> 32;
  }
};
using Sums = std::unordered_map<Key, Sum, KeyHash>;

// The rows of the blocks of a unit.
class Rows {
 public:
  explicit Rows(const trace::Trace& trace)
      : trace_(trace),
        flow_(trace.catalogue()),
        block_(trace, "syscall",
               {"timeNs", "durationNs", "thread", "number", "flags", "result", "moved", "peeked", "file"}) {}

  // most: of different sums; false if there are more, or a block can't be read.
  bool read(std::span<const uint32_t> positions, size_t most, uint64_t long_ns) {
    sums.clear();
    long_calls.clear();
    first_return_ns = UINT64_MAX;
    last_return_ns = 0;
    for (const uint32_t position : positions) {
      if (!block_.load(trace_.frames()[position])) return false;
      while (block_.next_tile())
        for (size_t i = 0; i < block_.tile_rows(); ++i)
          if (!add(i, most, long_ns)) return false;
    }
    return true;
  }

  Sums sums;
  std::vector<trace::LongCall> long_calls;
  uint64_t first_return_ns = 0, last_return_ns = 0;

 private:
  enum { kTime, kDuration, kThread, kNumber, kFlags, kResult, kMoved, kPeeked, kFile };

  bool add(size_t i, size_t most, uint64_t long_ns) {
    auto get = [&](unsigned column) { return block_.column(column)[i]; };
    const uint64_t flags = get(kFlags), result = get(kResult), duration = get(kDuration), number = get(kNumber);
    Sum& sum = sums[{static_cast<uint32_t>(get(kThread)), static_cast<uint32_t>(number),
                     flags & (SYSCALL_COMPAT | SYSCALL_REVERSED)}];
    if (sums.size() > most) return false;
    ++sum.calls;
    sum.total_ns += duration;
    if (flags & SYSCALL_UNFINISHED) {
      ++sum.unfinished;
    } else {
      sum.errors += is_error(result);
      if (result < uint64_t{1} << 63) {
        if (flow_.of(number, flags) & CallFlow::kMoves) sum.bytes += flags & SYSCALL_MOVED ? get(kMoved) : result;
        sum.peeked += get(kPeeked);
      }
      first_return_ns = std::min(first_return_ns, get(kTime) + duration);
      last_return_ns = std::max(last_return_ns, get(kTime) + duration);
    }
    if (!(flags & trace::kNoDuration)) {
      ++sum.timed;
      sum.min_ns = std::min(sum.min_ns, duration);
      sum.max_ns = std::max(sum.max_ns, duration);
      ++sum.bucket(trace::bucket_of(duration));
    }
    if (long_ns && duration >= long_ns)
      long_calls.push_back({0, get(kTime), duration, get(kThread), number, flags, result, get(kFile)});
    return true;
  }

  const trace::Trace& trace_;
  const CallFlow flow_;
  trace::Block block_;
};

// Of calls that count no bytes, what the summary's writer added up is of no use to anybody.
Sums sums_of(std::span<const trace::CallSum> from, const CallFlow& flow) {
  Sums sums;
  for (const trace::CallSum& row : from) {
    Sum& sum = sums[{row.thread, row.number, row.flags}];
    sum = {row.calls,  row.errors, row.unfinished,   row.timed, row.total_ns, row.timed ? row.min_ns : UINT64_MAX,
           row.max_ns, 0,          row.peeked_bytes, {}};
    if (flow.of(row.number, row.flags) & CallFlow::kMoves) sum.bytes = row.bytes;
    for (const trace::SumBucket& bucket : row.buckets) sum.bucket(bucket.bucket) = bucket.count;
  }
  return sums;
}

bool same(const trace::LongCall& a, const trace::LongCall& b) {
  return std::tie(a.start_ns, a.duration_ns, a.thread, a.number, a.flags, a.result, a.file) ==
         std::tie(b.start_ns, b.duration_ns, b.thread, b.number, b.flags, b.result, b.file);
}

}  // namespace

SummaryFaults compare_summaries(const trace::Trace& trace) {
  SummaryFaults result;
  trace::SummaryReader reader(trace);
  Rows rows(trace);
  const CallFlow flow(trace.catalogue());
  auto fault = [&](uint32_t summary, const char* what) {
    ++result.faults;
    trace.damage().report(trace.frames()[summary].offset, what);
  };
  for (const trace::CallWork& work : trace::all_sums(trace)) {
    ++result.units;
    if (!reader.load(work)) {
      ++result.faults;  // which it has reported
      continue;
    }
    const Sums said = sums_of(reader.sums(), flow);
    if (!rows.read(reader.blocks(), said.size(), 0) || rows.sums != said)
      fault(work.position, "the summary's sums are not those of the rows");
  }
  for (uint32_t i = 0; i < trace.frames().size(); ++i) {
    if (!trace.frames()[i].is(trace::FrameKind::kSummary) || !reader.load_facts(i)) continue;
    const std::vector<trace::UnitFacts> units(reader.units().begin(), reader.units().end());
    const std::vector<trace::LongCall> calls(reader.long_calls().begin(), reader.long_calls().end());
    const uint64_t long_ns = reader.long_ns();
    auto next = calls.begin();
    for (uint32_t unit = 0; unit < units.size(); ++unit) {
      ++result.units;
      const auto end = std::find_if(next, calls.end(), [&](const trace::LongCall& call) { return call.unit != unit; });
      if (!rows.read(reader.blocks_of_unit(unit), SIZE_MAX, long_ns)) continue;
      const bool returned = rows.first_return_ns <= rows.last_return_ns;
      if (units[unit].first_return_ns != (returned ? rows.first_return_ns : 0) ||
          units[unit].last_return_ns != rows.last_return_ns)
        fault(i, "the summary's times of return are not those of the rows");
      if (units[unit].has_long_calls ? !std::equal(next, end, rows.long_calls.begin(), rows.long_calls.end(), same)
                                     : next != end)
        fault(i, "the summary's long calls are not those of the rows");
      next = end;
    }
  }
  return result;
}

}  // namespace ebpftrace::analyzer
