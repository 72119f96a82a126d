// SPDX-License-Identifier: Apache-2.0
#include "trace/format/column_codec.h"

#include <endian.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <numeric>
#include <utility>

namespace ebpftrace::trace {
namespace {

using schema::Encoding;
using schema::Layout;

uint64_t zigzag(uint64_t difference) { return (difference << 1) ^ (0 - (difference >> 63)); }
uint64_t unzigzag(uint64_t stored) { return (stored >> 1) ^ (0 - (stored & 1)); }

unsigned bytes_for(uint64_t any_bits) { return (std::bit_width(any_bits) + 7) / 8; }

// Sanitizers and the ifunc resolvers behind target_clones don't go together.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define VECTORISED
#endif

// Planes -> stored values, each width with its own straight loop.
template <unsigned Width>
__attribute__((always_inline)) inline void join(const uint8_t* planes, size_t stride, uint64_t base, uint64_t* to,
                                                size_t n) {
  for (size_t i = 0; i < n; ++i) {
    uint64_t value = planes[i];
    for (unsigned k = 1; k < Width; ++k) value |= static_cast<uint64_t>(planes[k * stride + i]) << (8 * k);
    to[i] = value + base;
  }
}

VECTORISED void join_planes(const uint8_t* planes, size_t stride, unsigned width, uint64_t base, uint64_t* to,
                            size_t n) {
  switch (width) {
    case 1:
      join<1>(planes, stride, base, to, n);
      break;
    case 2:
      join<2>(planes, stride, base, to, n);
      break;
    case 3:
      join<3>(planes, stride, base, to, n);
      break;
    case 4:
      join<4>(planes, stride, base, to, n);
      break;
    case 5:
      join<5>(planes, stride, base, to, n);
      break;
    case 6:
      join<6>(planes, stride, base, to, n);
      break;
    case 7:
      join<7>(planes, stride, base, to, n);
      break;
    default:
      join<8>(planes, stride, base, to, n);
      break;
  }
}

// The same of rows that lie anywhere.
template <unsigned Width>
void gather(const uint8_t* planes, size_t stride, const uint32_t* place, uint64_t base, uint64_t* to, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const uint8_t* at = planes + place[i];
    uint64_t value = at[0];
    for (unsigned k = 1; k < Width; ++k) value |= static_cast<uint64_t>(at[k * stride]) << (8 * k);
    to[i] = value + base;
  }
}

constexpr decltype(&gather<1>) kGather[] = {gather<1>, gather<2>, gather<3>, gather<4>,
                                            gather<5>, gather<6>, gather<7>, gather<8>};

// sized: a value below 4 is its own magnitude. Of others, with n bits, the magnitude has n and the two bits behind the highest;
// the n - 3 that are left follow apart.
constexpr unsigned kMagnitudes = 4 + 4 * 62;

unsigned magnitude(uint64_t value) {
  if (value < 4) return static_cast<unsigned>(value);
  const unsigned more = static_cast<unsigned>(std::bit_width(value)) - 3;
  return 4 + 4 * more + (value >> more & 3);
}

constexpr unsigned more_bits(unsigned magnitude) { return magnitude < 4 ? 0 : magnitude / 4 - 1; }

struct Magnitude {
  uint64_t least;  // value of the magnitude
  uint64_t mask;   // of its bits that follow
};

constexpr auto kMagnitude = [] {
  std::array<Magnitude, kMagnitudes> table{};
  for (unsigned m = 0; m < kMagnitudes; ++m) {
    const unsigned more = more_bits(m);
    table[m] = {m < 4 ? m : (uint64_t{4} | m % 4) << more, (uint64_t{1} << more) - 1};
  }
  return table;
}();

void store_sized(std::span<const uint64_t> values, std::span<uint8_t> to) {
  uint8_t* bits = to.data() + values.size();
  const uint8_t* const end = to.data() + to.size();
  uint64_t pending = 0;
  unsigned filled = 0;  // at most 7 between values
  auto store_bytes = [&] {
    for (; filled >= 8; filled -= 8, pending >>= 8) *bits++ = static_cast<uint8_t>(pending);
  };
  for (size_t i = 0; i < values.size(); ++i) {
    const unsigned m = magnitude(values[i]), more = more_bits(m);
    to[i] = static_cast<uint8_t>(m);
    const uint64_t value = values[i] & kMagnitude[m].mask;
    if (more <= 56 && end - bits >= 8) {  // eight bytes at once, of which the next ones overwrite what is not used yet
      pending |= value << filled;
      filled += more;
      const uint64_t stored = htole64(pending);
      std::memcpy(bits, &stored, sizeof stored);
      bits += filled / 8;
      pending >>= filled & ~7u;
      filled &= 7;
      continue;
    }
    pending |= (value & UINT32_MAX) << filled;
    filled += std::min(more, 32u);
    store_bytes();
    if (more <= 32) continue;
    pending |= value >> 32 << filled;
    filled += more - 32;
    store_bytes();
  }
  if (filled) *bits = static_cast<uint8_t>(pending);
}

// The passes over a column of a block that is written.
VECTORISED uint64_t differing_bits(const uint64_t* values, size_t n) {
  uint64_t differs = 0;
  for (size_t i = 0; i < n; ++i) differs |= values[i] ^ values[0];
  return differs;
}

VECTORISED uint64_t least_of(const uint64_t* values, size_t n) {
  uint64_t least = values[0];
  for (size_t i = 1; i < n; ++i) least = values[i] < least ? values[i] : least;
  return least;
}

// to[i] = values[i] - base; what bits they have.
VECTORISED uint64_t subtract(const uint64_t* __restrict values, uint64_t base, uint64_t* __restrict to, size_t n) {
  uint64_t bits = 0;
  for (size_t i = 0; i < n; ++i) bits |= to[i] = values[i] - base;
  return bits;
}

VECTORISED void split_planes(const uint64_t* values, uint8_t* planes, unsigned width, size_t n) {
  for (unsigned k = 0; k < width; ++k) {
    uint8_t* const plane = planes + k * n;
    for (size_t i = 0; i < n; ++i) plane[i] = static_cast<uint8_t>(values[i] >> (8 * k));
  }
}

// The bits from there on, wherever they are: false if they are not there.
bool read_bits(std::span<const uint8_t> bits, size_t bit, unsigned count, uint64_t& value) {
  if (bit + count > bits.size() * 8) return false;
  value = 0;
  for (unsigned k = 0; k < count; ++k) value |= static_cast<uint64_t>(bits[(bit + k) / 8] >> (bit + k) % 8 & 1) << k;
  return true;
}

}  // namespace

void CallPlaces::count(std::span<const uint64_t> thread, std::span<const uint64_t> number) {
  for (size_t i = 0; i < number.size(); ++i) ++next_[bucket(thread[i], number[i])];
}

void CallPlaces::all(std::span<const uint64_t> thread, std::span<const uint64_t> number, uint32_t* places) {
  const size_t n = number.size();
  if (n && number.front() == number.back() && thread.front() == thread.back() && !differing_bits(number.data(), n) &&
      !differing_bits(thread.data(), n))
    return std::iota(places, places + n, 0);  // a loop of one call
  clear();
  for (size_t i = 0; i < number.size(); ++i) ++next_[places[i] = static_cast<uint32_t>(bucket(thread[i], number[i]))];
  begin();
  for (size_t i = 0; i < number.size(); ++i) places[i] = next_[places[i]]++;
}

void CallPlaces::begin() {
  uint32_t before = 0;
  for (uint32_t& next : next_) before += std::exchange(next, before);
}

void CallPlaces::next(std::span<const uint64_t> thread, std::span<const uint64_t> number, uint32_t* places) {
  for (size_t i = 0; i < number.size(); ++i) places[i] = next_[bucket(thread[i], number[i])]++;
}

ColumnPlan plan_column(std::span<const uint64_t> values, ColumnCoding wanted, const CodingContext& context,
                       std::vector<uint64_t>& transformed) {
  ColumnPlan plan;
  transformed.clear();
  if (values.empty()) return plan;
  plan.base = values[0];
  if (!differing_bits(values.data(), values.size())) return plan;

  const size_t n = values.size();
  transformed.resize(n);
  uint64_t bits = 0;
  if ((wanted.encoding == Encoding::AFTER_END && (context.other.size() != n || context.thread.size() != n)) ||
      (wanted.encoding == Encoding::BY_CALL && (context.thread.size() != n || context.number.size() != n)))
    wanted.encoding = Encoding::DELTA;  // a type that lacks the columns for it
  if (wanted.layout == Layout::GROUPED && context.place.size() != n) wanted.layout = Layout::PLANES;
  plan.encoding = wanted.encoding;
  plan.layout = wanted.layout;
  const uint32_t* const place = wanted.layout == Layout::GROUPED ? context.place.data() : nullptr;
  auto at = [&](size_t row) -> uint64_t& { return transformed[place ? place[row] : row]; };
  switch (wanted.encoding) {
    case Encoding::DELTA:
      at(0) = 0;
      for (size_t i = 1; i < n; ++i) bits |= at(i) = zigzag(values[i] - values[i - 1]);
      break;
    case Encoding::AFTER_END: {
      LastEnd last(plan.base);
      for (size_t i = 0; i < n; ++i) {
        bits |= at(i) = zigzag(values[i] - last.expected(context.thread[i]));
        last.ended(context.thread[i], values[i] + context.other[i]);
      }
      break;
    }
    case Encoding::BY_CALL: {
      LastByCall last;
      plan.base = 0;
      for (size_t i = 0; i < n; ++i) {
        uint64_t& before = last.of(context.thread[i], context.number[i]);
        bits |= at(i) = zigzag(values[i] - before);
        before = values[i];
      }
      break;
    }
    default: {
      plan.encoding = Encoding::PACKED;
      plan.base = least_of(values.data(), n);
      if (place)
        for (size_t i = 0; i < n; ++i) bits |= transformed[place[i]] = values[i] - plan.base;
      else
        bits = subtract(values.data(), plan.base, transformed.data(), n);
    }
  }
  plan.width = static_cast<uint8_t>(bytes_for(bits));
  return plan;
}

size_t stored_bytes(const ColumnPlan& plan, std::span<const uint64_t> transformed) {
  if (plan.layout != Layout::SIZED || plan.width == 0) return plan.width * transformed.size();
  size_t bits = 0;
  for (uint64_t value : transformed) bits += more_bits(magnitude(value));
  return transformed.size() + (bits + 7) / 8;
}

void store_column(const ColumnPlan& plan, std::span<const uint64_t> transformed, std::span<uint8_t> to) {
  if (plan.width == 0) return;
  if (plan.layout == Layout::SIZED) return store_sized(transformed, to);
  split_planes(transformed.data(), to.data(), plan.width, transformed.size());
}

bool fits(const ColumnPlan& plan, size_t stored, size_t rows) {
  if (plan.encoding > Encoding::BY_CALL || plan.layout > Layout::SIZED || plan.width > 8) return false;
  if (plan.encoding == Encoding::CONSTANT && plan.width != 0) return false;
  return plan.layout == Layout::SIZED && plan.width != 0 ? stored >= rows : stored == plan.width * rows;
}

bool ColumnDecoder::start(const ColumnPlan& plan, std::span<const uint8_t> stored, size_t rows) {
  if (!fits(plan, stored.size(), rows)) return false;
  plan_ = plan;
  stored_ = stored;
  rows_ = rows;
  at_ = bit_ = 0;
  before_ = plan.base;
  if (plan.encoding == Encoding::AFTER_END) last_end_ = LastEnd(plan.base);
  if (plan.encoding == Encoding::BY_CALL) {
    if (last_)
      last_->clear();
    else
      last_ = std::make_unique<LastByCall>();
  }
  return true;
}

bool ColumnDecoder::next_sized(std::span<uint64_t> values) {
  const uint8_t* const magnitudes = stored_.data() + at_;
  const auto bits = stored_.subspan(rows_);
  const size_t whole_words = bits.size() < 8 ? 0 : bits.size() - 7;  // bytes at which eight can be loaded
  size_t bit = bit_;
  uint64_t any = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const unsigned m = magnitudes[i];
    if (m >= kMagnitudes) return false;
    const unsigned more = more_bits(m);
    const size_t byte = bit / 8;
    uint64_t found = 0;
    if (byte < whole_words && more <= 56) {
      std::memcpy(&found, bits.data() + byte, sizeof found);
      found >>= bit % 8;
    } else if (!read_bits(bits, bit, more, found)) {
      return false;
    }
    any |= values[i] = kMagnitude[m].least + (found & kMagnitude[m].mask);
    bit += more;
  }
  bit_ = bit;
  return bytes_for(any) <= plan_.width;
}

bool ColumnDecoder::next(const CodingContext& context, std::span<uint64_t> values) {
  const size_t n = values.size();
  if (plan_.encoding == Encoding::CONSTANT) {
    std::fill(values.begin(), values.end(), plan_.base);
    return true;
  }
  const uint64_t base = plan_.encoding == Encoding::PACKED ? plan_.base : 0;
  if (plan_.width == 0) {
    std::fill(values.begin(), values.end(), base);  // all are as foreseen
  } else if (plan_.layout == Layout::PLANES) {
    join_planes(stored_.data() + at_, rows_, plan_.width, base, values.data(), n);
  } else if (plan_.layout == Layout::GROUPED) {
    if (context.place.size() != n) return false;
    kGather[plan_.width - 1](stored_.data(), rows_, context.place.data(), base, values.data(), n);
  } else {
    if (!next_sized(values)) return false;
    if (base)
      for (uint64_t& value : values) value += base;
  }
  at_ += n;
  switch (plan_.encoding) {
    case Encoding::PACKED:
      return true;
    case Encoding::DELTA:
      for (uint64_t& value : values) value = before_ += unzigzag(value);
      return true;
    case Encoding::AFTER_END:
      if (context.other.size() != n || context.thread.size() != n) return false;
      for (size_t i = 0; i < n; ++i) {
        values[i] = last_end_.expected(context.thread[i]) + unzigzag(values[i]);
        last_end_.ended(context.thread[i], values[i] + context.other[i]);
      }
      return true;
    case Encoding::BY_CALL:
      if (context.thread.size() != n || context.number.size() != n) return false;
      for (size_t i = 0; i < n; ++i) {
        uint64_t& before = last_->of(context.thread[i], context.number[i]);
        before = values[i] = before + unzigzag(values[i]);
      }
      return true;
    default:
      return false;
  }
}

bool load_column(const ColumnPlan& plan, std::span<const uint8_t> stored, const CodingContext& context,
                 std::span<uint64_t> values) {
  ColumnDecoder decoder;
  return decoder.start(plan, stored, values.size()) && decoder.next(context, values);
}

}  // namespace ebpftrace::trace
