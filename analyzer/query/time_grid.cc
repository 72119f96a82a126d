// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/time_grid.h"

#include <fmt/format.h>

#include "analyzer/query/moments.h"
#include "predicate/error.h"
#include "predicate/number.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kUsualBuckets = 200;  // at most, if nobody says how long they are

// 1, 2 or 5 times a power of ten, at least so much.
uint64_t round_number(uint64_t least) {
  for (uint64_t power = 1; power < 10'000'000'000'000'000'000u; power *= 10)
    for (const uint64_t factor : {1, 2, 5})
      if (factor * power >= least && factor * power / power == factor) return factor * power;
  return 10'000'000'000'000'000'000u;
}

uint64_t asked_bucket_ns(std::string_view text) {
  try {
    const predicate::Number number = predicate::parse_number(text);
    if (number.unit == predicate::UnitKind::kTime && !number.value.negative && number.value.magnitude)
      return number.value.magnitude;
  } catch (const predicate::ExpressionError&) {  // what would do is said below
  }
  throw AskError(fmt::format("--bucket: '{}' is no length of time such as 10ms, 1s, 500us", text));
}

}  // namespace

TimeGrid time_grid(const trace::Trace& trace, const Asked& asked) {
  const TimeRange range = Moments(trace).range(asked.from, asked.to);
  TimeGrid grid;
  grid.from_ns = std::max(range.from_ns, trace.facts().start_boot_ns);
  uint64_t last_ns = 0;
  for (const trace::Frame& frame : trace.frames()) {
    if (!frame.is(trace::FrameKind::kBlock) || !frame.count) continue;
    const EventType* type = trace.catalogue().type(frame.type);
    if (type && type->is_event()) last_ns = std::max(last_ns, frame.last_ns);
  }
  if (range.to_ns <= last_ns) last_ns = range.to_ns - 1;
  const uint64_t span_ns = last_ns > grid.from_ns ? last_ns - grid.from_ns : 0;
  const auto text = asked.option("bucket");
  grid.bucket_ns = text ? asked_bucket_ns(*text) : round_number(span_ns / kUsualBuckets + 1);
  const uint64_t buckets = span_ns / grid.bucket_ns + 1;
  if (buckets > kMostBuckets)
    throw AskError(fmt::format("--bucket: that makes {} stretches of time, more than {}; {} or longer would do",
                               buckets, kMostBuckets,
                               predicate::duration_text(round_number(span_ns / kMostBuckets + 1))));
  grid.buckets = buckets;
  return grid;
}

}  // namespace ebpftrace::analyzer
