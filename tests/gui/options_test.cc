// SPDX-License-Identifier: Apache-2.0
#include "gui/window/options.h"

#include <QtTest>

#include "gui/style/plain_text.h"
#include "gui/window/scope.h"

using namespace ebpftrace::gui;

class OptionsTest : public QObject {
  Q_OBJECT

 private slots:
  void what_is_asked_for() {
    const ParsedViewOptions parsed = parse_view_options(
        {"a.trace", "--filter", "failed", "--range=1s..2s", "--size", "1920x1080", "--theme", "dark", "--", "-b.trace"},
        "1");
    QVERIFY(!parsed.exit_status);
    QCOMPARE(parsed.options.files, (std::vector<std::string>{"a.trace", "-b.trace"}));
    QCOMPARE(parsed.options.filter, QString("failed"));
    QCOMPARE(parsed.options.from, QString("1s"));
    QCOMPARE(parsed.options.to, QString("2s"));
    QCOMPARE(parsed.options.size, QSize(1920, 1080));
    QCOMPARE(*parsed.options.dark, true);
  }

  void what_makes_no_sense_is_named_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    QTest::newRow("unknown") << QStringList{"--colour"} << "--colour";
    QTest::newRow("no value") << QStringList{"a", "--filter"} << "--filter";
    QTest::newRow("size") << QStringList{"a", "--size", "20x1"} << "20x1";
    QTest::newRow("theme") << QStringList{"a", "--theme", "pink"} << "pink";
    QTest::newRow("range") << QStringList{"a", "--range", "5s"} << "5s";
    QTest::newRow("nothing to show") << QStringList{"--screenshot", "x.png"} << "FILE";
    QTest::newRow("standard input") << QStringList{"-"} << "standard input";
  }
  void what_makes_no_sense_is_named() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, named);
    const ParsedViewOptions parsed = parse_view_options(arguments, "1");
    QCOMPARE(parsed.exit_status, std::optional<int>(1));
    QVERIFY(parsed.is_error);
    QVERIFY2(parsed.message.contains(named), qPrintable(parsed.message));
  }

  void help_and_version() {
    QCOMPARE(*parse_view_options({"--help"}, "1").exit_status, 0);
    QCOMPARE(parse_view_options({"-V"}, "1.2").message, QString("ebpf-view 1.2\n"));
  }

  void text_of_a_trace_is_harmless() {
    QCOMPARE(plain_text("plain é ü €"), QString::fromUtf8("plain é ü €"));
    QCOMPARE(plain_text("a\x1b[2J\r\n"), QString("a\\x1b[2J\\x0d\\x0a"));
    QCOMPARE(plain_text("\xe2\x80\xae"
                        "evil\xe2\x81\xa6"),
             QString("\\u{202e}evil\\u{2066}"));
    QCOMPARE(plain_text("\xff\xc3"), QString("\\xff\\xc3"));
    QCOMPARE(plain_text("\xc2\x9b"), QString("\\u{009b}"));
    QCOMPARE(plain_text("<b>"), QString("<b>"));
    QCOMPARE(plain_text("\xf0\x9f\x98\x80x"), QString::fromUtf8("\xf0\x9f\x98\x80x"));
    QCOMPARE(plain_text(std::string(1000, 'a'), 5), QString::fromUtf8("aaaa…"));
  }

  void a_scope_remembers() {
    Scope scope;
    const QSignalSpy changed(&scope, &Scope::changed);
    scope.setFilter("failed");
    scope.addCondition("pid == 7");
    scope.addCondition("pid == 7");
    QCOMPARE(scope.now().filter, QString("failed && pid == 7"));
    scope.setSelection(ebpftrace::analyzer::TimeSpan{1'000'000'000, 2'000'000'000}, "tid == 8");
    QCOMPARE(QString::fromStdString(scope.now().whole_filter()), QString("failed && pid == 7 && tid == 8"));
    QCOMPARE(QString::fromStdString(scope.now().asked().from), QString("1s"));
    scope.removeCondition(0);
    QCOMPARE(scope.now().filter, QString("pid == 7"));
    scope.undo();
    scope.undo();
    scope.undo();
    QCOMPARE(scope.now().filter, QString("failed"));
    QVERIFY(!scope.now().range);
    scope.redo();
    QCOMPARE(scope.now().filter, QString("failed && pid == 7"));
    scope.setFilter("x");
    QVERIFY(!scope.canRedo());
    QCOMPARE(changed.count(), 9);
  }
};

QTEST_GUILESS_MAIN(OptionsTest)
#include "options_test.moc"
