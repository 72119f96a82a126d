// SPDX-License-Identifier: Apache-2.0
#include "analyzer/query/sort_by_time.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

namespace ebpftrace::analyzer {
namespace {

constexpr unsigned kDigitBits = 11;   // counts that stay in the first-level cache
constexpr unsigned kMostDigits = 4;   // 2^44 ns, almost five hours; comparing is as quick for more
constexpr size_t kFewest = 1u << 11;  // fewer aren't worth the counting

}  // namespace

void sort_by_time(std::span<EventKey> keys, std::vector<EventKey>& space) {
  if (keys.size() < kFewest) return std::sort(keys.begin(), keys.end());
  uint64_t least = UINT64_MAX, most = 0;
  for (const EventKey& key : keys) {
    least = std::min(least, key.time_ns);
    most = std::max(most, key.time_ns);
  }
  const unsigned digits = (static_cast<unsigned>(std::bit_width(most - least)) + kDigitBits - 1) / kDigitBits;
  if (digits > kMostDigits) return std::sort(keys.begin(), keys.end());

  const auto digit = [least](const EventKey& key, unsigned at) {
    return static_cast<size_t>((key.time_ns - least) >> (at * kDigitBits)) & ((1u << kDigitBits) - 1);
  };
  if (space.size() < keys.size()) space.resize(keys.size());
  std::span<EventKey> from = keys, to = std::span(space).first(keys.size());
  for (unsigned at = 0; at < digits; ++at, std::swap(from, to)) {
    std::array<uint32_t, 1u << kDigitBits> places{};
    for (const EventKey& key : from) ++places[digit(key, at)];
    uint32_t next = 0;
    for (uint32_t& place : places) next += std::exchange(place, next);
    for (const EventKey& key : from) to[places[digit(key, at)]++] = key;
  }
  // Of the same time, by frame and row.
  for (size_t i = 0; i < from.size();) {
    size_t end = i + 1;
    while (end < from.size() && from[end].time_ns == from[i].time_ns) ++end;
    if (end > i + 1)
      std::sort(from.begin() + static_cast<std::ptrdiff_t>(i), from.begin() + static_cast<std::ptrdiff_t>(end));
    i = end;
  }
  if (from.data() != keys.data()) std::copy(from.begin(), from.end(), keys.begin());
}

}  // namespace ebpftrace::analyzer
