// SPDX-License-Identifier: Apache-2.0
// A recording in several files: names, limits, what each accounts for, and what is carried from one to the next.
#include "recorder/output/rotation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "recorder/output/part_account.h"
#include "recorder/output/trace_writer.h"
#include "trace/read/trace.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"

namespace ebpftrace::recorder {
namespace {

namespace fs = std::filesystem;
using What = schema::Count::What;

TEST(RotationLimits, TakesSizesAndTimes) {
  RotationLimits limits;
  EXPECT_FALSE(limits.wanted());
  limits.add("1.5G");
  limits.add("10min");
  EXPECT_TRUE(limits.wanted());
  EXPECT_EQ(limits.bytes, 3u << 29);
  EXPECT_EQ(limits.seconds, 600);
  limits.add("2m");
  EXPECT_EQ(limits.seconds, 120);
  limits.add("1024k");
  EXPECT_EQ(limits.bytes, 1u << 20);
  for (const char* bad : {"", "M", "10", "-1M", "0s", "1023K", "0.5s", "1e99G", "nan s", "infh", "10 M", "1MB"})
    EXPECT_THROW(limits.add(bad), std::invalid_argument) << bad;
}

class PartFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "rotation_test.XXXXXX";
    ASSERT_TRUE(::mkdtemp(pattern.data()));
    folder = pattern;
  }
  void TearDown() override { fs::remove_all(folder); }

  std::vector<std::string> there() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path folder;
  trace::OutputCalls calls;
  const trace::OutputOwner us{::geteuid(), ::getegid()};
};

TEST_F(PartFilesTest, NumbersThemAndKeepsTheNewest) {
  PartFiles parts(folder / "run.trace", us, calls, 2);
  for (int i = 0; i < 12; ++i) parts.next();
  EXPECT_EQ(there(), (std::vector<std::string>{"run.0011.trace", "run.0012.trace"}));
  PartFiles all(folder / "no_extension", us, calls, 0);
  EXPECT_EQ(all.next()->path(), folder / "no_extension.0001");
  EXPECT_EQ(all.name(10000), "no_extension.10000");
}

TEST_F(PartFilesTest, RemovesOnlyWhatItMade) {
  std::ofstream(folder / "run.0009.trace") << "of another recording";
  PartFiles parts(folder / "run.trace", us, calls, 1);
  parts.next();
  parts.next();
  EXPECT_EQ(there(), (std::vector<std::string>{"run.0002.trace", "run.0009.trace"}));
}

TEST_F(PartFilesTest, APartThatCannotBeMadeIsAskedForAgain) {
  PartFiles parts(folder / "run.trace", us, calls, 0);
  parts.next();
  fs::create_symlink(folder / "target", folder / "run.0002.trace");
  EXPECT_THROW(parts.next(), trace::OutputError);
  fs::remove(folder / "run.0002.trace");
  EXPECT_EQ(parts.next()->path(), folder / "run.0002.trace");
  EXPECT_EQ(parts.part(), 2u);
}

TEST_F(PartFilesTest, NeedsAFolder) {
  EXPECT_THROW(PartFiles("-", us, calls, 0), trace::OutputError);
  EXPECT_THROW(PartFiles(folder / "none" / "run.trace", us, calls, 0), trace::OutputError);
}

uint64_t sum_of(const std::vector<EventCount>& counts, uint16_t type, What what) {
  uint64_t sum = 0;
  for (const EventCount& count : counts)
    if (count.type == type && count.what == what) sum += count.count;
  return sum;
}

TEST(PartAccount, EachPartHasItsOwnAndNothingIsCountedTwice) {
  PartAccount account;
  // 100 were produced when the first part ends: 70 are in it, 10 are lost, 20 are on their way.
  std::vector<EventCount> counts = {{0, EVENT_SYSCALL, What::PRODUCED, 60},
                                    {1, EVENT_SYSCALL, What::PRODUCED, 40},
                                    {0, EVENT_SYSCALL, What::RING_FULL, 6},
                                    {1, EVENT_SYSCALL, What::QUEUE_FULL, 4}};
  RowCounts first;
  first.add(0, EVENT_SYSCALL, 50);
  first.add(1, EVENT_SYSCALL, 20);
  const auto ended = account.end_part(counts, first);
  EXPECT_EQ(sum_of(ended, EVENT_SYSCALL, What::PRODUCED), 80u);
  EXPECT_EQ(sum_of(ended, EVENT_SYSCALL, What::RING_FULL), 6u);
  // 5 more come, 1 more is lost: the second part has the 20 and these.
  counts[0].count += 5;
  counts[2].count += 1;
  const auto second = account.of_part(counts);
  EXPECT_EQ(sum_of(second, EVENT_SYSCALL, What::PRODUCED), 25u);
  EXPECT_EQ(sum_of(second, EVENT_SYSCALL, What::RING_FULL), 1u);
  EXPECT_EQ(sum_of(second, EVENT_SYSCALL, What::QUEUE_FULL), 0u);
}

TEST(PartAccount, DescriptionsAreCountedOnWhateverCpu) {
  PartAccount account;
  const std::vector<EventCount> counts = {{0, EVENT_FILE, What::PRODUCED, 3}, {1, EVENT_FILE, What::PRODUCED, 4}};
  RowCounts recorded;
  recorded.add(trace::kNoCpu, EVENT_FILE, 5);
  account.end_part(counts, recorded);
  EXPECT_EQ(sum_of(account.of_part(counts), EVENT_FILE, What::PRODUCED), 2u);
}

// ---- the writer ----

class RotatedWriter : public PartFilesTest {
 protected:
  void start() { start(calls); }
  void start(trace::OutputCalls& output) {
    parts = std::make_unique<PartFiles>(folder / "run.trace", us, output, keep);
    trace::build_header(*header, {.probe = "test", .part = 1});
    writer = std::make_unique<TraceWriter>(
        parts->next(), queue, losses, *header, trace::built_in_catalogue_frame(),
        [this] {
          return StatusReport{counts, {}};
        },
        1);
    writer->go_on_with([this] {
      if (refuse) return TraceWriter::NextFile{};
      TraceWriter::NextFile next{parts->next(), std::make_unique<capnp::MallocMessageBuilder>()};
      trace::build_header(*next.header, {.probe = "test", .part = parts->part()});
      return next;
    });
  }

  // One block with a description of this thread.
  void describe(uint32_t thread, bool carried = false) {
    const EventType& type = catalogue[EVENT_THREAD - 1];
    ASSERT_EQ(type.id, EVENT_THREAD);
    BlockPtr rows = queue.take(type, trace::kNoCpu);
    for (unsigned column = 0; column < type.columns.size(); ++column) rows->set(column, 0);
    rows->set(thread_columns::thread, thread);
    rows->end_row();
    if (carried) rows->carry();
    queue.push(std::move(rows));
    losses.add(trace::kNoCpu, EVENT_THREAD, What::PRODUCED, 1);
  }

  void finish() {
    queue.close();
    EXPECT_TRUE(writer->finish("test"));
    writer.reset();
  }

  trace::Trace part(unsigned number) const { return trace::Trace(trace::open_file(folder / parts->name(number))); }

  static uint64_t threads_in(const trace::Trace& trace) {
    uint64_t rows = 0;
    for (const auto position : trace.blocks_of("thread")) rows += trace.frames()[position].count;
    return rows;
  }

  const std::vector<EventType> catalogue = event_catalogue();
  BlockQueue queue{{}};
  LossLedger losses;
  std::vector<EventCount> counts;
  const std::unique_ptr<capnp::MallocMessageBuilder> header = std::make_unique<capnp::MallocMessageBuilder>();
  std::unique_ptr<PartFiles> parts;
  std::unique_ptr<TraceWriter> writer;
  bool refuse = false;
  unsigned keep = 0;
};

TEST_F(RotatedWriter, EveryPartIsAWholeTrace) {
  start();
  describe(1);
  queue.push_mark();
  describe(2);
  describe(3);
  queue.push_mark();
  finish();
  const unsigned expected[] = {1, 2, 0};
  for (unsigned number = 1; number <= 3; ++number) {
    const trace::Trace trace = part(number);
    EXPECT_TRUE(trace.complete()) << number;
    EXPECT_EQ(trace.facts().part, number);
    EXPECT_EQ(threads_in(trace), expected[number - 1]);
    EXPECT_TRUE(trace.losses().known && trace.losses().list.empty()) << number;
  }
}

TEST_F(RotatedWriter, WhatIsCarriedIsInBothAndOnlyInBoth) {
  start();
  describe(1);
  describe(2, true);
  queue.push_mark();
  describe(3);
  queue.push_mark();
  describe(4);
  finish();
  EXPECT_EQ(threads_in(part(1)), 2u);
  EXPECT_EQ(threads_in(part(2)), 2u);
  EXPECT_EQ(threads_in(part(3)), 1u);
  for (unsigned number = 1; number <= 3; ++number) {
    const trace::Trace trace = part(number);
    EXPECT_TRUE(trace.complete() && trace.losses().known && trace.losses().list.empty()) << number;
  }
}

TEST_F(RotatedWriter, WithoutANextFileItGoesOnInTheOld) {
  refuse = true;
  start();
  describe(1, true);
  queue.push_mark();
  describe(2);
  finish();
  EXPECT_EQ(threads_in(part(1)), 2u);
  EXPECT_EQ(there(), std::vector<std::string>{"run.0001.trace"});
}

// A disk that is full until the parts before have made room: what came meanwhile is lost in the part that it belonged to.
TEST_F(RotatedWriter, AfterAFullDiskItGoesOnInTheNextPart) {
  struct Full : trace::OutputCalls {
    ssize_t write(int fd, const void* bytes, size_t count) override {
      if (full && writes++ == 0) {  // the account of it then has room
        errno = ENOSPC;
        return -1;
      }
      return OutputCalls::write(fd, bytes, count);
    }
    std::atomic<bool> full{false};
    int writes = 0;
  } disk;
  start(disk);
  describe(1);
  while (!writer->size().own()) std::this_thread::yield();
  disk.full = true;
  describe(2, true);
  describe(3);
  queue.push_mark();
  describe(4);
  queue.close();
  EXPECT_FALSE(writer->finish("test")) << "something is missing";
  EXPECT_EQ(writer->error(), ENOSPC);
  EXPECT_EQ(writer->parts(), 2u);
  writer.reset();
  uint64_t lost = 0;
  for (unsigned number = 1; number <= 2; ++number) {
    const trace::Trace trace = part(number);
    EXPECT_TRUE(trace.complete() && trace.losses().known) << number;
    for (const trace::Loss& loss : trace.losses().list) lost += loss.count;
    EXPECT_EQ(lost + threads_in(part(1)), 3u);
  }
  EXPECT_GE(lost, 2u) << "the one that failed, and what came before the part ended";
  EXPECT_EQ(threads_in(part(2)), 2u) << "what is carried on is there though the part before lost it";
}

TEST_F(RotatedWriter, ADiskThatFailsForGoodCostsNoOlderPart) {
  struct Failing : trace::OutputCalls {
    ssize_t write(int fd, const void* bytes, size_t count) override {
      if (!fails) return OutputCalls::write(fd, bytes, count);
      errno = EIO;
      return -1;
    }
    std::atomic<bool> fails{false};
  } disk;
  keep = 2;
  start(disk);
  describe(1);
  queue.push_mark();
  describe(2);
  while (writer->marks() < 1 || !writer->size().own()) std::this_thread::yield();
  disk.fails = true;
  for (int i = 0; i < 5; ++i) {
    describe(3);
    queue.push_mark();
  }
  queue.close();
  EXPECT_FALSE(writer->finish("test"));
  writer.reset();
  EXPECT_EQ(there(), (std::vector<std::string>{"run.0001.trace", "run.0002.trace"}));
  EXPECT_TRUE(part(1).complete());
  EXPECT_EQ(threads_in(part(1)), 1u);
  EXPECT_FALSE(part(2).complete());
  EXPECT_EQ(threads_in(part(2)), 1u);
}

TEST_F(RotatedWriter, AnEventThatWentAstrayShowsInTheLastPart) {
  start();
  describe(1);
  losses.add(trace::kNoCpu, EVENT_THREAD, What::PRODUCED, 1);  // and came nowhere
  queue.push_mark();
  describe(2);
  finish();
  EXPECT_TRUE(part(1).complete());
  EXPECT_FALSE(part(2).complete());
}

}  // namespace
}  // namespace ebpftrace::recorder
