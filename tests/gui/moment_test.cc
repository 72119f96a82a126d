// SPDX-License-Identifier: Apache-2.0
// What there was at the playhead: the tables are the answers of --ps, --lsof and --ss at that time, follow the playhead, the
// filter and the process that is selected, and each has its command line.
#include <QAbstractItemModelTester>
#include <QAction>
#include <QMenu>
#include <QToolButton>

#include "analyzer/api/command_line.h"
#include "tests/gui/open_window.h"

using namespace ebpftrace::gui;
namespace an = ebpftrace::analyzer;

namespace {

constexpr char kWorld[] =
    "running pid=1 ppid=0 comm=init\n"
    "running pid=10 ppid=1 comm=sh argv=\"sh -i\"\n"
    "open pid=10 fd=0 file=/dev/null\n"
    "10ms sh:10 openat filename=/a 3 file=/a dur=1us\n"
    "20ms sh:10 fork web:20\n"
    "30ms web:20 socket 5 file=socket:[8] type=socket transport=stream dur=1us\n"
    "40ms web:20 openat filename=/srv/log 6 file=/srv/log dur=1us\n"
    "50ms web:20 sendto fd=5 len=10 10 file=socket:[8] type=socket local=10.0.0.1:80 remote=10.0.0.2:4000 "
    "transport=stream data=0123456789 dur=1us\n"
    "60ms sh:10 close fd=3 0 file=/a dur=1us\n"
    "70ms web:20 exit 0\n"
    "90ms sh:10 openat filename=/b 3 file=/b dur=1us\n";

QStringList column(ResultView& view, const char* name) {
  QStringList texts;
  for (int row = 0; row < view.answer().rowCount(); ++row) {
    const auto cell = view.answer().cellOf(view.answer().index(row, 0), name);
    texts += cell ? exact_text(*cell, an::Unit::kIdentity) : QString();
  }
  return texts;
}

}  // namespace

class MomentTest : public QObject {
  Q_OBJECT
  ScriptedTraces traces_;

 private slots:
  void without_a_playhead_it_asks_for_one() {
    OpenWindow open({traces_.make(kWorld)});
    QVERIFY(open.window.showView("moment"));
    QVERIFY(open.settle());
    QVERIFY(!open.window.moment().shownMoment());
    emit open.window.moment().playheadRequested();
    QVERIFY(open.window.timeline().playhead());
    QVERIFY(open.settle());
    QCOMPARE(open.window.moment().shownMoment(), open.window.timeline().playhead());
  }

  void tables_are_the_answers_of_the_questions_then() {
    OpenWindow open({traces_.make(kWorld)});
    QVERIFY(open.window.showView("moment"));
    MomentView& moment = open.window.moment();
    for (const int64_t ms : {15, 55, 65, 80}) {
      open.window.timeline().setPlayhead(ms * 1'000'000);
      QVERIFY(open.settle());
      QCOMPARE(*moment.shownMoment(), ms * 1'000'000);
      for (const MomentTable table : kMomentTables) {
        an::Asked asked;
        asked.options["at"] = std::to_string(ms) + "ms";
        const an::Result answer = an::ask(question_of(table), *open.window.recording()->session, asked);
        const ResultModel& model = moment.table(table).answer();
        QCOMPARE(static_cast<size_t>(model.rowCount()), answer.rows());
        for (size_t row = 0; row < answer.rows(); ++row)
          for (size_t i = 0; i < answer.columns().size(); ++i)
            QVERIFY(model.result().cell(row, i) == answer.cell(row, i));
      }
    }
  }

  void a_selected_process_narrows_files_and_sockets_and_stays_selected() {
    OpenWindow open({traces_.make(kWorld)});
    QVERIFY(open.window.showView("moment"));
    MomentView& moment = open.window.moment();
    open.window.timeline().setPlayhead(55'000'000);
    QVERIFY(open.settle());
    const QAbstractItemModelTester tester(&moment.table(MomentTable::kProcesses).answer(),
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    QVERIFY(column(moment.table(MomentTable::kFiles), "pid").contains("10"));
    ResultView& processes = moment.table(MomentTable::kProcesses);
    const auto row = static_cast<int>(column(processes, "pid").indexOf("20"));
    QVERIFY(row >= 0);
    QTest::mouseClick(processes.viewport(), Qt::LeftButton, {},
                      processes.visualRect(processes.answer().index(row, 0)).center());
    QVERIFY(open.settle());
    QCOMPARE(*moment.selectedProcess(), uint32_t{20});
    for (const MomentTable table : {MomentTable::kFiles, MomentTable::kSockets}) {
      QVERIFY(!column(moment.table(table), "pid").isEmpty());
      for (const QString& pid : column(moment.table(table), "pid")) QCOMPARE(pid, QString("20"));
      QVERIFY2(moment.commandLine(table).contains("pid == 20"), qPrintable(moment.commandLine(table)));
    }
    QVERIFY(moment.commandLine(MomentTable::kFiles).contains("--lsof"));
    QVERIFY2(moment.commandLine(MomentTable::kFiles).contains("--at 55ms"),
             qPrintable(moment.commandLine(MomentTable::kFiles)));
    QVERIFY(!moment.commandLine(MomentTable::kProcesses).contains("pid == 20"));
    // At another moment it is still the one.
    open.window.timeline().setPlayhead(45'000'000);
    QVERIFY(open.settle());
    QCOMPARE(processes.selectionModel()->selectedRows().size(), 1);
    QVERIFY(column(moment.table(MomentTable::kFiles), "path").contains("/srv/log"));
    moment.selectProcess({});
    QVERIFY(open.settle());
    QVERIFY(column(moment.table(MomentTable::kFiles), "pid").contains("10"));
    QVERIFY(processes.selectionModel()->selectedRows().isEmpty());
  }

  void the_filter_narrows_what_has_its_fields() {
    OpenWindow open({traces_.make(kWorld)});
    QVERIFY(open.window.showView("moment"));
    open.window.timeline().setPlayhead(55'000'000);
    open.window.scope().setFilter("process == \"web\" && failed");
    QVERIFY(open.settle());
    QCOMPARE(column(open.window.moment().table(MomentTable::kProcesses), "pid"), QStringList{"20"});
  }

  void a_moving_playhead_ends_at_the_latest_moment() {
    OpenWindow open(sample("build"));
    QVERIFY(open.window.showView("moment"));
    const int64_t end = open.window.timeline().extent().to_ns;
    QSignalSpy answered(&open.window.moment(), &MomentView::answered);
    constexpr int kMoves = 50;
    for (int i = 1; i <= kMoves; ++i) open.window.timeline().setPlayhead(end / kMoves * i / 2);
    QVERIFY(open.settle());
    QCOMPARE(*open.window.moment().shownMoment(), end / kMoves * kMoves / 2);
    QVERIFY(answered.count() >= 1 && answered.count() < kMoves);  // the ones between were not asked for
  }

  void every_sample_has_its_moments() {
    for (const char* name : {"build", "file-io", "killed", "losses", "network"}) {
      OpenWindow open(sample(name));
      QVERIFY(open.window.showView("moment"));
      const an::TimeSpan all = open.window.timeline().extent();
      for (int i = 0; i <= 4; ++i) {
        open.window.timeline().setPlayhead(all.from_ns + all.length_ns() / 4 * i);
        QVERIFY(open.settle());
        QVERIFY(open.window.moment().shownMoment());
        QVERIFY(!open.window.moment().heading(MomentTable::kProcesses).isEmpty());
      }
    }
  }

  void keys_step_and_play() {
    OpenWindow open({traces_.make(kWorld)});
    QApplication::setActiveWindow(&open.window);
    QTest::keyClick(&open.window, Qt::Key_L);
    QVERIFY(open.settle());
    QTRY_VERIFY_WITH_TIMEOUT(open.window.timeline().playhead() == 10'000'000, kLimitMs);
    QTest::keyClick(&open.window, Qt::Key_L);
    QTRY_VERIFY_WITH_TIMEOUT(open.window.timeline().playhead() == 20'000'000, kLimitMs);
    QTest::keyClick(&open.window, Qt::Key_J);
    QTRY_VERIFY_WITH_TIMEOUT(open.window.timeline().playhead() == 10'000'000, kLimitMs);
    QTest::keyClick(&open.window, Qt::Key_K);
    QTRY_VERIFY_WITH_TIMEOUT(open.window.timeline().playhead() > 10'000'000, kLimitMs);
    QTest::keyClick(&open.window, Qt::Key_K);
    QTRY_VERIFY_WITH_TIMEOUT(!open.window.replay().clock().plays(), kLimitMs);
    QTest::keyClick(&open.window, Qt::Key_BracketLeft);
    QCOMPARE(open.window.replay().clock().speed(), 0.5);
    QTest::keyClick(&open.window, Qt::Key_R);
    QVERIFY(open.window.replay().loops());
    QVERIFY(open.window.actions().find("replay loop")->isChecked());
  }

  void a_descriptor_can_be_followed() {
    OpenWindow open({traces_.make(kWorld)});
    QVERIFY(open.window.showView("moment"));
    open.window.timeline().setPlayhead(55'000'000);
    QVERIFY(open.settle());
    ResultView& sockets = open.window.moment().table(MomentTable::kSockets);
    QCOMPARE(sockets.answer().rowCount(), 1);
    PickedValue seen;
    connect(&open.window.moment(), &MomentView::valueMenuRequested, this,
            [&](const PickedValue& value) { seen = value; });
    const QPoint middle = sockets.visualRect(sockets.answer().index(0, 0)).center();
    QContextMenuEvent event(QContextMenuEvent::Mouse, middle, sockets.viewport()->mapToGlobal(middle));
    QApplication::sendEvent(sockets.viewport(), &event);
    QCOMPARE(seen.stream, std::string("20:5"));
    QMenu* menu = nullptr;
    for (QMenu* one : open.window.findChildren<QMenu*>())
      for (QAction* action : one->actions())
        if (action->text() == "Follow &stream") {
          menu = one;
          action->trigger();
        }
    QVERIFY(menu);
    menu->close();
    QVERIFY(open.settle());
    QVERIFY(open.window.streams().story());
    QCOMPARE(open.window.streams().story()->transfers.size(), size_t{1});
  }
};

QTEST_MAIN(MomentTest)
#include "moment_test.moc"
