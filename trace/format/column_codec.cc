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

#include "trace/format/newer_cpus.h"

namespace ebpftrace::trace {
namespace {

using schema::Encoding;
using schema::Layout;

uint64_t zigzag(uint64_t difference) { return (difference << 1) ^ (0 - (difference >> 63)); }
uint64_t unzigzag(uint64_t stored) { return (stored >> 1) ^ (0 - (stored & 1)); }

unsigned bytes_for(uint64_t any_bits) { return (std::bit_width(any_bits) + 7) / 8; }

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

FOR_NEWER_CPUS_TOO void join_planes(const uint8_t* planes, size_t stride, unsigned width, uint64_t base, uint64_t* to,
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

constexpr unsigned bit_width_of(unsigned magnitude) {
  return magnitude < 4 ? static_cast<unsigned>(std::bit_width(magnitude)) : more_bits(magnitude) + 3;
}

struct alignas(32) Magnitude {
  uint64_t least;  // value of the magnitude
  uint64_t more;   // bits that follow
  uint64_t mask;   // of that many
};

constexpr auto kMagnitude = [] {
  std::array<Magnitude, kMagnitudes> table{};
  for (unsigned m = 0; m < kMagnitudes; ++m)
    table[m] = {m < 4 ? m : (uint64_t{4} | m % 4) << more_bits(m), more_bits(m), (uint64_t{1} << more_bits(m)) - 1};
  return table;
}();

// A whole group's bits are joined first, which depends on nothing before it; then they go behind the bits so far.
FOR_NEWER_CPUS_TOO size_t store_sized(std::span<const uint64_t> values, uint8_t* to) {
  uint8_t* bits = to + values.size();
  uint64_t pending = 0;
  unsigned filled = 0;  // at most 7 between values
  constexpr unsigned kMost = 56;
  // count <= kMost. Eight bytes at once, of which the next ones overwrite what is not used yet.
  auto append = [&](uint64_t value, unsigned count) {
    pending |= value << filled;
    filled += count;
    const uint64_t stored = htole64(pending);
    std::memcpy(bits, &stored, sizeof stored);
    bits += filled / 8;
    pending >>= filled & ~7u;
    filled &= 7;
  };
  auto append_one = [&](uint64_t value, unsigned count) {
    constexpr unsigned kHalf = 32;
    append(count > kHalf ? value & UINT32_MAX : value, std::min(count, kHalf));
    if (count > kHalf) append(value >> kHalf, count - kHalf);
  };
  constexpr size_t kGroup = 4;
  size_t i = 0;
  for (; i + kGroup <= values.size(); i += kGroup) {
    uint64_t value[kGroup];
    unsigned count[kGroup];
    for (size_t k = 0; k < kGroup; ++k) {
      const unsigned m = magnitude(values[i + k]);
      to[i + k] = static_cast<uint8_t>(m);
      count[k] = more_bits(m);
      value[k] = values[i + k] & kMagnitude[m].mask;
    }
    if (const unsigned all = count[0] + count[1] + count[2] + count[3]; all <= kMost) [[likely]] {
      const uint64_t front = value[0] | value[1] << count[0], back = value[2] | value[3] << count[2];
      append(front | back << (count[0] + count[1]), all);
    } else {
      for (size_t k = 0; k < kGroup; ++k) append_one(value[k], count[k]);
    }
  }
  for (; i < values.size(); ++i) {
    const unsigned m = magnitude(values[i]);
    to[i] = static_cast<uint8_t>(m);
    append_one(values[i] & kMagnitude[m].mask, more_bits(m));
  }
  return static_cast<size_t>(bits - to) + (filled ? 1 : 0);
}

// The passes over a column of a block that is written.
FOR_NEWER_CPUS_TOO uint64_t differing_bits(const uint64_t* values, size_t n) {
  uint64_t differs = 0;
  for (size_t i = 0; i < n; ++i) differs |= values[i] ^ values[0];
  return differs;
}

struct Extent {
  uint64_t least, largest;
};

// In the order of numbers to which `flipped` was added: 0, or the sign's bit for that of signed ones.
FOR_NEWER_CPUS_TOO Extent extent_of(const uint64_t* values, uint64_t flipped, size_t n) {
  uint64_t least = values[0] ^ flipped, largest = least;
  for (size_t i = 1; i < n; ++i) {
    const uint64_t value = values[i] ^ flipped;
    least = value < least ? value : least;
    largest = value > largest ? value : largest;
  }
  return {least ^ flipped, largest ^ flipped};
}

// What all values are at least: the base from which the others take the fewest bytes. Results are sizes, and now and then a
// negative error: from the error on they take as many bytes as the sizes do, as unsigned numbers all eight.
uint64_t best_base(const uint64_t* values, size_t n) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  const Extent plain = extent_of(values, 0, n);
  if (!(plain.largest & kSign) || plain.least & kSign) return plain.least;  // no sign, or one sign
  const Extent with_sign = extent_of(values, kSign, n);
  return with_sign.largest - with_sign.least < plain.largest - plain.least ? with_sign.least : plain.least;
}

// afterEnd of one thread: to[i] = how far values[i] is from the end of the row before; what bits they have. The first is 0.
FOR_NEWER_CPUS_TOO uint64_t since_end(const uint64_t* __restrict values, const uint64_t* __restrict durations,
                                      uint64_t* __restrict to, size_t n) {
  uint64_t bits = to[0] = 0;
  for (size_t i = 1; i < n; ++i) {
    const uint64_t difference = values[i] - (values[i - 1] + durations[i - 1]);
    bits |= to[i] = (difference << 1) ^ (0 - (difference >> 63));
  }
  return bits;
}

// to[i] = values[i] - base; what bits they have.
FOR_NEWER_CPUS_TOO uint64_t subtract(const uint64_t* __restrict values, uint64_t base, uint64_t* __restrict to,
                                     size_t n) {
  uint64_t bits = 0;
  for (size_t i = 0; i < n; ++i) bits |= to[i] = values[i] - base;
  return bits;
}

FOR_NEWER_CPUS_TOO void split_planes(const uint64_t* values, uint8_t* planes, unsigned width, size_t n) {
  for (unsigned k = 0; k < width; ++k) {
    uint8_t* const plane = planes + k * n;
    for (size_t i = 0; i < n; ++i) plane[i] = static_cast<uint8_t>(values[i] >> (8 * k));
  }
}

// The bits from there on, wherever they are; they are there.
uint64_t bits_at(std::span<const uint8_t> bits, size_t bit, uint64_t count) {
  uint64_t value = 0;
  for (size_t k = 0; k < count; ++k) value |= static_cast<uint64_t>(bits[(bit + k) / 8] >> (bit + k) % 8 & 1) << k;
  return value;
}

struct Behind {
  unsigned largest;  // magnitude
  size_t bits;       // of all of them; means nothing if `largest` is none
};

FOR_NEWER_CPUS_TOO Behind bits_behind(const uint8_t* magnitudes, size_t n) {
  uint8_t largest = 0;
  for (size_t i = 0; i < n; ++i) largest = magnitudes[i] > largest ? magnitudes[i] : largest;
  uint32_t bits = 0;
  for (size_t i = 0; i < n; ++i) bits += static_cast<uint8_t>((magnitudes[i] < 4 ? 4 : magnitudes[i]) / 4 - 1);
  return {largest, bits};
}

// Those of which eight bytes can be loaded from wherever one's bits begin.
FOR_NEWER_CPUS_TOO void take_sized(const uint8_t* magnitudes, const uint8_t* bits, size_t bit, uint64_t base,
                                   uint64_t* to, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const Magnitude& of = kMagnitude[magnitudes[i]];
    uint64_t found;
    std::memcpy(&found, bits + bit / 8, sizeof found);
    to[i] = of.least + base + (le64toh(found) >> bit % 8 & of.mask);
    bit += of.more;
  }
}

}  // namespace

void CallPlaces::count(std::span<const uint64_t> thread, std::span<const uint64_t> number) {
  const size_t counted = buckets_.size();
  buckets_.resize(counted + number.size());
  uint16_t* const buckets = buckets_.data() + counted;
  for (size_t i = 0; i < number.size(); ++i) ++next_[buckets[i] = static_cast<uint16_t>(bucket(thread[i], number[i]))];
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
  at_ = 0;
}

void CallPlaces::next(size_t n, uint32_t* places) {
  for (size_t i = 0; i < n; ++i) places[i] = next_[buckets_[at_ + i]]++;
  at_ += n;
}

ColumnPlan plan_column(std::span<const uint64_t> values, ColumnCoding wanted, const CodingContext& context,
                       std::vector<uint64_t>& transformed) {
  ColumnPlan plan;
  if (values.empty()) return plan;
  plan.base = values[0];
  if (!differing_bits(values.data(), values.size())) return plan;

  const size_t n = values.size();
  transformed.resize(n);
  uint64_t bits = 0;
  if ((wanted.encoding == Encoding::AFTER_END &&
       (context.other.size() != n || (context.thread.size() != n && !context.one_thread))) ||
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
      if (context.one_thread && !place) {
        bits = since_end(values.data(), context.other.data(), transformed.data(), n);
        break;
      }
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
      plan.base = best_base(values.data(), n);
      if (place)
        for (size_t i = 0; i < n; ++i) bits |= transformed[place[i]] = values[i] - plan.base;
      else
        bits = subtract(values.data(), plan.base, transformed.data(), n);
    }
  }
  plan.width = static_cast<uint8_t>(bytes_for(bits));
  return plan;
}

size_t store_column(const ColumnPlan& plan, std::span<const uint64_t> transformed, std::vector<uint8_t>& stored) {
  if (plan.width == 0) return 0;
  const size_t rows = transformed.size();
  if (plan.layout == Layout::SIZED) {
    constexpr size_t kMost = 8, kWord = 8;  // bytes of a row's bits; what a store may write past the last
    if (stored.size() < rows * (1 + kMost) + kWord) stored.resize(rows * (1 + kMost) + kWord);
    return store_sized(transformed, stored.data());
  }
  if (stored.size() < rows * plan.width) stored.resize(rows * plan.width);
  split_planes(transformed.data(), stored.data(), plan.width, rows);
  return rows * plan.width;
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

bool ColumnDecoder::next_sized(std::span<uint64_t> values, uint64_t base) {
  const uint8_t* const magnitudes = stored_.data() + at_;
  const auto bits = stored_.subspan(rows_);
  const auto [largest, sum] = bits_behind(magnitudes, values.size());
  if (largest >= kMagnitudes || bit_width_of(largest) > 8 * plan_.width || bit_ + sum > bits.size() * 8) return false;
  // Eight bytes can be loaded for a row, and hold all its bits, if 64 bits follow behind those of the row before.
  size_t quick = more_bits(largest) > 56 ? 0 : values.size();
  for (size_t behind = bits.size() * 8 - bit_ - sum; quick && behind < 64;)
    behind += kMagnitude[magnitudes[--quick]].more;
  take_sized(magnitudes, bits.data(), bit_, base, values.data(), quick);
  size_t bit = bit_ + sum;
  for (size_t i = values.size(); i > quick; --i) {
    const Magnitude& of = kMagnitude[magnitudes[i - 1]];
    bit -= of.more;
    values[i - 1] = of.least + base + bits_at(bits, bit, of.more);
  }
  bit_ += sum;
  return true;
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
    if (!next_sized(values, base)) return false;
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
