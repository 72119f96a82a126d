// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/moments.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <queue>

#include "analyzer/api/question.h"
#include "analyzer/text/wall_clock.h"
#include "predicate/error.h"
#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

using predicate::Moment;
using predicate::Refusal;

constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr uint32_t kMostOccurrences = 1u << 20;  // that are told apart

uint64_t later(uint64_t ns, int64_t by) {
  if (by < 0) return ns < static_cast<uint64_t>(-by) ? 0 : ns - static_cast<uint64_t>(-by);
  return ns + static_cast<uint64_t>(by) < ns ? UINT64_MAX : ns + static_cast<uint64_t>(by);
}

int64_t floor_to(int64_t ns, int64_t step) { return ns - (ns % step + step) % step; }

// The times of the first so many of what comes in any order.
class Earliest {
 public:
  explicit Earliest(size_t most) : most_(most) {}
  void add(uint64_t ns) {
    times_.push(ns);
    if (times_.size() > most_) times_.pop();
  }
  size_t count() const { return times_.size(); }
  uint64_t last() const { return times_.top(); }

 private:
  size_t most_;
  std::priority_queue<uint64_t> times_;
};

template <typename Is>
Earliest find_rows(const trace::Trace& trace, std::string_view type, std::initializer_list<std::string_view> columns,
                   size_t most, Is&& is) {
  Earliest found(most);
  trace::Block block(trace, type, columns);  // the first of them is the time
  for (const uint32_t position : trace.blocks_of(type)) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i)
        if (is(block, i)) found.add(block.column(0)[i]);
  }
  return found;
}

bool is_program(trace::Block& block, size_t row, std::string_view name) {
  if (block.text(block.column(1)[row]).bytes == name) return true;
  // The kernel cuts command names at 15 bytes.
  const std::string_view file = block.text(block.column(2)[row]).bytes;
  const size_t slash = file.rfind('/');
  return slash != std::string_view::npos ? file.substr(slash + 1) == name : file == name;
}

predicate::OrRefusal<uint64_t> occurrence(const Earliest& found, const Moment& moment, std::string_view what) {
  if (found.count() == moment.ordinal) return found.last();
  if (!found.count()) return Refusal{fmt::format("{} in this recording", what)};
  return Refusal{fmt::format("in this recording there {} only {}", found.count() == 1 ? "is" : "are", found.count())};
}

}  // namespace

uint64_t Moments::end_ns() const {
  uint64_t end = trace_.facts().start_boot_ns;
  for (const trace::Frame& frame : trace_.frames()) {
    if (!frame.is(trace::FrameKind::kBlock)) continue;
    const EventType* type = trace_.catalogue().type(frame.type);
    if (type && type->is_event()) end = std::max(end, frame.last_ns);
  }
  return end;
}

predicate::OrRefusal<uint64_t> Moments::resolve(const Moment& moment) const {
  const trace::TraceFacts& facts = trace_.facts();
  const int64_t zone_ns = int64_t{facts.utc_offset_seconds} * 1'000'000'000;
  switch (moment.kind) {
    case Moment::Kind::kAfterStart:
      return later(facts.start_boot_ns, moment.ns);
    case Moment::Kind::kBeforeEnd:
      return later(end_ns(), -moment.ns);
    case Moment::Kind::kTimeOfDay: {
      // Far from the ends of 64 bits, whatever a file says of its clock.
      const int64_t start = std::clamp(facts.start_real_ns, INT64_MIN / 2, INT64_MAX / 2) + zone_ns;
      int64_t there = floor_to(start, kDayNs) + moment.ns;
      if (there < start) there += kDayNs;
      return WallClock(trace_).boot_ns(there - zone_ns);
    }
    case Moment::Kind::kCalendar:
      return WallClock(trace_).boot_ns(moment.utc ? moment.ns
                                                  : std::clamp(moment.ns, INT64_MIN / 2, INT64_MAX / 2) - zone_ns);
    case Moment::Kind::kExec:
    case Moment::Kind::kMark:
      break;
  }
  if (moment.ordinal > kMostOccurrences)
    return Refusal{fmt::format("only the first {} can be told apart", kMostOccurrences)};
  if (moment.kind == Moment::Kind::kMark)
    return occurrence(find_rows(trace_, "marker", {"timeNs", "text"}, moment.ordinal,
                                [&](trace::Block& block, size_t row) {
                                  return block.text(block.column(1)[row]).bytes == moment.name;
                                }),
                      moment, "there is no such marker");
  return occurrence(find_rows(trace_, "exec", {"timeNs", "comm", "filename"}, moment.ordinal,
                              [&](trace::Block& block, size_t row) { return is_program(block, row, moment.name); }),
                    moment, "no such program was started");
}

uint64_t Moments::moment(std::string_view option, std::string_view text) const {
  if (text.empty()) return end_ns();
  try {
    const auto resolved = resolve(predicate::parse_moment(text));
    if (const auto* refusal = std::get_if<Refusal>(&resolved))
      throw AskError(fmt::format("{} {}: {}", option, predicate::shortened(text), refusal->why));
    return std::get<uint64_t>(resolved);
  } catch (const predicate::ExpressionError& error) {
    throw AskError(fmt::format("{}: {}", option, predicate::explain(text, error)));
  }
}

TimeRange Moments::range(std::string_view from, std::string_view to) const {
  TimeRange range;
  if (!from.empty()) range.from_ns = moment("--from", from);
  if (!to.empty()) range.to_ns = moment("--to", to);
  if (!from.empty() && !to.empty() && range.to_ns <= range.from_ns)
    throw AskError(fmt::format("--to {} is not after --from {}", predicate::shortened(to), predicate::shortened(from)));
  return range;
}

}  // namespace ebpftrace::analyzer
