// SPDX-License-Identifier: Apache-2.0
#include "recorder/machine/machine_counters.h"

#include <gtest/gtest.h>

#include <ctime>

#include "recorder/event_columns.h"
#include "trace/format/frame.h"

namespace ebpftrace::recorder {
namespace {

TEST(ProcStat, ReadsTimesByCpu) {
  const ProcStat stat = parse_proc_stat(
      "cpu  10 20 30 40 50 60 70 80 90 0\ncpu0 1 2 3 4 5 6 7 8 9 0\ncpu2 100 0 0 7 0 0 0 0 0 0\ncpu9 1 1 1 1 1 1 1\n"
      "intr 5 0\nctxt 99\nprocs_running 3\nprocs_blocked 0\n",
      3, 10);
  ASSERT_EQ(stat.cpus.size(), 3u);
  ASSERT_TRUE(stat.cpus[0]);
  EXPECT_EQ(stat.cpus[0]->user_ns, 30u);
  EXPECT_EQ(stat.cpus[0]->system_ns, 160u);
  EXPECT_EQ(stat.cpus[0]->idle_ns, 90u);
  EXPECT_FALSE(stat.cpus[1]);  // offline
  EXPECT_EQ(stat.cpus[2]->user_ns, 1000u);
  EXPECT_EQ(stat.running, 3u);
}

TEST(ProcStat, BelievesNothingShort) {
  const ProcStat stat = parse_proc_stat("cpu0 1 2\ncpu\ncpux 1 2 3 4 5 6 7\nprocs_running", 1, 10);
  EXPECT_FALSE(stat.cpus[0]);
  EXPECT_FALSE(stat.running);
}

bool missing(const metrics_record& row, unsigned column) { return row.unavailable >> column & 1; }

TEST(MachineCounters, ReportsDifferences) {
  std::vector<ring_control> rings(2);
  std::vector<EventCount> counts;
  uint64_t recorder_ns = 1000;
  rings[0].syscalls_made = 50;
  MachineCounters counters({.rings = rings,
                            .all_calls_counted = true,
                            .sample_run_queues =
                                [&] {
                                  rings[0].runnable = 4;
                                  rings[0].runnable_known = 1;
                                },
                            .counts = [&] { return counts; },
                            .recorder_ns = [&] { return recorder_ns; },
                            .take_ring_peak = [](uint32_t cpu) { return uint64_t{100} + cpu; }});
  rings[0].syscalls_made = 80;
  rings[0].forks = 3;
  recorder_ns = 5000;
  counts = {{0, EVENT_EXIT, schema::Count::What::RING_FULL, 2},
            {trace::kNoCpu, EVENT_EXIT, schema::Count::What::QUEUE_FULL, 5},
            {0, EVENT_EXIT, schema::Count::What::PRODUCED, 100}};
  std::vector<metrics_record> rows;
  counters.sample([&](const metrics_record& row) { rows.push_back(row); });
  ASSERT_FALSE(rows.empty());  // CPU 0 is online wherever this runs, or nearly
  const metrics_record& row = rows[0];
  if (row.head.cpu != 0) GTEST_SKIP() << "CPU 0 is offline";
  EXPECT_EQ(row.syscalls, 30u);
  EXPECT_FALSE(missing(row, metrics_columns::syscalls));
  EXPECT_EQ(row.forks, 3u);
  EXPECT_EQ(row.lost, 7u);
  EXPECT_EQ(row.recorder_ns, 4000u);
  EXPECT_EQ(row.runnable, 4u);
  EXPECT_EQ(row.ring_peak_bytes, 100u);
  EXPECT_FALSE(missing(row, metrics_columns::user_ns));
  EXPECT_GT(row.interval_ns, 0u);
  if (rows.size() > 1) {
    EXPECT_TRUE(missing(rows[1], metrics_columns::runnable));
    EXPECT_EQ(rows[1].recorder_ns, 0u);
  }
}

TEST(MachineCounters, WhatIsNotCountedIsNotZero) {
  std::vector<ring_control> rings(1);
  MachineCounters counters({.rings = rings,
                            .sample_run_queues = [] {},
                            .counts = [] { return std::vector<EventCount>(); },
                            .recorder_ns = [] { return uint64_t{0}; },
                            .take_ring_peak = [](uint32_t) { return uint64_t{0}; }});
  counters.sample([&](const metrics_record& row) {
    EXPECT_TRUE(missing(row, metrics_columns::syscalls));
    EXPECT_FALSE(missing(row, metrics_columns::runnable));  // of the machine, from /proc/stat
  });
}

}  // namespace
}  // namespace ebpftrace::recorder
