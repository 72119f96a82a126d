// SPDX-License-Identifier: Apache-2.0
// The recorder's threads as they run together: CPUs that fill their rings, the drain, the writer that encodes, rotates and
// ends files, whoever asks how far it is, and a reader of the file that grows. All that was produced is in the files or counted.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "analyzer/api/session.h"
#include "bpf/records.h"
#include "recorder/drain/drain.h"
#include "recorder/event_columns.h"
#include "recorder/output/rotation.h"
#include "recorder/output/trace_writer.h"
#include "trace/read/trace.h"
#include "trace/read/trace_error.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"

namespace ebpftrace::recorder {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr uint32_t kCpus = 3;
constexpr uint64_t kCalls = 60'000;  // of each

class Pipeline : public testing::Test {
 protected:
  Pipeline() {
    std::string name = fs::temp_directory_path() / "pipeline_test.XXXXXX";
    EXPECT_TRUE(::mkdtemp(name.data()));
    folder_ = name;
  }
  ~Pipeline() override { fs::remove_all(folder_); }

  CpuRings rings() { return {controls_.data(), chunks_.get(), kCpus, 1}; }

  // As bpf/syscalls.h does: a record whole, then the head; what finds no room is counted.
  void run_cpu(uint32_t cpu) {
    ring_control& control = controls_[cpu];
    for (uint64_t i = 0; i < kCalls; ++i) {
      syscall_record record{};
      record.number = static_cast<u32>(i % 300);
      record.time_ns = i;
      record.thread = cpu + 1;
      record.size = SYSCALL_FIXED;
      const uint64_t head = std::atomic_ref(control.head).load(std::memory_order_relaxed);
      if (head + record.size - std::atomic_ref(control.tail).load(std::memory_order_acquire) > CHUNK_BYTES) {
        lost_[cpu].fetch_add(1, std::memory_order_relaxed);
      } else {
        std::memcpy(chunks_[cpu].bytes + (head & (CHUNK_BYTES - 1)), &record, SYSCALL_FIXED);
        std::atomic_ref(control.head).store(head + record.size, std::memory_order_release);
      }
      produced_[cpu].fetch_add(1, std::memory_order_relaxed);
    }
    ++cpus_done_;
  }

  StatusReport report() const {
    StatusReport report;
    for (uint32_t cpu = 0; cpu < kCpus; ++cpu) {
      report.counts.push_back({cpu, EVENT_SYSCALL, schema::Count::What::PRODUCED, produced_[cpu].load()});
      report.counts.push_back({cpu, EVENT_SYSCALL, schema::Count::What::RING_FULL, lost_[cpu].load()});
    }
    return report;
  }

  fs::path folder_;
  std::vector<ring_control> controls_{kCpus};
  std::unique_ptr<ring_chunk[]> chunks_ = std::make_unique<ring_chunk[]>(kCpus);
  std::atomic<uint64_t> produced_[kCpus] = {}, lost_[kCpus] = {};
  std::atomic<uint32_t> cpus_done_{0};
};

TEST_F(Pipeline, EverythingIsThereOrCountedAcrossThreadsAndParts) {
  const auto catalogue = event_catalogue();
  trace::OutputCalls calls;
  PartFiles parts(folder_ / "run.trace", {::geteuid(), ::getegid()}, calls, 0);
  BlockQueue queue({.syscall_rows = 1024, .syscall_blocks = 8});
  LossLedger losses;
  Drain drain(catalogue, rings(), queue, losses, [] {});
  capnp::MallocMessageBuilder header;
  trace::build_header(header, {.probe = "test", .part = 1});
  TraceWriter writer(
      parts.next(), queue, losses, header, trace::built_in_catalogue_frame(), [this] { return report(); }, 1);
  writer.go_on_with([&] {
    TraceWriter::NextFile next{parts.next(), std::make_unique<capnp::MallocMessageBuilder>()};
    trace::build_header(*next.header, {.probe = "test", .part = parts.part()});
    return next;
  });

  std::vector<std::jthread> cpus;
  for (uint32_t cpu = 0; cpu < kCpus; ++cpu) cpus.emplace_back([this, cpu] { run_cpu(cpu); });
  // Looks at the first part while it is written.
  std::atomic<bool> done{false};
  std::jthread reader([&] {
    const std::string file = folder_ / "run.0001.trace";
    std::unique_ptr<analyzer::Session> session;
    uint64_t before = 0;
    while (!done) {
      std::this_thread::sleep_for(5ms);
      try {
        if (!session)
          session = std::move(
              analyzer::Session::open(std::span(&file, 1), nullptr, analyzer::Session::Writing::kMayGoOn).front());
        else if (auto next = session->refresh())
          session = std::move(next);
      } catch (const trace::TraceError&) {
        continue;  // not even its header is there
      }
      uint64_t rows = 0;
      for (const auto position : session->trace().blocks_of("syscall"))
        rows += session->trace().frames()[position].count;
      EXPECT_GE(rows, before) << "what was there is there";
      before = rows;
    }
  });
  std::jthread watcher([&] {  // as the status line, and who decides when a part is complete
    TraceWriter::Size before;
    while (!done) {
      const TraceWriter::Size size = writer.size();
      EXPECT_LE(size.begin, size.file);
      EXPECT_GE(size.former, before.former);
      EXPECT_GE(size.all(), before.all()) << "a part of it was written by now, and none is taken back";
      before = size;
      (void)(writer.marks() + writer.parts() + losses.total() + queue.backlog());
      std::this_thread::yield();
    }
  });

  unsigned marks = 0;
  auto next_part = std::chrono::steady_clock::now() + 50ms;
  while (cpus_done_ < kCpus || !drain.caught_up() || drain.pass()) {
    drain.pass();
    if (marks < 3 && writer.marks() == marks && std::chrono::steady_clock::now() > next_part) {
      drain.begin_carrying();
      drain.pass();
      drain.end_part();
      ++marks;
      next_part += 50ms;
    }
    std::this_thread::sleep_for(1ms);
  }
  drain.flush();
  queue.close();
  EXPECT_TRUE(writer.finish("test"));
  done = true;
  reader.join();
  watcher.join();

  uint64_t recorded = 0, lost = 0;
  for (unsigned part = 1; part <= writer.parts(); ++part) {
    const trace::Trace trace(trace::open_file(folder_ / parts.name(part)));
    EXPECT_TRUE(trace.complete());
    EXPECT_TRUE(trace.losses().known);
    for (const auto position : trace.blocks_of("syscall")) recorded += trace.frames()[position].count;
    for (const trace::Loss& loss : trace.losses().list) lost += loss.count;
  }
  EXPECT_EQ(recorded + lost, kCpus * kCalls);
  EXPECT_GT(recorded, 0u);
}

TEST(BlockQueueThreads, BlocksGoRoundBetweenThreads) {
  const auto catalogue = event_catalogue();
  BlockQueue queue({.syscall_rows = 16, .syscall_blocks = 4});
  constexpr uint64_t kRows = 20'000;
  uint64_t refused = 0, sum = 0, rows_seen = 0;
  std::jthread writer([&] {
    while (!queue.finished()) {
      auto [block, mark] = queue.pop(10ms);
      if (!block) continue;
      rows_seen += block->rows();
      sum += block->cpu();
      queue.give_back(std::move(block));
    }
  });
  uint64_t sent = 0, cpus = 0;
  for (uint64_t i = 0; i < kRows; ++i) {
    BlockPtr block = queue.take(catalogue[0], static_cast<uint32_t>(i % 7));
    if (!block) {
      ++refused;
      std::this_thread::yield();
      continue;
    }
    for (unsigned column = 0; column < syscall_columns::count; ++column) block->set(column, 0);
    block->end_row();
    ++sent;
    cpus += i % 7;
    queue.push(std::move(block));
    if (i % 64 == 0) (void)queue.backlog();
  }
  queue.close();
  writer.join();
  EXPECT_EQ(rows_seen, sent);
  EXPECT_EQ(sum, cpus);
  EXPECT_EQ(sent + refused, kRows);
}

}  // namespace
}  // namespace ebpftrace::recorder
