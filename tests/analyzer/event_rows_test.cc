// SPDX-License-Identifier: Apache-2.0
// Events by their place: the same as --events lists, from anywhere, however they lie in the file.
#include "analyzer/api/event_rows.h"

#include <gtest/gtest.h>

#include "analyzer/api/filter.h"
#include "analyzer/query/time_ranks.h"
#include "analyzer/questions/events.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

constexpr char kWorld[] =
    "10us sh read fd=3 count=4096 4096 file=/etc/passwd dur=900us cpu=0\n"
    "20us dd write fd=1 count=65536 -EPIPE cpu=1 dur=3us\n"
    "flush\n"
    "30us cat openat filename=\"a b\" 3 file=/home/a dur=2us\n"
    "30us cat openat filename=\"c\" 4 file=/home/c dur=1us\n"
    "50us sh fork ls\n"
    "flush\n"
    "60us ls exec /bin/ls ls -l\n"
    "70us ls getdents64 fd=3 100 file=/tmp dur=5us\n"
    "15us make wait4 unfinished\n"
    "80us ls exit 1\n";

std::vector<std::string> listed(const Session& session) {
  std::vector<std::string> events;
  for_each_event(session, {}, SIZE_MAX, [&](const Event& event) {
    events.push_back(std::to_string(event.time_ns) + " " + std::string(event.event) + " " + std::string(event.args));
    return true;
  });
  return events;
}

std::string as_listed(const EventRow& row) { return std::to_string(row.time_ns) + " " + row.event + " " + row.args; }

TEST(EventRows, AreThoseOfTheListFromAnyPlace) {
  const trace::Trace trace = script(kWorld);
  const Session session(trace);
  const std::vector<std::string> all = listed(session);
  ASSERT_GE(all.size(), 9u);
  EventRows rows(session, "", {}, {});
  EXPECT_EQ(rows.rows(), 0u);
  ASSERT_TRUE(rows.count());
  ASSERT_EQ(rows.rows(), all.size());
  for (uint64_t from = 0; from <= all.size(); ++from) {
    const auto read = rows.read(from, 3);
    ASSERT_EQ(read.size(), std::min<size_t>(3, all.size() - from));
    for (size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(as_listed(read[i]), all[from + i]);
      EXPECT_EQ(read[i].offset, from + i);
      EXPECT_EQ(rows.offset_of(read[i].ref), from + i);
    }
  }
}

TEST(EventRows, OfAFilterAndARange) {
  const trace::Trace trace = script(kWorld);
  const Session session(trace);
  EventRows failed(session, "failed", {}, {});
  ASSERT_TRUE(failed.count());
  ASSERT_EQ(failed.rows(), 1u);
  const EventRow row = failed.read(0, 1).at(0);
  EXPECT_EQ(row.event, "write");
  EXPECT_TRUE(row.failed);
  EXPECT_EQ(row.call_class, CallClass::kFile);
  EXPECT_EQ(*row.duration_ns, 3000u);

  EventRows some(session, "", 20'000, 60'000);
  ASSERT_TRUE(some.count());
  EXPECT_EQ(some.rows(), 4u);  // [from, to)
  EXPECT_EQ(some.offset_of(int64_t{30'000}), 1u);
  EXPECT_EQ(some.offset_of(int64_t{0}), 0u);
  EXPECT_EQ(some.offset_of(int64_t{1'000'000'000}), 4u);
  EXPECT_FALSE(failed.offset_of(some.read(1, 1).at(0).ref));
  EXPECT_THROW(EventRows(session, "nonsense ==", {}, {}), AskError);
}

TEST(EventRows, StoppedWhileCountingCanBeRepeated) {
  const trace::Trace trace = script(kWorld);
  const Session session(trace);
  EventRows rows(session, "", {}, {});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(rows.count(stop.get_token()));
  EXPECT_EQ(rows.rows(), 0u);
  EXPECT_TRUE(rows.read(0, 10).empty());
  EXPECT_TRUE(rows.count());
  EXPECT_GT(rows.rows(), 0u);
}

TEST(EventRows, FieldsAreWhatAFilterCanName) {
  const trace::Trace trace = script(kWorld);
  const Session session(trace);
  EventRows rows(session, "", {}, {});
  ASSERT_TRUE(rows.count());
  size_t conditions = 0;
  for (const EventRow& row : rows.read(0, 100)) {
    EXPECT_EQ(rows.row(row.ref)->args, row.args);
    for (const EventField& field : rows.fields(row.ref)) {
      const auto only = condition_for(session, "events", field.name, field.value, false);
      const auto others = condition_for(session, "events", field.name, field.value, true);
      if (!only) continue;
      ++conditions;
      ASSERT_TRUE(others);
      EventRows with(session, *only, {}, {}), without(session, *others, {}, {});
      ASSERT_TRUE(with.count() && without.count());
      EXPECT_TRUE(with.offset_of(row.ref)) << *only;
      EXPECT_FALSE(without.offset_of(row.ref)) << *others;
      EXPECT_EQ(with.rows() + without.rows(), rows.rows()) << *only << ", " << *others;
    }
  }
  EXPECT_GT(conditions, 100u);
}

TEST(EventRows, UnknownEventsAreNone) {
  const trace::Trace trace = script(kWorld);
  const Session session(trace);
  EventRows rows(session, "", {}, {});
  for (const EventRef& event : {EventRef{0, 0, 0}, EventRef{0, 99'999, 0}, EventRef{0, 2, 4'000'000'000}}) {
    EXPECT_FALSE(rows.row(event));
    EXPECT_TRUE(rows.fields(event).empty());
    EXPECT_EQ(rows.ancestry(event), "");
    EXPECT_FALSE(rows.offset_of(event));
  }
}

TEST(EventRows, OfAnEmptyTrace) {
  const trace::Trace trace = script("");
  const Session session(trace);
  EventRows rows(session, "", {}, {});
  ASSERT_TRUE(rows.count());
  EXPECT_EQ(rows.rows(), 0u);
  EXPECT_TRUE(rows.read(0, 10).empty());
  EXPECT_EQ(rows.offset_of(int64_t{5}), 0u);
}

// Windows of any size, among them ones too small for a single nanosecond: the same order.
TEST(TimeRanks, AreTheOrderWhateverAWindowHolds) {
  std::string world;
  for (int i = 0; i < 700; ++i)
    world += std::to_string(i % 7 == 0 ? 5 : 5 + (i * 37) % 4000) + "us t" + std::to_string(i % 5) +
             " read 1 dur=" + std::to_string(1 + i % 90) + "us cpu=" + std::to_string(i % 3) + "\n" +
             (i % 100 == 99 ? "flush\n" : "");
  world += "3600s late read 1 dur=1us\n";
  const trace::Trace trace = script(world);
  const Session session(trace);
  std::vector<EventKey> all;
  EventOrder order(session, {}, EventOrder::kWindowRows);
  for (std::span<const EventKey> keys; !(keys = order.next_window()).empty();)
    all.insert(all.end(), keys.begin(), keys.end());
  for (const size_t most : {size_t{1}, size_t{3}, size_t{50}, TimeRanks::kMostKeys}) {
    TimeRanks ranks(session, {}, most);
    ASSERT_TRUE(ranks.count(Watch()));
    ASSERT_EQ(ranks.rows(), all.size());
    std::vector<EventKey> read;
    for (uint64_t at = 0; at < ranks.rows();) {
      const auto keys = ranks.keys(at, 17);
      ASSERT_FALSE(keys.empty()) << at << " of windows of " << most;
      read.insert(read.end(), keys.begin(), keys.end());
      at += keys.size();
    }
    EXPECT_EQ(read, all) << most;
    for (size_t i = 0; i < all.size(); i += 41) {
      EXPECT_EQ(ranks.keys(i, 1).at(0), all[i]);
      EXPECT_EQ(ranks.offset_of(all[i].frame, all[i].row), i);
      const auto first = std::lower_bound(all.begin(), all.end(), EventKey{all[i].time_ns, 0, 0});
      EXPECT_EQ(ranks.before(all[i].time_ns), static_cast<uint64_t>(first - all.begin()));
    }
  }
}

}  // namespace
}  // namespace ebpftrace::analyzer
