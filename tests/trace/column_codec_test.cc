// SPDX-License-Identifier: Apache-2.0
// What goes in comes out, whatever it is, in one go or in pieces.
#include "trace/format/column_codec.h"

#include <gtest/gtest.h>

#include <random>

namespace ebpftrace::trace {
namespace {

using schema::Encoding;

const Encoding kAll[] = {Encoding::CONSTANT, Encoding::PACKED, Encoding::DELTA, Encoding::AFTER_END, Encoding::BY_CALL};

struct Rows {
  std::vector<uint64_t> values, other, thread, number;
  CodingContext context() const { return {other, thread, number}; }
};

std::vector<uint64_t> round_trip(const Rows& rows, Encoding wanted, size_t piece) {
  std::vector<uint64_t> transformed;
  const ColumnPlan plan = plan_column(rows.values, wanted, rows.context(), transformed);
  std::vector<uint8_t> planes(plan.width * transformed.size());
  store_planes(transformed, plan.width, planes.data());
  EXPECT_TRUE(plan.encoding != Encoding::CONSTANT || plan.width == 0);

  std::vector<uint64_t> back(rows.values.size(), 0xdeadbeef);
  ColumnDecoder decoder;
  EXPECT_TRUE(decoder.start(plan, planes, rows.values.size()));
  for (size_t at = 0; at < back.size(); at += piece) {
    const size_t n = std::min(piece, back.size() - at);
    auto part = [&](const std::vector<uint64_t>& all) { return std::span(all).subspan(at, n); };
    EXPECT_TRUE(decoder.next({part(rows.other), part(rows.thread), part(rows.number)}, std::span(back).subspan(at, n)));
  }
  std::vector<uint64_t> whole(rows.values.size());
  EXPECT_TRUE(load_column(plan, planes, rows.context(), whole));
  EXPECT_EQ(whole, back);
  return back;
}

void check(const Rows& rows) {
  for (Encoding encoding : kAll)
    for (size_t piece : {size_t{1}, size_t{7}, size_t{1024}, rows.values.size() + 1})
      EXPECT_EQ(round_trip(rows, encoding, piece), rows.values) << "encoding " << static_cast<int>(encoding);
}

TEST(ColumnCodec, RoundTripsExtremes) {
  const uint64_t most = UINT64_MAX, high = uint64_t{1} << 63;
  for (const std::vector<uint64_t>& values :
       {std::vector<uint64_t>{},
        {0},
        {most},
        {0, most},
        {most, 0, most},
        {high, high - 1, high + 1, 0},
        {5, 5, 5, 5},
        {1, 2, 3, 4, 5},
        {255, 256, 65535, 65536, 1ull << 24, 1ull << 32, 1ull << 40, 1ull << 48, 1ull << 56}}) {
    Rows rows{values, values, values, values};
    check(rows);
  }
}

TEST(ColumnCodec, RoundTripsRandomColumnsOfEveryWidth) {
  std::mt19937_64 random(20260101);
  for (unsigned bits = 1; bits <= 64; bits += 3) {
    for (size_t n : {size_t{2}, size_t{63}, size_t{1024}, size_t{3001}}) {
      Rows rows;
      for (size_t i = 0; i < n; ++i) {
        rows.values.push_back(random() >> (64 - bits));
        rows.other.push_back(random() >> (random() % 64));
        rows.thread.push_back(random() % 5);
        rows.number.push_back(random() % 400);
      }
      check(rows);
    }
  }
}

TEST(ColumnCodec, StoresAConstantWithoutData) {
  std::vector<uint64_t> transformed;
  const ColumnPlan plan = plan_column(std::vector<uint64_t>(1000, 42), Encoding::DELTA, {}, transformed);
  EXPECT_EQ(plan.encoding, Encoding::CONSTANT);
  EXPECT_EQ(plan.width, 0);
  EXPECT_EQ(plan.base, 42u);
}

TEST(ColumnCodec, RefusesWhatItDoesNotKnow) {
  std::vector<uint64_t> values(4);
  EXPECT_FALSE(load_column({static_cast<Encoding>(5), 0, 0}, {}, {}, values));
  EXPECT_FALSE(load_column({Encoding::AFTER_END, 0, 0}, {}, {}, values));
  EXPECT_FALSE(load_column({Encoding::BY_CALL, 0, 0}, {}, {}, values));
}

}  // namespace
}  // namespace ebpftrace::trace
