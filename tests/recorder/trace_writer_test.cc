// SPDX-License-Identifier: Apache-2.0
// From blocks in the queue to a file that the analyzer opens, with and without room for it.
#include "recorder/output/trace_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>
#include <tuple>

#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "tests/recorder/written_trace.h"
#include "trace/read/block.h"
#include "trace/read/trace.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"
#include "trace/write/index_frame.h"

namespace ebpftrace::recorder {
namespace {

namespace fs = std::filesystem;
using What = schema::Count::What;

// A disk with so many bytes.
class SmallDisk : public trace::OutputCalls {
 public:
  explicit SmallDisk(uint64_t room) : room_(room) {}
  ssize_t write(int fd, const void* bytes, size_t count) override {
    if (used_ == room_) {
      errno = ENOSPC;
      return -1;
    }
    const ssize_t n = trace::OutputCalls::write(fd, bytes, std::min<uint64_t>(count, room_ - used_));
    if (n > 0) used_ += static_cast<uint64_t>(n);
    return n;
  }
  int ftruncate(int fd, off_t size) override {
    used_ = static_cast<uint64_t>(size);
    return trace::OutputCalls::ftruncate(fd, size);
  }

 private:
  uint64_t room_, used_ = 0;
};

TEST(TraceWriter, WritesEverythingWhenThereIsRoom) {
  trace::OutputCalls calls;
  const Outcome outcome = write_through(calls);
  EXPECT_TRUE(outcome.complete);
  EXPECT_TRUE(outcome.opened_complete);
  EXPECT_EQ(outcome.recorded, 5000u);
  EXPECT_EQ(outcome.lost, 0u);
}

TEST(TraceWriter, AFullDiskGivesAValidFileWithTheExactLoss) {
  for (uint64_t room = 64'000; room < 400'000; room += 9'973) {
    SmallDisk disk(room);
    const Outcome outcome = write_through(disk);
    EXPECT_FALSE(outcome.complete) << room;
    EXPECT_TRUE(outcome.opened_complete) << room;
    EXPECT_TRUE(outcome.losses_known) << room;
    EXPECT_EQ(outcome.recorded + outcome.lost, 5000u) << room;
    EXPECT_GT(outcome.lost, 0u) << room;
  }
}

// A trace of blocks that `fill` hands to the queue, in memory.
trace::Trace written(uint64_t produced, const std::function<void(BlockQueue&, const EventType&)>& fill) {
  std::string folder = fs::temp_directory_path() / "trace_writer_test.XXXXXX";
  EXPECT_TRUE(::mkdtemp(folder.data()));
  const fs::path path = fs::path(folder) / "a.trace";
  const auto catalogue = event_catalogue();
  trace::OutputCalls calls;
  {
    BlockQueue queue({});
    LossLedger losses;
    capnp::MallocMessageBuilder header;
    trace::build_header(header, {.probe = "test"});
    TraceWriter writer(
        std::make_unique<trace::TraceFile>(path, trace::OutputOwner{::geteuid(), ::getegid()}, calls), queue, losses,
        header, trace::built_in_catalogue_frame(),
        [&] {
          return StatusReport{{{0, EVENT_SYSCALL, What::PRODUCED, produced}}, {}};
        },
        1);
    fill(queue, catalogue[0]);
    queue.close();
    EXPECT_TRUE(writer.finish("test"));
  }
  std::vector<std::byte> bytes(fs::file_size(path));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  fs::remove_all(folder);
  return trace::Trace(trace::in_memory(std::move(bytes)));
}

BlockPtr block_of(BlockQueue& queue, const EventType& type) {
  BlockPtr rows;
  while (!(rows = queue.take(type, 0))) std::this_thread::yield();
  return rows;
}

TEST(TraceWriter, NoFrameIsTooLargeForAMessageBroker) {
  constexpr size_t kRows = 8000;
  const trace::Trace trace = written(kRows, [&](BlockQueue& queue, const EventType& type) {
    BlockPtr rows = block_of(queue, type);
    std::mt19937_64 random(1);
    std::string text(70, ' ');
    for (size_t row = 0; row < kRows; ++row) {
      for (unsigned column = 0; column < syscall_columns::count; ++column)
        rows->set(column, column > syscall_columns::duration_ns && column < syscall_columns::thread ? random() : 0);
      for (char& c : text) c = static_cast<char>(random());
      rows->set_string(syscall_columns::path, text);
      rows->set(syscall_columns::time_ns, row);
      rows->end_row();
    }
    queue.push(std::move(rows));
  });
  EXPECT_TRUE(trace.complete());
  EXPECT_GT(trace.blocks_of("syscall").size(), 1u);
  for (const trace::Frame frame : trace.frames()) EXPECT_LT(frame.stored_bytes, trace::kMaxWrittenBytes);
  std::mt19937_64 random(1);
  uint64_t row = 0;
  trace::Block block(trace, "syscall", {"timeNs", "result", "path"});
  for (const uint32_t position : trace.blocks_of("syscall")) {
    ASSERT_TRUE(block.load(trace.frames()[position]));
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i, ++row) {
        EXPECT_EQ(block.column(0)[i], row);
        EXPECT_EQ(block.column(1)[i], random());
        for (unsigned other = syscall_columns::arg0; other < syscall_columns::thread; ++other) random();
        std::string text(70, ' ');
        for (char& c : text) c = static_cast<char>(random());
        EXPECT_EQ(block.text(block.column(2)[i]).bytes, text);
      }
  }
  EXPECT_EQ(row, kRows);
}

std::vector<trace::Frame> list(const trace::Frames& frames) {
  std::vector<trace::Frame> all;
  for (const trace::Frame frame : frames) all.push_back(frame);
  return all;
}

bool same(const trace::Frame& a, const trace::Frame& b) {
  return std::tie(a.offset, a.first_ns, a.last_ns, a.count, a.cpu, a.raw_bytes, a.stored_bytes, a.kind, a.type) ==
         std::tie(b.offset, b.first_ns, b.last_ns, b.count, b.cpu, b.raw_bytes, b.stored_bytes, b.kind, b.type);
}

// More frames than a segment of the index lists: what it says is what a look at every frame header finds.
TEST(TraceWriter, TheIndexComesInSegments) {
  constexpr size_t kBlocks = 2 * trace::kFramesPerIndex + 100;
  const trace::Trace trace = written(kBlocks, [&](BlockQueue& queue, const EventType& type) {
    for (size_t i = 0; i < kBlocks; ++i) {
      BlockPtr rows = block_of(queue, type);
      for (unsigned column = 0; column < syscall_columns::count; ++column) rows->set(column, 0);
      rows->set(syscall_columns::time_ns, i * i);
      rows->set(syscall_columns::duration_ns, i % 7 ? i : 1ull << 40);
      rows->end_row();
      queue.push(std::move(rows));
    }
  });
  EXPECT_TRUE(trace.complete());
  const auto frames = list(trace.frames());
  std::vector<trace::Frame> segments;
  for (const trace::Frame& frame : frames)
    if (frame.is(trace::FrameKind::kIndex)) segments.push_back(frame);
  EXPECT_EQ(segments.size(), 3u);

  trace::DamageLog none;
  trace::Frames indexed, found_by_scan;
  ASSERT_TRUE(trace::indexed_frames({trace.bytes()}, indexed, none));
  EXPECT_EQ(indexed.size(), frames.size());
  trace::FrameDirectory directory;
  trace::scan_frames({trace.bytes()}, trace::Tail::kCutOff, directory, found_by_scan, none);
  const auto scanned = list(found_by_scan);
  EXPECT_TRUE(none.empty());
  ASSERT_EQ(scanned.size(), frames.size());
  EXPECT_TRUE(std::equal(scanned.begin(), scanned.end(), frames.begin(), same));

  // With any of them damaged, the frames are found all the same, and it is said.
  for (const trace::Frame& segment : segments) {
    std::vector<std::byte> bytes(trace.bytes().size());
    trace.bytes().read(0, bytes);
    bytes[segment.offset + sizeof(trace::FrameHeader) + segment.stored_bytes / 2] ^= std::byte{1};
    const trace::Trace damaged(trace::in_memory(std::move(bytes)));
    EXPECT_FALSE(damaged.damage().empty());
    const auto found = list(damaged.frames());
    EXPECT_TRUE(std::equal(found.begin(), found.end(), frames.begin(), frames.end(), same));
  }
}

}  // namespace
}  // namespace ebpftrace::recorder
