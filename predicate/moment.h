// SPDX-License-Identifier: Apache-2.0
// Moments and ranges of time as people write them, for filters and for options such as --from, --to and --at. Whoever
// knows the recording turns a Moment into a time.
//
//   1.5s                  so long after the start of the recording (a bare number: ns)
//   -2s                   so long before its end
//   14:03, 14:03:10.5     a time of day in the recorded host's zone: the first such moment at or after the start
//   2026-11-21T14:03:10Z  ISO 8601; without Z or +02:00 in the recorded host's zone; a date alone is its midnight
//   @exec:NAME            when a program of that name was first started; @exec:NAME#2 the second time
//   @mark:NAME            a marker; @mark:"two words"#2
//   A..B                  from A on and before B
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ebpftrace::predicate {

struct Moment {
  enum class Kind : uint8_t {
    kAfterStart,  // ns: since the start
    kBeforeEnd,   // ns: to the end
    kTimeOfDay,   // ns: since midnight, below 24 h
    kCalendar,    // ns: since 1970-01-01T00:00:00, in UTC if utc is set, else as the recorded host's clock showed it
    kExec,        // name, ordinal
    kMark,        // name, ordinal
  };
  Kind kind = Kind::kAfterStart;
  int64_t ns = 0;
  bool utc = false;
  std::string name;
  uint32_t ordinal = 1;  // from 1

  bool operator==(const Moment&) const = default;
};

struct MomentRange {
  Moment from, to;
  bool operator==(const MomentRange&) const = default;
};

// The whole text. They throw ExpressionError; its offsets count from `offset`, where the text begins.
Moment parse_moment(std::string_view text, size_t offset = 0);
MomentRange parse_range(std::string_view text, size_t offset = 0);

// parse_moment reads it back as the same Moment.
std::string to_string(const Moment& moment);

// How much of a text that begins with @ belongs to the moment: up to a blank, an operator, a bracket or "..".
size_t marker_length(std::string_view text);

}  // namespace ebpftrace::predicate
