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
  const ProcessTree tree = process_tree(trace);
  ASSERT_EQ(tree.rows.size(), 16u);
  bool ended_by_one = false, terminated = false;
  EXPECT_EQ(tree.rows[0].process, "make");
  EXPECT_EQ(tree.rows[0].depth, 0u);
  for (const TreeProcess& process : tree.rows) {
    EXPECT_TRUE(process.end_ns) << process.command;
    EXPECT_TRUE(process.exit_code.has_value() != process.exit_signal.has_value()) << process.command;
    EXPECT_TRUE(&process == &tree.rows[0] || process.depth > 0) << process.command;
    ended_by_one |= process.process == "false" && process.exit_code == 1;
    terminated |= process.exit_signal == 15;
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

}  // namespace
}  // namespace ebpftrace::analyzer
