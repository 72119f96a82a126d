// SPDX-License-Identifier: Apache-2.0
// More groups than a worker tells apart: the file is read again, and nothing is missing.
#include "analyzer/query/group_passes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analyzer/query/call_rows.h"
#include "analyzer/query/time_sums.h"
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

TEST_F(ManyGroups, Timeline) {
  const Result first =
      ask(kTimelineQuestion, trace(), {.by = {"duration"}, .limit = 2, .options = {{"bucket", "100ms"}}});
  EXPECT_EQ(first.shortfalls, std::vector<std::string>());
  EXPECT_EQ(first.more_keys, kCalls - 2);
  const Result all = ask(kTimelineQuestion, trace(), {.by = {"duration"}, .options = {{"bucket", "100ms"}}});
  EXPECT_EQ(all.shortfalls, std::vector<std::string>());
  ASSERT_EQ(all.rows(), kCalls);
  std::vector<bool> seen(kCalls);
  for (size_t row = 0; row < all.rows(); ++row) {
    const uint64_t duration = std::get<uint64_t>(cell(all, row, "duration_ns"));
    ASSERT_FALSE(seen.at(duration - 100)) << duration;
    seen[duration - 100] = true;
    EXPECT_EQ(std::get<uint64_t>(cell(all, row, "events")), 1u);
    EXPECT_EQ(std::get<uint64_t>(cell(all, row, "errors")), 1u);
    EXPECT_EQ(std::get<uint64_t>(cell(all, row, "processes")), 1u);
  }
  for (size_t row = 0; row < first.rows(); ++row)
    EXPECT_EQ(cell(first, row, "duration_ns"), cell(all, row, "duration_ns"));
}

TEST(ManyProcesses, Cpu) {
  constexpr unsigned kProcesses = 140'000;
  std::string text;
  for (unsigned i = 0; i < kProcesses; ++i)
    text += fmt::format("{}us p:{} exit 0 user={}us system=1us\n", 10 + i, 100 + i, 1 + i * 7919ul % kProcesses);
  const trace::Trace trace = small_script(text);
  const Result result = ask(kCpuQuestion, trace, {.by = {"user_ns"}, .limit = 3});
  EXPECT_EQ(result.shortfalls, std::vector<std::string>());
  EXPECT_EQ(result.all_rows, kProcesses);
  ASSERT_EQ(result.rows(), 3u);
  for (unsigned row = 0; row < 3; ++row)
    EXPECT_EQ(std::get<uint64_t>(cell(result, row, "cpu_ns")), (kProcesses - row + 1) * 1000ul);
  const Result own = ask(kCpuQuestion, trace, {.limit = 2});
  EXPECT_EQ(own.shortfalls, std::vector<std::string>());
  EXPECT_EQ(own.all_rows, kProcesses);
  EXPECT_EQ(std::get<uint64_t>(cell(own, 0, "user_ns")), kProcesses * 1000ul);
}

TEST(ManyMappings, Memory) {
  constexpr unsigned kMaps = 140'000;
  std::string text;
  for (unsigned i = 0; i < kMaps; ++i)
    text += fmt::format("{}us p:{} mmap len={} flags=0x22 {:#x}\n", 10 + i, 100 + i % 3,
                        4096 * (1 + i * 7919ul % kMaps), 0x1000'0000'0000 + (uint64_t{i} << 32));
  text += "200ms p:100 exit 0\n";
  const trace::Trace trace = script(text);
  const auto by_result = [&](const char* bucket, size_t limit) {
    Asked asked{.by = {"result"}, .limit = limit};
    if (bucket) asked.options["bucket"] = bucket;
    return ask(kMemoryQuestion, trace, asked);
  };
  const Result all = by_result(nullptr, SIZE_MAX);
  EXPECT_EQ(all.shortfalls, std::vector<std::string>());
  EXPECT_EQ(all.rows(), kMaps + 1);  // and what ended, which has no result
  uint64_t mapped = 0;
  for (size_t row = 0; row < all.rows(); ++row) mapped += std::get<uint64_t>(cell(all, row, "mapped_bytes"));
  EXPECT_EQ(mapped, 4096ul * kMaps * (kMaps + 1) / 2);
  const Result first = by_result(nullptr, 2);
  EXPECT_EQ(first.all_rows, kMaps + 1);
  EXPECT_EQ(cell(first, 1, "mapped_bytes"), cell(all, 1, "mapped_bytes"));
  const Result over_time = by_result("50ms", 3);
  EXPECT_EQ(over_time.shortfalls, std::vector<std::string>());
  EXPECT_EQ(over_time.more_keys, kMaps + 1 - 3);
  // What is at once does not depend on the pass: a process's other mappings are followed in all of them.
  const Result whole = ask(kMemoryQuestion, trace);
  uint64_t most = 0;
  for (size_t row = 0; row < all.rows(); ++row) most = std::max(most, std::get<uint64_t>(cell(all, row, "peak_bytes")));
  uint64_t of_a_process = 0;
  for (size_t row = 0; row < whole.rows(); ++row)
    of_a_process = std::max(of_a_process, std::get<uint64_t>(cell(whole, row, "peak_bytes")));
  EXPECT_EQ(most, of_a_process);
}

TEST(TimeSums, WhatHasNoRoomIsPutTogetherByStretch) {
  const auto add = [](uint64_t& into, uint64_t from) { into += from; };
  TimeSums<uint64_t> sums(2), more(2);
  for (const uint64_t group : {0, 1, 2, 3})
    for (const uint64_t stretch : {5, 6}) sums.of(group << 32 | stretch) += 1 + group;
  EXPECT_TRUE(sums.full());
  EXPECT_EQ(sums.others(), (std::map<uint32_t, uint64_t>{{5, 9}, {6, 9}}));
  EXPECT_EQ(sums.estimate(), 8u);
  more.of(uint64_t{0} << 32 | 5) = 100;
  more.of(uint64_t{KeyGroups::kOthers} << 32 | 7) = 1000;
  sums.merge(more, {1}, add);  // its first group is the second one here
  EXPECT_EQ(sums.others(), (std::map<uint32_t, uint64_t>{{5, 109}, {6, 9}, {7, 1000}}));
  uint64_t told_apart = 0;
  sums.for_each([&](uint64_t, uint64_t sum) { told_apart += sum; });
  EXPECT_EQ(told_apart, 2u);
}

}  // namespace
}  // namespace ebpftrace::analyzer
