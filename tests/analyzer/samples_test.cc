// SPDX-License-Identifier: Apache-2.0
// The real traces of samples/, without root: what samples/README.md says of them is what the analyzer finds.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/analyzer/every_question.h"

namespace ebpftrace::analyzer {
namespace {

trace::Trace sample(const std::string& name) {
  return trace::Trace(trace::open_file(std::string(SAMPLES_FOLDER "/") + name));
}

uint64_t events_of(const trace::Trace& trace) {
  uint64_t events = 0, rows = summarise(trace).events;
  int64_t before = INT64_MIN;
  for_each_event(trace, SIZE_MAX, [&](const Event& event) {
    EXPECT_GE(event.time_ns, before);
    before = event.time_ns;
    ++events;
    return true;
  });
  EXPECT_EQ(events, rows);
  return events;
}

TEST(Samples, FileIo) {
  const trace::Trace trace = sample("file-io.trace");
  EXPECT_GT(events_of(trace), 1000u);
  bool dd = false, data = false;
  for (const ProcessIo& row : top_io(trace).rows)
    dd |= row.process == "dd" && row.write_bytes == 4'096'000 && row.read_bytes >= 4'096'000;
  for (const FileIo& row : top_files(trace).rows) {
    if (!row.path) continue;
    data |= row.path->ends_with("/data") && row.write_bytes == 4'096'000 && row.type == "file";
    EXPECT_FALSE(row.type == "file" && !row.path->starts_with("/") && !row.path->starts_with("memfd:")) << *row.path;
  }
  EXPECT_TRUE(dd);
  EXPECT_TRUE(data);
  EXPECT_TRUE(trace.complete());
  EXPECT_EQ(summarise(trace).coverage.lost, 0u);
}

TEST(Samples, Build) {
  const trace::Trace trace = sample("build.trace");
  EXPECT_GT(events_of(trace), 1000u);
  const Result tree = process_tree(trace);
  ASSERT_EQ(tree.rows(), 16u);
  bool ended_by_one = false, terminated = false;
  EXPECT_EQ(cell(tree, 0, "process"), Cell(std::string("make")));
  EXPECT_EQ(tree.depth(0), 0u);
  for (size_t row = 0; row < tree.rows(); ++row) {
    const Cell code = cell(tree, row, "exit_code"), signal = cell(tree, row, "exit_signal");
    EXPECT_NE(cell(tree, row, "end_ns"), Cell()) << row;
    EXPECT_NE(code == Cell(), signal == Cell()) << row;
    EXPECT_TRUE(row == 0 || tree.depth(row) > 0) << row;
    ended_by_one |= cell(tree, row, "process") == Cell(std::string("false")) && code == Cell(uint64_t{1});
    terminated |= signal == Cell(uint64_t{15});
  }
  EXPECT_TRUE(ended_by_one);
  EXPECT_TRUE(terminated);
  EXPECT_TRUE(trace.complete());
}

TEST(Samples, Killed) {
  const trace::Trace trace = sample("killed.trace");
  EXPECT_GT(events_of(trace), 1000u);
  EXPECT_FALSE(trace.complete());
  EXPECT_FALSE(trace.losses().known);
  EXPECT_TRUE(trace.damage().empty());  // cut at the end of a frame, or so
  EXPECT_NE(every_answer(trace), "");
}

TEST(Samples, Losses) {
  const trace::Trace trace = sample("losses.trace");
  EXPECT_TRUE(trace.losses().known);
  EXPECT_GT(summarise(trace).coverage.lost, 50'000u);
  bool dd = false;
  for (const ProcessIo& row : top_io(trace).rows) {
    if (row.process != "dd") continue;
    dd = true;
    EXPECT_GT(row.read_bytes, 4'000u);
    EXPECT_LT(row.read_bytes, 60'000u);
  }
  EXPECT_TRUE(dd);
}

TEST(Samples, Parts) {
  std::optional<trace::Id> recording;
  uint64_t calls_before = 0;
  for (unsigned part = 1; part <= 3; ++part) {
    const trace::Trace trace = sample("parts/run.000" + std::to_string(part) + ".trace");
    EXPECT_TRUE(trace.complete());
    EXPECT_EQ(trace.facts().part, part);
    ASSERT_TRUE(trace.facts().recording_id);
    EXPECT_EQ(recording.value_or(*trace.facts().recording_id), *trace.facts().recording_id);
    recording = trace.facts().recording_id;
    // The header knows what the parts before hold.
    uint64_t earlier = 0;
    const uint16_t type = trace.catalogue().type("syscall")->id;
    for (const trace::EarlierRows& rows : trace.facts().earlier)
      if (rows.type == type) earlier = rows.recorded;
    EXPECT_EQ(earlier, calls_before);
    for (const uint32_t position : trace.blocks_of("syscall")) calls_before += trace.frames()[position].count;
    bool fifo = false;
    for (const FileIo& row : top_files(trace).rows) fifo |= row.path && row.path->ends_with("/pipe-of-names");
    EXPECT_TRUE(fifo) << part;
  }
}

TEST(Samples, Network) {
  const trace::Trace trace = sample("network.trace");
  EXPECT_TRUE(trace.complete());
  const std::string shown = csv(network(trace)), findings = csv(security(trace));
  EXPECT_NE(shown.find("192.0.2.1"), std::string::npos);
  EXPECT_NE(shown.find("python3"), std::string::npos);
  EXPECT_NE(findings.find("drop tcp port 2323"), std::string::npos);
  EXPECT_NE(findings.find("scan"), std::string::npos);
}

// Every sample, whatever it holds: all that the format promises, and the same answers from summaries as from rows.
TEST(Samples, AreAsTheFormatSays) {
  for (const char* name :
       {"file-io", "build", "killed", "losses", "network", "parts/run.0001", "parts/run.0002", "parts/run.0003"}) {
    const trace::Trace trace = sample(std::string(name) + ".trace");
    for (const Check& check : verify(trace).checks)
      EXPECT_EQ(check.faults, 0u) << name << ' ' << check.what << ' ' << check.of;
    EXPECT_EQ(csv(top_io(trace)), csv(top_io(trace, SIZE_MAX, Reading::kRows))) << name;
    EXPECT_EQ(csv(syscalls(trace)), csv(syscalls(trace, SIZE_MAX, Reading::kRows))) << name;
  }
}

}  // namespace
}  // namespace ebpftrace::analyzer
