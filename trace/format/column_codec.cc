// SPDX-License-Identifier: Apache-2.0
#include "trace/format/column_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>

namespace ebpftrace::trace {
namespace {

using schema::Encoding;

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
    case 0:
      std::fill_n(to, n, base);
      break;
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

}  // namespace

ColumnPlan plan_column(std::span<const uint64_t> values, Encoding wanted, const CodingContext& context,
                       std::vector<uint64_t>& transformed) {
  ColumnPlan plan;
  transformed.clear();
  if (values.empty()) return plan;
  plan.base = values[0];
  uint64_t differs = 0;
  for (uint64_t value : values) differs |= value ^ values[0];
  if (!differs) return plan;

  const size_t n = values.size();
  transformed.resize(n);
  uint64_t bits = 0;
  if ((wanted == Encoding::AFTER_END && (context.other.size() != n || context.thread.size() != n)) ||
      (wanted == Encoding::BY_CALL && (context.thread.size() != n || context.number.size() != n)))
    wanted = Encoding::DELTA;  // a type that lacks the columns for it
  plan.encoding = wanted;
  switch (wanted) {
    case Encoding::DELTA:
      transformed[0] = 0;
      for (size_t i = 1; i < n; ++i) bits |= transformed[i] = zigzag(values[i] - values[i - 1]);
      break;
    case Encoding::AFTER_END: {
      LastEnd last(plan.base);
      for (size_t i = 0; i < n; ++i) {
        bits |= transformed[i] = zigzag(values[i] - last.expected(context.thread[i]));
        last.ended(context.thread[i], values[i] + context.other[i]);
      }
      break;
    }
    case Encoding::BY_CALL: {
      LastByCall last;
      plan.base = 0;
      for (size_t i = 0; i < n; ++i) {
        uint64_t& before = last.of(context.thread[i], context.number[i]);
        bits |= transformed[i] = zigzag(values[i] - before);
        before = values[i];
      }
      break;
    }
    default: {
      plan.encoding = Encoding::PACKED;
      plan.base = *std::min_element(values.begin(), values.end());
      for (size_t i = 0; i < n; ++i) bits |= transformed[i] = values[i] - plan.base;
    }
  }
  plan.width = static_cast<uint8_t>(bytes_for(bits));
  return plan;
}

void store_planes(std::span<const uint64_t> transformed, unsigned width, uint8_t* to) {
  const size_t n = transformed.size();
  for (unsigned k = 0; k < width; ++k) {
    uint8_t* plane = to + k * n;
    for (size_t i = 0; i < n; ++i) plane[i] = static_cast<uint8_t>(transformed[i] >> (8 * k));
  }
}

bool ColumnDecoder::start(const ColumnPlan& plan, std::span<const uint8_t> planes, size_t rows) {
  if (plan.encoding > Encoding::BY_CALL) return false;
  plan_ = plan;
  planes_ = planes.data();
  rows_ = rows;
  at_ = 0;
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

bool ColumnDecoder::next(const CodingContext& context, std::span<uint64_t> values) {
  const size_t n = values.size();
  if (plan_.encoding == Encoding::CONSTANT) {
    std::fill(values.begin(), values.end(), plan_.base);
    return true;
  }
  join_planes(planes_ + at_, rows_, plan_.width, plan_.encoding == Encoding::PACKED ? plan_.base : 0, values.data(), n);
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

bool load_column(const ColumnPlan& plan, std::span<const uint8_t> planes, const CodingContext& context,
                 std::span<uint64_t> values) {
  ColumnDecoder decoder;
  return decoder.start(plan, planes, values.size()) && decoder.next(context, values);
}

}  // namespace ebpftrace::trace
