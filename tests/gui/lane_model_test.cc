// SPDX-License-Identifier: Apache-2.0
// Folding, hiding, pinning, search, order, and the line for those that ended before the view.
#include "gui/timeline/lane_model.h"

#include <QtTest>

using namespace ebpftrace::analyzer;
using namespace ebpftrace::gui;

namespace {

Lane process(const char* name, uint32_t pid, uint32_t parent, int64_t start, int64_t end, const char* argument = "") {
  Lane lane{.kind = LaneKind::kProcess, .parent = parent, .name = name, .argument = argument, .command = name};
  lane.pid = lane.tid = pid;
  lane.start_ns = start;
  lane.end_ns = end;
  lane.ended = true;
  return lane;
}

// 0 Machine, 1 cpu, 2 Processes, 3 sh, 4 make, 5 cc a, 6 cc b, 7 its thread, 8 tar, 9 Findings
std::vector<Lane> build() {
  std::vector<Lane> lanes;
  lanes.push_back({.kind = LaneKind::kMachine, .name = "Machine"});
  lanes.push_back({.kind = LaneKind::kChart, .parent = 0, .name = "cpu"});
  lanes.push_back({.kind = LaneKind::kProcesses, .name = "Processes"});
  lanes.push_back(process("sh", 10, 2, 0, 1000));
  lanes.push_back(process("make", 11, 3, 10, 500));
  lanes.push_back(process("cc", 14, 4, 20, 100, "a.c"));
  lanes.push_back(process("cc", 13, 4, 30, 200, "b.c"));
  Lane thread = process("thread", 13, 6, 40, 200);
  thread.kind = LaneKind::kThread;
  thread.tid = 15;
  lanes.push_back(thread);
  lanes[6].threads = 2;
  lanes.push_back(process("tar", 12, 3, 600, 900));
  lanes.push_back({.kind = LaneKind::kFindings, .name = "Findings"});
  return lanes;
}

std::vector<uint32_t> shown(const LaneModel& model) {
  std::vector<uint32_t> lanes;
  for (const LaneRow& row : model.rows()) lanes.push_back(row.lane);
  return lanes;
}

using Lanes = std::vector<uint32_t>;

}  // namespace

class LaneModelTest : public QObject {
  Q_OBJECT

 private slots:
  void rows_lie_one_below_the_other() {
    LaneModel model;
    model.setLanes(build());
    // What has threads only stays folded at first.
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 5, 6, 8, 9}));
    int y = 0;
    for (size_t i = 0; i < model.rows().size(); ++i) {
      QCOMPARE(model.rows()[i].top, y);
      QCOMPARE(model.rowAt(y), static_cast<int>(i));
      y += model.rows()[i].height;
      QCOMPARE(model.rowAt(y - 1), static_cast<int>(i));
    }
    QCOMPARE(model.height(), y);
    QCOMPARE(model.rowAt(-1), -1);
    QCOMPARE(model.rowAt(y), -1);
    QCOMPARE(model.rowsIn(0, y), (std::pair<int, int>{0, 9}));
    QCOMPARE(model.rowsIn(model.rows()[2].top, model.rows()[4].top), (std::pair<int, int>{2, 4}));
    QCOMPARE(model.processes(), size_t{5});
    QCOMPARE(model.threads(), size_t{6});
  }
  void what_was_done_to_lanes_stays_when_there_are_more() {
    LaneModel model;
    model.setLanes(build());
    model.setFolded(4, true);
    model.setHidden(8, true);
    model.setPinned(5, true);
    model.setSearch({});
    // A new process in front of the others' numbers, one with a used id, a child of one that had none.
    std::vector<Lane> more = build();
    more.insert(more.begin() + 3, process("init", 1, 2, -5, 2000));
    for (Lane& lane : more)
      if (lane.parent >= 3 && lane.parent != kNoLane) ++lane.parent;
    more.insert(more.end() - 1, process("cc", 14, 4, 700, 800, "c.c"));
    more.insert(more.end() - 1, process("gzip", 16, 9, 700, 800));
    const std::vector<uint32_t> now = model.growLanes(more);
    QCOMPARE(now, (Lanes{0, 1, 2, 4, 5, 6, 7, 8, 9, 12}));
    QVERIFY(model.isFolded(5) && !model.isFolded(4));
    QVERIFY(model.isHidden(9) && !model.isHidden(4));
    QVERIFY(model.isPinned(6) && !model.isPinned(5));
    QCOMPARE(shown(model), (Lanes{6, 0, 1, 2, 3, 4, 5, 10, 12}));
    // Nothing is lost when there is less again.
    QCOMPARE(model.growLanes(build()), (Lanes{0, 1, 2, kNoLane, 3, 4, 5, 6, 7, 8, kNoLane, kNoLane, 9}));
    QVERIFY(model.isFolded(4) && model.isHidden(8) && model.isPinned(5));
  }
  void folding_takes_what_is_below() {
    LaneModel model;
    model.setLanes(build());
    model.setFolded(4, true);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 8, 9}));
    QVERIFY(model.rows()[4].choice().with_children);
    model.setFolded(4, false);
    model.setFolded(6, false);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    QCOMPARE(model.rows()[7].level, 3);
    QVERIFY(!model.rows()[4].choice().with_children);
    model.foldAll();
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 9}));
    model.unfoldAll();
    QCOMPARE(model.rows().size(), size_t{10});
  }
  void hiding_and_showing_only() {
    LaneModel model;
    model.setLanes(build());
    model.setHidden(4, true);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 8, 9}));
    QVERIFY(model.anyHidden());
    model.showAllLanes();
    QVERIFY(!model.anyHidden());
    model.showOnly({6});
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 6, 9}));
  }
  void pinned_lanes_come_first_and_stay_where_they_are_too() {
    LaneModel model;
    model.setLanes(build());
    model.setPinned(8, true);
    QCOMPARE(shown(model), (Lanes{8, 0, 1, 2, 3, 4, 5, 6, 8, 9}));
    QVERIFY(model.rows().front().pinned);
    QCOMPARE(model.rowOf(8), 8);
    model.setPinned(8, false);
    QCOMPARE(shown(model).front(), 0u);
  }
  void search_finds_names_arguments_and_pids_with_what_is_above() {
    LaneModel model;
    model.setLanes(build());
    model.setSearch("B.C");
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 6, 9}));
    model.setSearch("12");
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 8, 9}));
    model.foldAll();
    model.setSearch("b.c");
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 6, 9}));
    model.setSearch("no such");
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 9}));
    model.setSearch("");
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 9}));
  }
  void order() {
    LaneModel model;
    model.setLanes(build());
    model.setOrder(LaneOrder::kPid);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 6, 5, 8, 9}));
    model.setOrder(LaneOrder::kLength);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 6, 5, 8, 9}));
    model.setOrder(LaneOrder::kStart);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 5, 6, 8, 9}));
  }
  void those_that_ended_before_the_view_are_one_line() {
    LaneModel model;
    model.setLanes(build());
    model.setView({50, 2000});
    QVERIFY(!model.setView({60, 2000}));
    QVERIFY(model.setView({150, 2000}));  // one of them: it stays
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 5, 6, 8, 9}));
    QVERIFY(model.setView({300, 2000}));
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, LaneRow::kNone, 8, 9}));
    QCOMPARE(model.rows()[5].ended_before, size_t{2});
    QCOMPARE(model.rows()[5].parent, 4u);
    model.setExpandedEnded(4, true);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 5, 6, 8, 9}));
    model.setExpandedEnded(4, false);
    model.reveal(7);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  }
  void those_that_begin_after_the_view_are_one_line() {
    LaneModel model;
    model.setLanes(build());
    model.setView({0, 25});  // of two below make, one begins: it stays
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 5, 6, 8, 9}));
    QCOMPARE(model.processesInView(), size_t{3});
    QVERIFY(model.setView({0, 15}));
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, LaneRow::kNone, 8, 9}));
    QCOMPARE(model.rows()[5].begin_after, size_t{2});
    QCOMPARE(model.rows()[5].ended_before, size_t{0});
    QCOMPARE(model.rows()[5].parent, 4u);
    QVERIFY(model.setView({0, 5}));
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, LaneRow::kNone, 9}));
    QCOMPARE(model.rows()[4].begin_after, size_t{4});  // make, two below it, tar
    QCOMPARE(model.processesInView(), size_t{1});
    model.setExpandedLater(3, true);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, LaneRow::kNone, 8, 9}));
    model.setExpandedLater(3, false);
    model.reveal(7);
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    // Who searches finds them.
    model.setLanes(build());
    model.setView({0, 5});
    model.setSearch("tar");
    QCOMPARE(shown(model), (Lanes{0, 1, 2, 3, 8, 9}));
  }
  void lanes_in_focus_are_taller() {
    LaneModel model;
    model.setLanes(build());
    QVERIFY(model.setFocused({5}));
    QVERIFY(!model.setFocused({5}));
    QVERIFY(model.rows()[static_cast<size_t>(model.rowOf(5))].height >
            model.rows()[static_cast<size_t>(model.rowOf(6))].height);
    QVERIFY(model.setFocused({}));
    QCOMPARE(model.rows()[static_cast<size_t>(model.rowOf(5))].height, 20);
  }
  void a_chain_of_forks_is_no_recursion() {
    std::vector<Lane> lanes;
    lanes.push_back({.kind = LaneKind::kProcesses, .name = "Processes"});
    for (uint32_t i = 1; i < 100'000; ++i) lanes.push_back(process("sh", i, i - 1, i, 1'000'000));
    LaneModel model;
    model.setLanes(lanes);
    model.unfoldAll();
    QCOMPARE(model.rows().size(), size_t{100'000});
    model.setSearch("99999");
    QCOMPARE(model.rows().size(), size_t{100'000});
  }
};

QTEST_MAIN(LaneModelTest)
#include "lane_model_test.moc"
