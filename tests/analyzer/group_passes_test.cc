// SPDX-License-Identifier: Apache-2.0
// More groups than a worker tells apart: the file is read again, and nothing is missing.
#include "analyzer/query/group_passes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analyzer/query/call_rows.h"
#include "tests/script.h"

namespace ebpftrace::analyzer {
namespace {

// 200 files, of which /f7 moves 7 and 1007 bytes, in blocks of 20 calls.
std::string many_files() {
  std::string text;
  for (unsigned i = 0; i < 400; ++i) {
    text += fmt::format("{}us p{}:{} read {} file=/f{} dur={}us\n", 10 + i, i % 5, 100 + i % 5,
                        i % 200 + (i >= 200 ? 1000 : 0), i % 200, 1 + i % 200);
    if (i % 20 == 19) text += "flush\n";
  }
  return text;
}

CallQuery by(const Session& session, const std::vector<std::string>& names, size_t most_groups) {
  CallQuery query;
  query.by = group_fields(*session.relation("syscalls"), names);
  query.most_groups = most_groups;
  return query;
}

class Passes : public ::testing::TestWithParam<size_t> {};

TEST_P(Passes, GiveTheSameRowsAsOne) {
  const trace::Trace trace = small_script(many_files());
  const Session session(trace);
  const std::vector<std::vector<std::string>> keys = {{"path"}, {"path", "process"}, {"bytes"}, {"pid", "path"}};
  for (const auto& names : keys) {
    const CallQuery few = by(session, names, GetParam()), all = by(session, names, 1u << 17);
    for (const size_t limit : {size_t{1}, size_t{7}, SIZE_MAX}) {
      const TopIo io = top_io(session, few, limit);
      EXPECT_EQ(csv(io), csv(top_io(session, all, limit)));
      EXPECT_EQ(io.processes, top_io(session, all, limit).processes);
      EXPECT_TRUE(io.shortfalls.empty());
      EXPECT_EQ(csv(syscalls(session, few, limit)), csv(syscalls(session, all, limit)));
      EXPECT_EQ(csv(top_files(session, few, limit)), csv(top_files(session, all, limit)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Groups, Passes, ::testing::Values(80, 100, 150, 199));

TEST(GroupPasses, WhatTheyCannotTellApartIsOneRow) {
  const trace::Trace trace = small_script(many_files());
  const Session session(trace);
  const CallQuery query = by(session, {"path"}, 2);
  const TopIo answer = top_io(session, query);
  ASSERT_EQ(answer.shortfalls, std::vector<std::string>{kTooManyGroups});
  // Of 16 parts, each of about 12 files, 2 files.
  EXPECT_EQ(answer.processes, 32u);
  ASSERT_EQ(answer.rows.size(), 33u);
  uint64_t reads = 0, bytes = 0;
  for (const ProcessIo& row : answer.rows) {
    reads += row.reads;
    bytes += row.read_bytes;
  }
  EXPECT_EQ(reads, 400u);
  EXPECT_EQ(bytes, 2u * 199 * 200 / 2 + 200 * 1000);
  EXPECT_EQ(answer.rows.back().keys, std::vector<Cell>{Cell()});
  const TopFiles files = top_files(session, query);
  EXPECT_EQ(files.shortfalls, std::vector<std::string>{kTooManyGroups});
  EXPECT_EQ(syscalls(session, query).rows.size(), 33u);
}

TEST(GroupPasses, AWorkerThatIsFullMakesAllOfThemFull) {
  const trace::Trace trace = small_script(many_files());
  const Session session(trace);
  const CallQuery query = by(session, {"path"}, 1);
  CallRows rows(session, query, {"number"});
  GroupSums<uint64_t> sums;
  for (const uint32_t block : trace.blocks_of("syscall")) {
    ASSERT_TRUE(rows.load(trace.frames()[block]));
    while (rows.next_tile()) rows.selected().for_each([&](size_t i) { ++sums.of(rows.groups()[i]); });
  }
  ASSERT_TRUE(rows.keys().full());
  KeyGroups with_room(query.by, 100);
  GroupSums<uint64_t> all;
  merge_groups(with_room, all, rows.keys(), sums, [](uint64_t& into, uint64_t from) { into += from; });
  EXPECT_EQ(with_room.size(), 1u);
  EXPECT_EQ(all.list(), std::vector<uint64_t>{2});
  EXPECT_EQ(all.others(), 398u);
  EXPECT_TRUE(with_room.full());
  EXPECT_NEAR(static_cast<double>(with_room.estimate()), 200, 2);
}

// Every call is a group of its own: more of them than all questions tell apart by themselves.
class ManyGroups : public ::testing::Test {
 protected:
  static constexpr unsigned kCalls = 160'000;
  static const trace::Trace& trace() {
    static const trace::Trace trace = [] {
      std::string text;
      for (unsigned i = 0; i < kCalls; ++i)
        text += fmt::format("{}us cat read fd=3 -EAGAIN dur={}ns file=pipe:[7] type=fifo\n", 10 + i,
                            100 + i * 7919ul % kCalls);
      return small_script(text);
    }();
    return trace;
  }
  // The call that took so long, as since the start.
  static uint64_t time_of(uint64_t duration) {
    for (unsigned i = 0; i < kCalls; ++i)
      if (100 + i * 7919ul % kCalls == duration) return (10 + i) * 1000ul;
    return 0;
  }
  static uint64_t longest(unsigned nth) { return 100 + kCalls - 1 - nth; }
};

TEST_F(ManyGroups, Errors) {
  const Result result = ask(kErrorsQuestion, trace(), {.by = {"time"}, .limit = 3});
  EXPECT_EQ(result.shortfalls, std::vector<std::string>());
  EXPECT_EQ(result.all_rows, kCalls);
  std::string expected = "time_ns,total_ns\n";
  for (unsigned i = 0; i < 3; ++i) expected += fmt::format("{},{}\n", time_of(longest(i)), longest(i));
  EXPECT_EQ(csv(result, {"time_ns", "total_ns"}), expected);
}

TEST_F(ManyGroups, Blocked) {
  const Result result = ask(kBlockedQuestion, trace(), {.by = {"time"}, .limit = 2});
  EXPECT_EQ(result.shortfalls, std::vector<std::string>());
  EXPECT_EQ(result.all_rows, kCalls);
  EXPECT_EQ(csv(result, {"time_ns", "calls", "max_ns"}),
            fmt::format("time_ns,calls,max_ns\n{},1,{}\n{},1,{}\n", time_of(longest(0)), longest(0),
                        time_of(longest(1)), longest(1)));
}

TEST_F(ManyGroups, Histogram) {
  const Result result = ask(kHistogramQuestion, trace(), {.by = {"time"}, .limit = 2, .argument = "latency"});
  EXPECT_EQ(result.shortfalls, std::vector<std::string>());
  EXPECT_EQ(csv(result, {"time_ns", "count", "max"}),
            fmt::format("time_ns,count,max\n{},1,{}\n{},1,{}\n", time_of(longest(0)), longest(0), time_of(longest(1)),
                        longest(1)));
}

}  // namespace
}  // namespace ebpftrace::analyzer
