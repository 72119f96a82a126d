// SPDX-License-Identifier: Apache-2.0
// The place of an event in the order of all events by time, and back, without keeping anything for each: how many begin in each
// stretch of time is counted once, in parallel, and what lies in a stretch is put into order when it is asked for.
// A stretch with too many events is divided the same way; of events at one nanosecond the order is that of the file.
// One thread at a time. Memory: the counts (512 KiB), at most kMostNested such counts more, and kMostWindows windows of keys.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "analyzer/api/session.h"
#include "analyzer/query/event_order.h"
#include "analyzer/query/scan_blocks.h"
#include "analyzer/query/sieve.h"

namespace ebpftrace::analyzer {

class TimeRanks {
 public:
  static constexpr size_t kMostKeys = 1u << 17;  // of a window
  static constexpr size_t kMostWindows = 8, kMostNested = 4;

  // most_keys: smaller only for tests.
  TimeRanks(const Session& session, Choice choice, size_t most_keys = kMostKeys);
  ~TimeRanks();

  // False: stopped; nothing is known then.
  bool count(const Watch& watch);
  bool counted() const { return counted_; }
  uint64_t rows() const { return root_.before.back(); }

  // In order, from that place on: as far as one window goes, at least one key unless there is none. A key's time is the event's
  // boot time, or the nearest that its block's header allows.
  std::vector<EventKey> keys(uint64_t offset, size_t most);
  // How many begin before that boot time.
  uint64_t before(uint64_t boot_ns);
  // Of a row, whatever its time; nothing: it doesn't pass.
  std::optional<uint64_t> offset_of(uint32_t frame, uint32_t row);

 private:
  struct Reader;

  // Stretch i is [from + (i << shift), from + ((i + 1) << shift)); before[i] rows begin before it.
  struct Counts {
    uint64_t from_ns = 0;
    unsigned shift = 0;
    std::vector<uint64_t> before{0};
    size_t stretches() const { return before.size() - 1; }
  };
  struct Window {
    uint64_t first;  // place of the first key
    std::vector<EventKey> keys;
  };
  struct Nested {
    unsigned width;  // of the stretch that it is of, as a shift
    uint64_t base;
    Counts counts;
  };
  // Stretches of one of the counts: not too many events, or too many at one nanosecond.
  struct Stretch {
    uint64_t base;  // rows before the counts
    const Counts* counts;
    size_t index;
    uint64_t first() const { return base + counts->before[index]; }
    uint64_t size() const { return counts->before[index + 1] - counts->before[index]; }
  };

  std::optional<Counts> count_within(uint64_t from_ns, uint64_t last_ns, const Watch& watch);
  trace::Positions frames_within(uint64_t from_ns, uint64_t last_ns) const;
  const Counts& nested(uint64_t base, uint64_t from_ns, unsigned width);
  template <typename Find>
  Stretch stretch(Find&& find);
  const Window& window(uint64_t offset);
  Window read_window(uint64_t offset);
  Window read_moment(const Stretch& at, uint64_t offset);

  const Session& session_;
  const trace::Trace& trace_;
  Choice choice_;
  size_t most_keys_;
  trace::Positions positions_;  // of blocks with events
  uint64_t first_ns_ = UINT64_MAX, last_ns_ = 0;
  std::unique_ptr<Reader> reader_;
  Counts root_;
  std::list<Nested> nested_;   // the latest used first
  std::list<Window> windows_;  // likewise
  bool counted_ = false;
};

}  // namespace ebpftrace::analyzer
