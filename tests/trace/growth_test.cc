// SPDX-License-Identifier: Apache-2.0
// A trace that is still being written: looked at in any number of steps, it ends as what opening the whole file finds.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <tuple>

#include "tests/analyzer/forgery.h"
#include "tests/script.h"
#include "tests/trace/growing_bytes.h"
#include "trace/read/block.h"
#include "trace/read/recordings.h"
#include "trace/read/trace_error.h"

namespace ebpftrace::trace {
namespace {

namespace fs = std::filesystem;

// A catalogue of nothing, so that opening it some ten thousand times takes no time.
std::vector<std::byte> tiny_trace() {
  CatalogueParts none = catalogue_parts();
  const EventType type{.id = 1, .name = "syscall"};
  none.events = {type};
  none.syscalls = {};
  none.syscalls32 = {};
  none.symbols = {};
  none.values = {};
  analyzer::Forgery forgery(none);
  for (int i = 0; i < 3; ++i) {
    forgery.add_block(
        1, 5, [](schema::Block::Builder) {}, [&](FrameHeader& header) { header.first_ns = header.last_ns = 1000 + i; });
    capnp::MallocMessageBuilder message;
    auto status = message.initRoot<schema::Status>();
    auto counts = status.initCounts(1);
    counts[0].setType(1);
    counts[0].setCount(5 * static_cast<uint64_t>(i + 1));
    status.setFinal(i == 2);
    forgery.add(FrameKind::kStatus, message);
  }
  return forgery.add_end(kNoIndex).bytes();
}

std::vector<Frame> list(const Frames& frames) {
  std::vector<Frame> all;
  for (const Frame frame : frames) all.push_back(frame);
  return all;
}

bool same(const Frame& a, const Frame& b) {
  return std::tie(a.offset, a.first_ns, a.last_ns, a.count, a.cpu, a.raw_bytes, a.stored_bytes, a.kind, a.type) ==
         std::tie(b.offset, b.first_ns, b.last_ns, b.count, b.cpu, b.raw_bytes, b.stored_bytes, b.kind, b.type);
}

bool begins_with(const Trace& whole, const Trace& front) {
  const auto a = list(whole.frames()), b = list(front.frames());
  return b.size() <= a.size() && std::equal(b.begin(), b.end(), a.begin(), same);
}

std::vector<std::pair<uint64_t, std::string>> reports(const Trace& trace) {
  std::vector<std::pair<uint64_t, std::string>> all;
  for (const Damage& damage : trace.damage().list()) all.emplace_back(damage.offset, damage.what);
  return all;
}

// Opened when it has `size` bytes, then grown by steps of at most that many.
std::unique_ptr<Trace> grown(const std::vector<std::byte>& bytes, uint64_t size, uint64_t largest_step, uint64_t seed,
                             bool pipe = false) {
  std::mt19937_64 random(seed);
  auto source = std::make_shared<GrowingBytes::Source>();
  source->bytes = bytes;
  source->size = size;
  auto trace = std::make_unique<Trace>(std::make_shared<GrowingBytes>(source), Tail::kMayGrow);
  EXPECT_EQ(trace->frames_kept(), 0u);
  while (source->size < bytes.size()) {
    source->size = std::min<uint64_t>(bytes.size(), source->size + 1 + random() % largest_step);
    if (auto next = trace->refresh()) {
      EXPECT_TRUE(begins_with(*next, *trace));
      EXPECT_EQ(next->frames_kept(), trace->frames().size());
      trace = std::move(next);
    }
  }
  if (!pipe) return trace;
  source->ended = true;
  if (auto next = trace->refresh()) trace = std::move(next);
  return trace;
}

void expect_the_same(const Trace& grown, const Trace& whole, uint64_t from) {
  EXPECT_EQ(grown.frames().size(), whole.frames().size()) << from;
  EXPECT_TRUE(begins_with(whole, grown)) << from;
  // Who looks at all times has read every status, not only the last.
  auto said = reports(grown), wanted = reports(whole);
  std::erase_if(said, [&](const auto& report) {
    return std::find(wanted.begin(), wanted.end(), report) == wanted.end() &&
           std::ranges::any_of(list(whole.frames()), [&](const Frame& frame) {
             return frame.is(FrameKind::kStatus) && frame.offset == report.first;
           });
  });
  EXPECT_EQ(said, wanted) << from;
  EXPECT_EQ(grown.closed(), whole.closed()) << from;
  EXPECT_EQ(grown.losses().known, whole.losses().known) << from;
  EXPECT_EQ(grown.facts().start_boot_ns, whole.facts().start_boot_ns) << from;
  EXPECT_EQ(grown.facts().probe, whole.facts().probe) << from;
  EXPECT_EQ(grown.catalogue().types.size(), whole.catalogue().types.size()) << from;
  EXPECT_TRUE(grown.begun()) << from;
  EXPECT_FALSE(grown.growing()) << from;
}

TEST(Growth, FromEveryLengthItEndsAsTheWhole) {
  const auto bytes = tiny_trace();
  const Trace whole(in_memory(bytes));
  ASSERT_TRUE(whole.complete() && whole.losses().known);
  ASSERT_EQ(whole.catalogue().types.size(), 1u);
  for (uint64_t size = 0; size <= bytes.size(); ++size) {
    const auto trace = grown(bytes, size, 1 + size % 97, size);
    expect_the_same(*trace, whole, size);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Growth, ByteByByte) {
  const auto bytes = tiny_trace();
  const auto trace = grown(bytes, 0, 1, 1);
  expect_the_same(*trace, Trace(in_memory(bytes)), 0);
}

TEST(Growth, OfARealOneItAnswersTheSame) {
  const auto bytes = script_bytes(
      "small header\n10us a read 5 file=/x\nflush\n20us b:7 write 6 file=/y\nlost cpu1 3\nflush\n30us b:7 exit 1\n");
  const Trace whole(in_memory(bytes));
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto trace = grown(bytes, seed * bytes.size() / 20, bytes.size() / 5, seed);
    expect_the_same(*trace, whole, seed);
    EXPECT_EQ(event_lines(*trace), event_lines(whole));
    EXPECT_EQ(trace->losses().list.size(), 1u);
  }
}

// Wherever a byte is wrong: what is found, and what is said of it, does not depend on the steps.
TEST(Growth, OfADamagedOneItFindsTheSame) {
  const auto sound = tiny_trace();
  std::mt19937_64 random(5);
  for (int i = 0; i < 300; ++i) {
    auto bytes = sound;
    bytes[sizeof(Preamble) + random() % (bytes.size() - sizeof(Preamble))] ^=
        static_cast<std::byte>(1 + random() % 255);
    if (i % 3 == 0)
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(sizeof(Preamble) + random() % 1000), 300,
                   std::byte{0xe5});
    const Trace whole(in_memory(bytes));
    expect_the_same(*grown(bytes, random() % bytes.size(), 1 + random() % 200, random(), true), whole,
                    static_cast<uint64_t>(i));
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Growth, HalfAFrameIsNotYetAndOnlyAtTheEndOfAPipeDamage) {
  auto bytes = tiny_trace();
  bytes.resize(bytes.size() - sizeof(EndMark) - 10);
  auto source = std::make_shared<GrowingBytes::Source>();
  source->bytes = bytes;
  source->size = bytes.size();
  const Trace open(std::make_shared<GrowingBytes>(source), Tail::kMayGrow);
  EXPECT_TRUE(open.growing() && open.damage().empty());
  EXPECT_FALSE(open.closed());
  EXPECT_FALSE(open.losses().known);
  EXPECT_EQ(open.refresh(), nullptr);
  source->ended = true;
  const auto ended = open.refresh();
  ASSERT_TRUE(ended);
  EXPECT_FALSE(ended->growing());
  EXPECT_EQ(reports(*ended), reports(Trace(in_memory(bytes))));
  EXPECT_EQ(ended->damage().list().size(), 1u);
}

TEST(Growth, WhatIsNoTraceIsRefusedAtItsFirstByte) {
  auto source = std::make_shared<GrowingBytes::Source>();
  source->bytes = std::vector<std::byte>(100, std::byte{'#'});
  source->name = "notes";
  const Trace empty(std::make_shared<GrowingBytes>(source), Tail::kMayGrow);
  EXPECT_FALSE(empty.begun());
  EXPECT_TRUE(empty.damage().empty());
  source->size = 1;
  try {
    empty.refresh();
    FAIL();
  } catch (const TraceError& error) {
    EXPECT_EQ(error.kind, TraceError::Kind::kNotATrace);
    EXPECT_EQ(error.file, "notes");
  }
}

class GrowingFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "growth_test.XXXXXX";
    ASSERT_TRUE(::mkdtemp(pattern.data()));
    folder = pattern;
  }
  void TearDown() override { fs::remove_all(folder); }

  void write(const std::string& name, const std::vector<std::byte>& bytes, size_t from = 0,
             size_t to = SIZE_MAX) const {
    std::ofstream out(folder / name, std::ios::binary | (from ? std::ios::app : std::ios::trunc));
    out.write(reinterpret_cast<const char*>(bytes.data() + from),
              static_cast<std::streamsize>(std::min(to, bytes.size()) - from));
  }
  std::unique_ptr<Trace> open(const std::string& name) const {
    return std::make_unique<Trace>(open_file(folder / name), Tail::kMayGrow);
  }

  fs::path folder;
};

// As the recorder does it when its disk is full: frames go, and the account and the end come in their place.
TEST_F(GrowingFile, WhatTheRecorderTakesBackIsGone) {
  const std::string front = "small header\n10us a read 5 file=/x\nflush\n20us a write 6 file=/x\nflush\n";
  const auto longer = script_bytes(front + "30us a write 7 file=/x\n30us a exit 1\nflush\n");
  const auto shorter = script_bytes(front + "lost cpu0 1 disk\n");
  const Trace whole(in_memory(shorter));
  const size_t common =
      static_cast<size_t>(std::mismatch(longer.begin(), longer.end(), shorter.begin()).first - longer.begin());
  ASSERT_GT(common, whole.frames()[2].end());
  write("t", longer, 0, Trace(in_memory(longer)).frames().back().offset);  // without index
  const auto trace = open("t");
  ASSERT_GT(trace->frames().size(), 4u);
  write("t", shorter);
  const auto next = trace->refresh();
  ASSERT_TRUE(next);
  EXPECT_LT(next->frames_kept(), trace->frames().size());
  EXPECT_TRUE(next->closed() && next->complete() && !next->growing());
  EXPECT_EQ(next->frames().size(), whole.frames().size());
  EXPECT_TRUE(begins_with(whole, *next));
  EXPECT_TRUE(next->losses().known);
  EXPECT_EQ(event_lines(*next), event_lines(whole));
  EXPECT_EQ(next->shortfalls().list().size(), 1u);
}

TEST_F(GrowingFile, CutShorterItIsReadAsFarAsItGoes) {
  const auto bytes = script_bytes("small header\n10us a read 5\nflush\n20us a read 6\nflush\n30us a read 7\n");
  const Trace whole(in_memory(bytes));
  write("t", bytes);
  for (const bool grows : {false, true}) {
    write("t", bytes, 0, bytes.size() - (grows ? 1 : 0));
    const Trace trace(open_file(folder / "t"), grows ? Tail::kMayGrow : Tail::kCutOff);
    ASSERT_GE(trace.frames().size() + 1, whole.frames().size());
    const auto second = trace.frames()[trace.blocks_of("syscall")[1]];
    fs::resize_file(folder / "t", second.offset + 70);
    EXPECT_EQ(std::ranges::count(event_lines(trace), '\n'), 1);  // and no SIGBUS
    EXPECT_FALSE(trace.damage().empty());
    const auto next = trace.refresh();
    EXPECT_EQ(next != nullptr, grows);
    if (!next) continue;
    EXPECT_EQ(next->frames().back().end(), second.offset);
    write("t", bytes, second.offset + 70);
    const auto again = next->refresh();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->frames().size(), whole.frames().size());
    EXPECT_TRUE(begins_with(whole, *again));
    EXPECT_TRUE(again->closed());
  }
}

TEST_F(GrowingFile, AnotherRecordingInItsPlaceIsAnError) {
  write("t", script_bytes("small header\n10us a read 5\nno end\n"));
  const auto trace = open("t");
  write("t", tiny_trace());
  EXPECT_THROW(trace->refresh(), TraceError);
  fs::resize_file(folder / "t", 0);
  EXPECT_THROW(trace->refresh(), TraceError);
}

TEST_F(GrowingFile, TheNextPartIsFollowed) {
  const auto parts = script_parts(
      "small header\n10us a read 5 file=/x\nlost cpu0 1\nrotate\n20us a write 6 file=/x\nrotate\n30us a exit 1\nlost "
      "cpu0 2\n");
  const std::string stale = "small header\n10us other read 5\nrotate\n20us other read 6\nrotate\n30us other read 7\n";
  auto others = script_parts(stale)[2];
  others.resize(others.size() - 1);
  write("run.0007.trace", others);
  write("run.x.trace", others);
  write("run.0001.trace", parts[0], 0, 100);
  std::unique_ptr<Trace> trace = open("run.0001.trace");
  auto look = [&] {
    auto next = trace->refresh();
    if (!next) return false;
    EXPECT_TRUE(begins_with(*next, *trace));
    trace = std::move(next);
    return true;
  };
  EXPECT_FALSE(trace->begun());
  write("run.0001.trace", parts[0], 100, parts[0].size() - 1);
  EXPECT_TRUE(look());
  EXPECT_TRUE(trace->begun());
  EXPECT_FALSE(look());
  write("run.0002.trace", {});  // is there before the one before ends
  write("run.0001.trace", parts[0], parts[0].size() - 1);
  EXPECT_TRUE(look());
  EXPECT_TRUE(trace->growing());
  EXPECT_EQ(trace->parts().size(), 1u);
  EXPECT_FALSE(look());
  write("run.0002.trace", parts[1], 0, 30);
  EXPECT_FALSE(look());
  write("run.0002.trace", parts[1], 30, parts[1].size() - 200);
  EXPECT_TRUE(look());
  EXPECT_EQ(trace->parts().size(), 2u);
  EXPECT_FALSE(trace->closed());
  EXPECT_EQ(trace->parts()[1].file, folder / "run.0002.trace");
  write("run.0003.trace", {});  // which could not be gone on in
  write("run.0004.trace", {});
  write("run.0002.trace", parts[1], parts[1].size() - 200);
  look();
  EXPECT_EQ(trace->parts().size(), 2u);
  EXPECT_TRUE(trace->growing());
  write("run.0003.trace", parts[2]);
  EXPECT_TRUE(look());
  EXPECT_EQ(trace->parts().size(), 3u);
  EXPECT_TRUE(trace->closed() && trace->complete());
  EXPECT_FALSE(trace->growing());
  EXPECT_TRUE(trace->shortfalls().list().empty());
  EXPECT_TRUE(trace->losses().known);
  std::vector<std::shared_ptr<const TraceBytes>> files;
  for (const auto& part : parts) files.push_back(named_bytes("", part));
  EXPECT_EQ(event_lines(*trace), event_lines(Trace(std::move(files))));
}

TEST_F(GrowingFile, WithoutANextPartItIsTheEnd) {
  const auto parts = script_parts("small header\n10us a read 5 file=/x\nrotate\n20us a write 6 file=/x\n");
  write("run.0001.trace", parts[0]);
  const auto trace = open("run.0001.trace");
  EXPECT_FALSE(trace->growing());
  EXPECT_TRUE(trace->closed());
  EXPECT_EQ(trace->shortfalls().list(),
            std::vector<std::string>{"the recording goes on behind part 1, but the next part is not here"});
  // What is whole when it is opened needs no name to be followed by.
  const std::vector<std::string> both = {folder / "run.0001.trace", folder / "run.0002.trace"};
  write("run.0002.trace", parts[1]);
  const auto opened = open_recordings(both, Tail::kMayGrow);
  ASSERT_EQ(opened.traces.size(), 1u);
  EXPECT_TRUE(opened.traces[0]->complete() && !opened.traces[0]->growing());
  EXPECT_EQ(opened.traces[0]->parts().size(), 2u);
}

}  // namespace
}  // namespace ebpftrace::trace
