// SPDX-License-Identifier: Apache-2.0
// What goes in comes out, whatever it is, in one go or in pieces.
#include "trace/format/column_codec.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

namespace ebpftrace::trace {
namespace {

using schema::Encoding;
using schema::Layout;

const Encoding kEncodings[] = {Encoding::CONSTANT, Encoding::PACKED, Encoding::DELTA, Encoding::AFTER_END,
                               Encoding::BY_CALL};
const Layout kLayouts[] = {Layout::PLANES, Layout::GROUPED, Layout::SIZED};

struct Rows {
  std::vector<uint64_t> values, other, thread, number;
  std::vector<uint32_t> place;
  CodingContext context() const { return {other, thread, number, place}; }

  // The places are asked for some rows at a time, as a reader does.
  void group() {
    CallPlaces places;
    places.clear();
    places.count(thread, number);
    places.begin();
    place.resize(number.size());
    for (size_t at = 0; at < place.size(); at += 100) {
      const size_t n = std::min<size_t>(100, place.size() - at);
      places.next(n, place.data() + at);
    }
  }
};

std::vector<uint8_t> stored(const ColumnPlan& plan, const std::vector<uint64_t>& transformed) {
  std::vector<uint8_t> bytes;
  bytes.resize(store_column(plan, transformed, bytes));
  return bytes;
}

std::vector<uint64_t> round_trip(const Rows& rows, ColumnCoding wanted, size_t piece) {
  std::vector<uint64_t> transformed;
  const ColumnPlan plan = plan_column(rows.values, wanted, rows.context(), transformed);
  const std::vector<uint8_t> bytes = stored(plan, transformed);
  EXPECT_TRUE(plan.encoding != Encoding::CONSTANT || plan.width == 0);

  std::vector<uint64_t> back(rows.values.size(), 0xdeadbeef);
  ColumnDecoder decoder;
  EXPECT_TRUE(decoder.start(plan, bytes, rows.values.size()));
  for (size_t at = 0; at < back.size(); at += piece) {
    const size_t n = std::min(piece, back.size() - at);
    auto part = [&](const auto& all) { return std::span(all).subspan(at, n); };
    EXPECT_TRUE(decoder.next({part(rows.other), part(rows.thread), part(rows.number), part(rows.place)},
                             std::span(back).subspan(at, n)));
  }
  std::vector<uint64_t> whole(rows.values.size());
  EXPECT_TRUE(load_column(plan, bytes, rows.context(), whole));
  EXPECT_EQ(whole, back);
  return back;
}

void check(Rows rows) {
  rows.group();
  for (Encoding encoding : kEncodings)
    for (Layout layout : kLayouts)
      for (size_t piece : {size_t{1}, size_t{7}, size_t{1024}, rows.values.size() + 1})
        EXPECT_EQ(round_trip(rows, {encoding, layout}, piece), rows.values)
            << "encoding " << static_cast<int>(encoding) << ", layout " << static_cast<int>(layout);
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
    Rows rows{values, values, values, values, {}};
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
  const ColumnPlan plan = plan_column(std::vector<uint64_t>(1000, 42), {Encoding::DELTA}, {}, transformed);
  EXPECT_EQ(plan.encoding, Encoding::CONSTANT);
  EXPECT_EQ(plan.width, 0);
  EXPECT_EQ(plan.base, 42u);
}

// As calls of one thread that follow each other without a pause: nothing is stored, and pieces have no bytes to move on in.
TEST(ColumnCodec, AFewErrorsDoNotMakeAColumnWider) {
  auto rows_of = [](std::vector<uint64_t> values) {
    Rows rows;
    rows.other = rows.thread = rows.number = std::vector<uint64_t>(values.size());
    rows.group();
    rows.values = std::move(values);
    return rows;
  };
  const Rows rows = rows_of({4096, static_cast<uint64_t>(-11), 0, 65000, static_cast<uint64_t>(-2)});
  for (Layout layout : {Layout::PLANES, Layout::SIZED}) {
    std::vector<uint64_t> transformed;
    const ColumnPlan plan = plan_column(rows.values, {Encoding::PACKED, layout}, {}, transformed);
    EXPECT_EQ(plan.base, static_cast<uint64_t>(-11));
    EXPECT_EQ(plan.width, 2);
    EXPECT_EQ(round_trip(rows, {Encoding::PACKED, layout}, 2), rows.values);
  }
  // Unsigned numbers of which some are above 2^63 and close together, or spread over all of them, are not mistaken for signed ones.
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  for (const auto& values : {std::vector<uint64_t>{kHalf - 1, kHalf + 200}, {0, UINT64_MAX / 2, kHalf, UINT64_MAX}}) {
    std::vector<uint64_t> transformed;
    const ColumnPlan plan = plan_column(values, {}, {}, transformed);
    EXPECT_EQ(plan.base, values.front());
    EXPECT_EQ(plan.width, values.size() == 2 ? 1 : 8);
    EXPECT_EQ(round_trip(rows_of(values), {}, 1), values);
  }
}

TEST(ColumnCodec, ReadsInPiecesWhatIsWhollyForeseen) {
  Rows rows;
  uint64_t end = 1000;
  for (size_t i = 0; i < 2500; ++i) {
    rows.values.push_back(end);
    rows.other.push_back(1 + i % 7);
    end += rows.other.back();
    rows.thread.push_back(3);
    rows.number.push_back(0);
  }
  std::vector<uint64_t> transformed;
  const ColumnPlan plan = plan_column(rows.values, {Encoding::AFTER_END}, rows.context(), transformed);
  EXPECT_EQ(plan.encoding, Encoding::AFTER_END);
  EXPECT_EQ(plan.width, 0);
  check(rows);
}

// Whichever the calls are: every row has a place of its own, and those of one thread and number follow each other in order.
TEST(ColumnCodec, RowsOfACallLieTogether) {
  std::mt19937_64 random(7);
  Rows rows;
  for (size_t i = 0; i < 5000; ++i) {
    rows.thread.push_back(random() % 3);
    rows.number.push_back(random() % 6);
  }
  rows.group();
  std::vector<size_t> row_at(rows.place.size(), SIZE_MAX);
  for (size_t i = 0; i < rows.place.size(); ++i) {
    ASSERT_LT(rows.place[i], row_at.size());
    ASSERT_EQ(row_at[rows.place[i]], SIZE_MAX);
    row_at[rows.place[i]] = i;
  }
  auto call = [&](size_t at) { return std::pair(rows.thread[row_at[at]], rows.number[row_at[at]]); };
  size_t changes = 0;
  for (size_t at = 1; at < row_at.size(); ++at) {
    if (call(at) == call(at - 1))
      EXPECT_LT(row_at[at - 1], row_at[at]);
    else
      ++changes;
  }
  EXPECT_EQ(changes, 3u * 6 - 1);
}

// The bytes of docs/trace-format.md: a writer in another language stores the rows where we look for them.
TEST(ColumnCodec, StoresGroupedRowsWhereTheFormatSays) {
  Rows rows;
  rows.values = {10, 20, 11, 30, 12, 21};
  rows.thread = {1, 1, 1, 2, 1, 1};
  rows.number = {0, 1, 0, 0, 0, 1};  // buckets: number 0 of thread 2 is 1, of thread 1 it is 4; number 1 comes later
  rows.group();
  EXPECT_EQ(rows.place, (std::vector<uint32_t>{1, 4, 2, 0, 3, 5}));
  std::vector<uint64_t> transformed;
  const ColumnPlan plan = plan_column(rows.values, {Encoding::PACKED, Layout::GROUPED}, rows.context(), transformed);
  EXPECT_EQ(plan.layout, Layout::GROUPED);
  EXPECT_EQ(plan.base, 10u);
  EXPECT_EQ(stored(plan, transformed), (std::vector<uint8_t>{20, 0, 1, 2, 10, 11}));
}

TEST(ColumnCodec, StoresSizedRowsAsTheFormatSays) {
  Rows rows;
  rows.values = {0, 3, 7, 8, 13, 1000};
  std::vector<uint64_t> transformed;
  const ColumnPlan plan = plan_column(rows.values, {Encoding::PACKED, Layout::SIZED}, {}, transformed);
  EXPECT_EQ(plan.width, 2);  // of 1000
  // 7 is 111 (magnitude 4 + 3), 8 is 100 0 and 13 is 110 1 (8 + 0, 8 + 2, a bit each), 1000 is 111 1101000 (4 + 4 * 7 + 3).
  EXPECT_EQ(stored(plan, transformed), (std::vector<uint8_t>{0, 3, 7, 8, 10, 35, 0b10100010, 0b1}));
}

// Sized columns have no size of their own: what is cut off, larger than was said or no magnitude is found while decoding.
TEST(ColumnCodec, SizedRowsThatAreNotSound) {
  std::vector<uint64_t> values(3), transformed;
  for (uint64_t largest : {uint64_t{1000}, UINT64_MAX}) {
    const ColumnPlan plan =
        plan_column(std::vector<uint64_t>{0, 5, largest}, {Encoding::PACKED, Layout::SIZED}, {}, transformed);
    std::vector<uint8_t> bytes = stored(plan, transformed);
    EXPECT_TRUE(load_column(plan, bytes, {}, values));
    EXPECT_EQ(values[2], largest);
    EXPECT_FALSE(load_column(plan, std::span(bytes).first(bytes.size() - 1), {}, values));
    ColumnPlan narrower = plan;
    --narrower.width;
    EXPECT_FALSE(load_column(narrower, bytes, {}, values));
    for (unsigned none : {252u, 255u}) {
      bytes[1] = static_cast<uint8_t>(none);
      EXPECT_FALSE(load_column(plan, bytes, {}, values));
    }
  }
  const std::vector<uint8_t> two = {1, 2};
  EXPECT_FALSE(load_column({Encoding::PACKED, 1, 0, Layout::SIZED}, two, {}, values));  // fewer magnitudes than rows
}

TEST(ColumnCodec, RefusesWhatItDoesNotKnow) {
  std::vector<uint64_t> values(4);
  EXPECT_FALSE(load_column({static_cast<Encoding>(5), 0, 0}, {}, {}, values));
  EXPECT_FALSE(load_column({Encoding::PACKED, 0, 0, static_cast<Layout>(3)}, {}, {}, values));
  EXPECT_FALSE(load_column({Encoding::AFTER_END, 0, 0}, {}, {}, values));
  EXPECT_FALSE(load_column({Encoding::BY_CALL, 0, 0}, {}, {}, values));
  const std::vector<uint8_t> bytes(4);
  EXPECT_FALSE(load_column({Encoding::PACKED, 1, 0, Layout::GROUPED}, bytes, {}, values));
}

}  // namespace
}  // namespace ebpftrace::trace
