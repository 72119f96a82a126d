// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/time_ranks.h"

#include <algorithm>
#include <bit>
#include <map>

#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr unsigned kStretchBits = 16;
constexpr size_t kMostReaders = 16;  // a catalogue may hold more types than that

// The last nanosecond before from + (stretches << shift), as far as there are any.
uint64_t last_of(uint64_t from_ns, uint64_t stretches, unsigned shift) {
  const uint64_t length = (stretches << shift) - 1;  // 2^64 - 1 where 2^16 stretches are all of the time
  return from_ns + length < from_ns ? UINT64_MAX : from_ns + length;
}

}  // namespace

// The times of the rows that pass, block by block.
struct TimeRanks::Reader {
  Reader(const Session& session, const Choice& choice)
      : trace(session.trace()),
        everything(choice.everything()),
        payload(std::make_shared<trace::FramePayload>()),
        sieve(session, choice, payload) {}

  // visit(time, row): in the order of the block.
  template <typename Visit>
  void each(uint32_t position, Visit&& visit) {
    const trace::Frame frame = trace.frames()[position];
    const EventType* type = trace.catalogue().type(frame.type);
    if (!type || (!everything && !sieve.load(frame))) return;
    if (blocks.size() >= kMostReaders && !blocks.contains(frame.type)) blocks.clear();
    static constexpr std::string_view kTime[] = {"timeNs"};
    trace::Block& block = blocks.try_emplace(frame.type, trace, *type, kTime, payload).first->second;
    if (!block.load(frame)) return;
    while (block.next_tile()) {
      const uint64_t* times = block.column(0);
      auto hand_over = [&](size_t i) {
        visit(std::clamp(times[i], frame.first_ns, frame.last_ns), static_cast<uint32_t>(block.tile_start() + i));
      };
      if (everything)
        for (size_t i = 0; i < block.tile_rows(); ++i) hand_over(i);
      else
        sieve.selected(block.tile_start() / predicate::kTileRows).for_each([&](size_t i) {
          if (i < block.tile_rows()) hand_over(i);
        });
    }
  }

  const trace::Trace& trace;
  const bool everything;
  std::shared_ptr<trace::FramePayload> payload;
  Sieve sieve;
  std::map<uint16_t, trace::Block> blocks;
};

TimeRanks::TimeRanks(const Session& session, Choice choice, size_t most_keys)
    : session_(session),
      trace_(session.trace()),
      choice_(std::move(choice)),
      most_keys_(std::max<size_t>(most_keys, 1)),
      reader_(std::make_unique<Reader>(session, choice_)) {
  trace::Positions::Builder positions;
  for (size_t i = 0; i < trace_.frames().size(); ++i) {
    const trace::Frame frame = trace_.frames()[i];
    if (!frame.is(trace::FrameKind::kBlock) || !frame.count || frame.first_ns > frame.last_ns) continue;
    const EventType* type = trace_.catalogue().type(frame.type);
    if (!type || !type->is_event()) continue;
    positions.insert(static_cast<uint32_t>(i));
    first_ns_ = std::min(first_ns_, frame.first_ns);
    last_ns_ = std::max(last_ns_, frame.last_ns);
  }
  positions_ = std::move(positions).done();
}

TimeRanks::~TimeRanks() = default;

trace::Positions TimeRanks::frames_within(uint64_t from_ns, uint64_t last_ns) const {
  trace::Positions::Builder within;
  for (const uint32_t position : positions_) {
    const trace::Frame frame = trace_.frames()[position];
    if (frame.first_ns <= last_ns && frame.last_ns >= from_ns) within.insert(position);
  }
  return std::move(within).done();
}

std::optional<TimeRanks::Counts> TimeRanks::count_within(uint64_t from_ns, uint64_t last_ns, const Watch& watch) {
  struct Worker {
    Worker(const Session& session, const Choice& choice, size_t stretches)
        : reader(session, choice), counts(stretches) {}
    Reader reader;
    std::vector<uint64_t> counts;
  };
  Counts counts;
  counts.from_ns = from_ns;
  const auto bits = static_cast<unsigned>(std::bit_width(last_ns - from_ns));
  counts.shift = bits > kStretchBits ? bits - kStretchBits : 0;
  const size_t stretches = ((last_ns - from_ns) >> counts.shift) + 1;
  const trace::Positions positions = frames_within(from_ns, last_ns);
  std::vector<std::unique_ptr<Worker>> workers;
  const unsigned threads = worker_count(trace_, positions);
  for (unsigned i = 0; i < threads; ++i) workers.push_back(std::make_unique<Worker>(session_, choice_, stretches));
  share_out(
      threads, positions.size(),
      [&](unsigned own) {
        return [&, own](size_t i) {
          std::vector<uint64_t>& into = workers[own]->counts;
          workers[own]->reader.each(positions[i], [&](uint64_t time_ns, uint32_t) {
            if (time_ns >= from_ns && time_ns <= last_ns) ++into[(time_ns - from_ns) >> counts.shift];
          });
        };
      },
      &watch);
  if (watch.stopped()) return std::nullopt;
  counts.before.assign(stretches + 1, 0);
  for (size_t i = 0; i < stretches; ++i) {
    counts.before[i + 1] = counts.before[i];
    for (const auto& worker : workers) counts.before[i + 1] += worker->counts[i];
  }
  return counts;
}

bool TimeRanks::count(const Watch& watch) {
  if (counted_) return true;
  if (!positions_.empty()) {
    auto counts = count_within(first_ns_, last_ns_, watch);
    if (!counts) return false;
    root_ = std::move(*counts);
  }
  counted_ = true;
  return true;
}

const TimeRanks::Counts& TimeRanks::nested(uint64_t base, uint64_t from_ns, unsigned width) {
  const auto found = std::find_if(nested_.begin(), nested_.end(), [&](const Nested& one) {
    return one.width == width && one.base == base && one.counts.from_ns == from_ns;
  });
  if (found != nested_.end()) {
    nested_.splice(nested_.begin(), nested_, found);
  } else {
    nested_.push_front({width, base, *count_within(from_ns, last_of(from_ns, 1, width), Watch())});
    // The one that led here is among the latest used.
    if (nested_.size() > kMostNested) nested_.pop_back();
  }
  return nested_.front().counts;
}

// find(base, counts): the stretch of these counts.
template <typename Find>
TimeRanks::Stretch TimeRanks::stretch(Find&& find) {
  Stretch at{0, &root_, find(uint64_t{0}, root_)};
  while (at.size() > most_keys_ && at.counts->shift) {
    const uint64_t base = at.first();
    const Counts& counts =
        nested(base, at.counts->from_ns + (uint64_t{at.index} << at.counts->shift), at.counts->shift);
    at = {base, &counts, find(base, counts)};
  }
  return at;
}

// The window that has that place, which there is.
const TimeRanks::Window& TimeRanks::window(uint64_t offset) {
  const auto found = std::find_if(windows_.begin(), windows_.end(), [&](const Window& one) {
    return offset >= one.first && offset - one.first < one.keys.size();
  });
  if (found != windows_.end()) {
    windows_.splice(windows_.begin(), windows_, found);
  } else {
    windows_.push_front(read_window(offset));
    if (windows_.size() > kMostWindows) windows_.pop_back();
  }
  return windows_.front();
}

TimeRanks::Window TimeRanks::read_window(uint64_t offset) {
  const Stretch at = stretch([&](uint64_t base, const Counts& counts) {
    const auto behind = std::upper_bound(counts.before.begin(), counts.before.end(), offset - base);
    return static_cast<size_t>(behind - counts.before.begin()) - 1;
  });
  if (at.size() > most_keys_) return read_moment(at, offset);
  // With its neighbours, as many as make a window worth its blocks.
  const size_t worth = std::min<size_t>(most_keys_, 8192);
  const std::vector<uint64_t>& before = at.counts->before;
  size_t first = at.index, last = at.index + 1;
  while (last < at.counts->stretches() && before[last + 1] - before[first] <= worth) ++last;
  while (first > 0 && before[last] - before[first - 1] <= worth) --first;
  const uint64_t from_ns = at.counts->from_ns + (uint64_t{first} << at.counts->shift);
  const uint64_t last_ns = last_of(at.counts->from_ns, last, at.counts->shift);
  Window window{at.base + before[first], {}};
  for (const uint32_t position : frames_within(from_ns, last_ns))
    reader_->each(position, [&](uint64_t time_ns, uint32_t row) {
      if (time_ns >= from_ns && time_ns <= last_ns) window.keys.push_back({time_ns, position, row});
    });
  std::sort(window.keys.begin(), window.keys.end());
  return window;
}

// Of too many events at one nanosecond: those from that place on, in the order of the file.
TimeRanks::Window TimeRanks::read_moment(const Stretch& at, uint64_t offset) {
  const uint64_t time = at.counts->from_ns + at.index;
  Window window{offset, {}};
  uint64_t place = at.first();
  for (const uint32_t position : frames_within(time, time)) {
    if (window.keys.size() == most_keys_) break;
    reader_->each(position, [&](uint64_t time_ns, uint32_t row) {
      if (time_ns != time || place++ < offset || window.keys.size() == most_keys_) return;
      window.keys.push_back({time_ns, position, row});
    });
  }
  return window;
}

std::vector<EventKey> TimeRanks::keys(uint64_t offset, size_t most) {
  if (offset >= rows()) return {};
  const Window& from = window(offset);
  const auto first = static_cast<size_t>(offset - from.first);
  if (first >= from.keys.size()) return {};  // what was there when it was counted can't be read any more
  const size_t last = std::min(from.keys.size(), first + std::min(most, from.keys.size()));
  return {from.keys.begin() + static_cast<std::ptrdiff_t>(first),
          from.keys.begin() + static_cast<std::ptrdiff_t>(last)};
}

uint64_t TimeRanks::before(uint64_t boot_ns) {
  if (!rows() || boot_ns <= first_ns_) return 0;
  if (boot_ns > last_ns_) return rows();
  const Stretch at =
      stretch([&](uint64_t, const Counts& counts) { return (boot_ns - counts.from_ns) >> counts.shift; });
  if (!at.size() || at.size() > most_keys_) return at.first();
  const Window& all = window(at.first());
  const auto place = std::lower_bound(all.keys.begin(), all.keys.end(), EventKey{boot_ns, 0, 0});
  return all.first + static_cast<uint64_t>(place - all.keys.begin());
}

std::optional<uint64_t> TimeRanks::offset_of(uint32_t frame, uint32_t row) {
  if (!positions_.contains(frame)) return {};
  std::optional<uint64_t> time;
  reader_->each(frame, [&](uint64_t time_ns, uint32_t at) {
    if (at == row) time = time_ns;
  });
  if (!time || !rows()) return {};
  uint64_t place = before(*time);
  const EventKey wanted{*time, frame, row};
  // Among those of the same nanosecond.
  for (std::vector<EventKey> same; !(same = keys(place, most_keys_)).empty(); place += same.size()) {
    const auto found = std::lower_bound(same.begin(), same.end(), wanted);
    if (found != same.end())
      return *found == wanted ? std::optional(place + static_cast<uint64_t>(found - same.begin())) : std::nullopt;
  }
  return {};
}

}  // namespace ebpftrace::analyzer
