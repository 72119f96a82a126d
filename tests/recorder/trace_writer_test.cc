// SPDX-License-Identifier: Apache-2.0
// From blocks in the queue to a file that the analyzer opens, with and without room for it.
#include "recorder/trace_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "trace/read/trace.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"

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

struct Outcome {
  bool complete;
  uint64_t recorded = 0, lost = 0;
  bool opened_complete = false, losses_known = false;
};

// 100 blocks of 50 calls with arguments that don't compress, through a disk of that size.
Outcome write_through(trace::OutputCalls& calls) {
  std::string folder = fs::temp_directory_path() / "trace_writer_test.XXXXXX";
  EXPECT_TRUE(::mkdtemp(folder.data()));
  const fs::path path = fs::path(folder) / "a.trace";
  const auto catalogue = event_catalogue();
  Outcome outcome{};
  {
    auto file = std::make_unique<trace::TraceFile>(path, trace::OutputOwner{::geteuid(), ::getegid()}, calls);
    BlockQueue queue({});
    LossLedger losses;
    capnp::MallocMessageBuilder header;
    trace::build_header(header, {.probe = "test"});
    TraceWriter writer(
        std::move(file), queue, losses, header, trace::built_in_catalogue_frame(),
        [] {
          return StatusReport{{{0, EVENT_SYSCALL, What::PRODUCED, 5000}}, {}};
        },
        1);
    uint64_t random = 1;
    for (int block = 0; block < 100; ++block) {
      BlockPtr rows;
      while (!(rows = queue.take(catalogue[0], 0))) std::this_thread::yield();
      for (int row = 0; row < 50; ++row) {
        for (unsigned column = 0; column < syscall_columns::count; ++column) rows->set(column, 0);
        for (unsigned column = 0; column < syscall_columns::path; ++column)
          rows->set(column, column <= syscall_columns::duration_ns ? 1 : random = random * 6364136223846793005u + 1);
        rows->end_row();
      }
      queue.push(std::move(rows));
    }
    queue.close();
    outcome.complete = writer.finish("test");
  }
  trace::Trace trace(trace::open_file(path));
  outcome.opened_complete = trace.complete();
  outcome.losses_known = trace.losses().known;
  for (const auto position : trace.blocks_of("syscall")) outcome.recorded += trace.frames()[position].count;
  for (const trace::Loss& loss : trace.losses().list) outcome.lost += loss.count;
  fs::remove_all(folder);
  return outcome;
}

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

}  // namespace
}  // namespace ebpftrace::recorder
