// SPDX-License-Identifier: Apache-2.0
// One model for all answers: sound as a Qt model, sorted by value, a tree where the answer is one.
#include "gui/tables/result_model.h"

#include <QAbstractItemModelTester>
#include <QtTest>

#include "analyzer/api/session.h"
#include "gui/style/shown_text.h"
#include "gui/tables/event_columns.h"
#include "gui/tables/question_groups.h"
#include "gui/tables/result_view.h"
#include "gui/tables/scroll_map.h"

using namespace ebpftrace::gui;
namespace an = ebpftrace::analyzer;

namespace {

an::Result sample() {
  an::Result result("sample", {{"process", an::Unit::kText, "PROCESS", "Its <b>name</b>."},
                               {"calls", an::Unit::kNumber, "CALLS", ""},
                               {"total_ns", an::Unit::kDuration, "TOTAL", ""},
                               {"hidden", an::Unit::kNumber, "", ""},
                               {"note", an::Unit::kText, "NOTE", "", an::Show::kIfAny}});
  result.add({std::string("b\x1b[31m"), uint64_t{20}, uint64_t{5000}, uint64_t{1}, an::Cell()});
  result.add({std::string("a<img src=x>"), uint64_t{1'000'000}, an::Cell(), uint64_t{2}, an::Cell()});
  result.add({std::string("c\xe2\x80\xae\xff"), uint64_t{3}, uint64_t{70'000'000}, uint64_t{3}, an::Cell()});
  return result;
}

QStringList column(const ResultModel& model, int section) {
  QStringList texts;
  for (int row = 0; row < model.rowCount(); ++row) texts += model.index(row, section).data().toString();
  return texts;
}

}  // namespace

class ResultModelTest : public QObject {
  Q_OBJECT

 private slots:
  void names_do_nothing_and_numbers_have_units() {
    ResultModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setResult(sample(), false);
    QCOMPARE(model.columnCount(), 3);  // what has no heading, or nothing to say, is not shown
    QCOMPARE(column(model, 0), QStringList({"b\\x1b[31m", "a<img src=x>", "c\\u{202e}\\xff"}));
    QCOMPARE(column(model, 1), QStringList({"20", "1,000,000", "3"}));
    QCOMPARE(column(model, 2),
             QStringList({QString::fromUtf8("5\u2009µs"), QString::fromUtf8("–"), QString::fromUtf8("70\u2009ms")}));
    QVERIFY(!model.index(1, 0).data(Qt::ToolTipRole).toString().contains("<img"));
    QVERIFY(model.index(1, 2).data(ResultModel::kAbsentRole).toBool());
  }

  void how_a_process_ended_is_no_amount() {
    an::Result result("sample", {{"exit_code", an::Unit::kNumber, "EXIT", ""},
                                 {"exit_signal", an::Unit::kNumber, "SIGNAL", ""},
                                 {"threads", an::Unit::kNumber, "THREADS", ""}});
    result.add({uint64_t{1}, uint64_t{9}, uint64_t{4}});
    ResultModel model;
    model.setResult(std::move(result), true);
    QCOMPARE(column(model, 0), QStringList({"1"}));
    QCOMPARE(column(model, 1), QStringList({"9"}));
    QCOMPARE(column(model, 2), QStringList({QString::fromUtf8("≥ 4")}));
  }
  void results_that_are_no_amounts_have_no_thousands() {
    an::EventRow row;
    row.is_call = row.returns = true;
    row.event = "wait4";
    row.result = 18303;
    row.result_text = "18303";
    QCOMPARE(event_text(row, EventColumn::kResult), QStringLiteral("18303"));
    row.event = "read";
    row.bytes = 18303;
    QCOMPARE(event_text(row, EventColumn::kResult), QStringLiteral("18,303"));
  }
  void what_a_tree_branches_at_stays_legible() {
    an::Result result("sample", {{"pid", an::Unit::kIdentity, "PID", ""},
                                 {"command", an::Unit::kText, "COMMAND", ""},
                                 {"start_ns", an::Unit::kTime, "START", ""},
                                 {"end_ns", an::Unit::kTime, "END", ""},
                                 {"user_ns", an::Unit::kDuration, "USER", ""},
                                 {"system_ns", an::Unit::kDuration, "SYSTEM", ""}});
    const std::string command = "sleep-for-a-very-long-time --seconds 1000000 --quietly";
    for (uint64_t i = 0; i < 3; ++i)
      result.add({i + 1, command, int64_t{5'312'125}, int64_t{16'790'266}, uint64_t{1'060'000}, uint64_t{1000}},
                 i ? std::optional<size_t>(0) : std::nullopt);
    ResultView view;
    view.resize(400, 200);
    view.show();
    view.setResult(std::move(result), false);
    QVERIFY(view.columnWidth(view.answer().sectionOf("command").value()) >= 180 + 2 * view.indentation());
  }
  void what_was_lost_marks_numbers() {
    ResultModel model;
    model.setResult(sample(), true);
    QCOMPARE(model.index(0, 1).data().toString(), QString::fromUtf8("≥ 20"));
    QCOMPARE(model.index(1, 2).data().toString(), QString::fromUtf8("–"));
  }

  void sorts_by_value_with_absent_ones_last() {
    ResultModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setResult(sample(), false);
    const QPersistentModelIndex million = model.index(1, 0);
    model.sort(1, Qt::DescendingOrder);
    QCOMPARE(column(model, 1), QStringList({"1,000,000", "20", "3"}));
    QCOMPARE(million.row(), 0);
    for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
      model.sort(2, order);
      QCOMPARE(model.index(2, 2).data().toString(), QString::fromUtf8("–"));
    }
    model.sort(-1, Qt::AscendingOrder);
    QCOMPARE(column(model, 1), QStringList({"20", "1,000,000", "3"}));
  }

  void a_tree_keeps_its_parents() {
    an::Result result("tree", {{"pid", an::Unit::kIdentity, "PID", ""}, {"start_ns", an::Unit::kTime, "START", ""}});
    result.add({uint64_t{1}, int64_t{0}});
    result.add({uint64_t{2}, int64_t{5000}}, 0);
    result.add({uint64_t{3}, int64_t{6000}}, 1);
    result.add({uint64_t{4}, int64_t{7000}}, 0);
    result.add({uint64_t{5}, int64_t{8000}});
    ResultModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setResult(std::move(result), false);
    QVERIFY(model.isTree());
    QCOMPARE(model.rowCount(), 2);
    const QModelIndex first = model.index(0, 0);
    QCOMPARE(model.rowCount(first), 2);
    const QModelIndex grandchild = model.index(0, 0, model.index(0, 0, first));
    QCOMPARE(grandchild.data().toString(), QString("3"));
    QCOMPARE(grandchild.parent().parent(), first);
    QCOMPARE(*model.momentOf(grandchild), int64_t{6000});
    model.sort(0, Qt::DescendingOrder);
    QCOMPARE(model.index(0, 0).data().toString(), QString("5"));
    QCOMPARE(model.index(0, 0, model.index(1, 0)).data().toString(), QString("4"));
  }

  void every_question_fits() {
    for (const char* name : {"file-io", "killed", "network"}) {
      const std::vector<std::string> files = {std::string(SAMPLES_FOLDER "/") + name + ".trace"};
      const auto sessions = an::Session::open(files);
      for (const QuestionGroup& group : question_groups())
        for (const QuestionEntry& entry : group.entries) {
          const an::Result answer =
              an::ask(*entry.question, *sessions.front(), fit(*sessions.front(), entry, {}).asked);
          ResultView view;
          const QAbstractItemModelTester tester(&view.answer(), QAbstractItemModelTester::FailureReportingMode::QtTest);
          view.setResult(answer, answer.coverage.lost > 0);
          for (int section = 0; section < view.answer().columnCount(); ++section)
            view.answer().sort(section, Qt::DescendingOrder);
          view.setResult(answer, false, 1);
          for (int section = 0; section < view.answer().columnCount(); ++section)
            QVERIFY(!view.answer().headerData(section, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
        }
    }
  }

  void every_question_that_can_be_asked_has_its_place() {
    for (const an::Question* question : an::all_questions()) {
      const an::QuestionArgument& argument = question->takes.argument;
      const bool askable = question->answer && (argument.type.empty() || argument.optional || !argument.values.empty());
      bool found = false;
      for (const QuestionGroup& group : question_groups())
        for (const QuestionEntry& entry : group.entries) found |= entry.question == question;
      QCOMPARE(found, askable);
    }
  }

  void scrolling_counts_in_64_bits() {
    const uint64_t rows = 100'000'000'000'000;
    const ScrollMap map(rows, 20);
    QCOMPARE(map.topOf(map.maximum()), rows - 20);
    QCOMPARE(map.topOf(0), uint64_t{0});
    QCOMPARE(map.valueOf(rows), map.maximum());
    const ScrollMap few(100, 20);
    QCOMPARE(few.maximum(), 80);
    for (int value = 0; value <= 80; ++value) QCOMPARE(few.valueOf(few.topOf(value)), value);
    QCOMPARE(ScrollMap(5, 20).maximum(), 0);
  }
};

QTEST_MAIN(ResultModelTest)
#include "result_model_test.moc"
