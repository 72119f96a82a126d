// SPDX-License-Identifier: Apache-2.0
// A trace written through the system calls that a test gives, and what a reader then finds in it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "recorder/output/trace_writer.h"
#include "trace/read/trace.h"
#include "trace/read/trace_error.h"
#include "trace/write/catalogue_frame.h"
#include "trace/write/header_message.h"

namespace ebpftrace::recorder {

constexpr unsigned kRowsOfBlock = 50;

struct Outcome {
  bool complete;  // as the writer says
  uint64_t recorded = 0, lost = 0;
  bool opened = false, opened_complete = false, losses_known = false;
};

// Blocks of 50 calls with arguments that don't compress.
inline Outcome write_through(trace::OutputCalls& calls, unsigned blocks = 100) {
  std::string folder = std::filesystem::temp_directory_path() / "written_trace.XXXXXX";
  EXPECT_TRUE(::mkdtemp(folder.data()));
  const std::filesystem::path path = std::filesystem::path(folder) / "a.trace";
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
        [blocks] {
          return StatusReport{{{0, EVENT_SYSCALL, schema::Count::What::PRODUCED, blocks * kRowsOfBlock}}, {}};
        },
        1);
    uint64_t random = 1;
    for (unsigned block = 0; block < blocks; ++block) {
      BlockPtr rows;
      while (!(rows = queue.take(catalogue[0], 0))) std::this_thread::yield();
      for (unsigned row = 0; row < kRowsOfBlock; ++row) {
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
  try {
    trace::Trace trace(trace::open_file(path));
    outcome.opened = true;
    outcome.opened_complete = trace.complete();
    outcome.losses_known = trace.losses().known;
    for (const auto position : trace.blocks_of("syscall")) outcome.recorded += trace.frames()[position].count;
    for (const trace::Loss& loss : trace.losses().list) outcome.lost += loss.count;
  } catch (const trace::TraceError&) {  // not even its beginning is there
  }
  std::filesystem::remove_all(folder);
  return outcome;
}

}  // namespace ebpftrace::recorder
