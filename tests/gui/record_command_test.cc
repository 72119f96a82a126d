// SPDX-License-Identifier: Apache-2.0
// What the dialog "Record" makes of its fields, and what "Record this again" puts into them.
#include "gui/live/record_command.h"

#include <QTemporaryDir>
#include <QtTest>

#include "gui/live/record_again.h"

using namespace ebpftrace::gui;
using ebpftrace::analyzer::Lane;
using ebpftrace::analyzer::LaneKind;

namespace {

const Privileges kOwn{Privileges::By::kOwn, "/usr/bin/ebpf-record", {}};

RecordOptions options_of(const QString& command) {
  RecordOptions options;
  options.command = command;
  options.output = "/tmp/run.trace";
  return options;
}

}  // namespace

class RecordCommandTest : public QObject {
  Q_OBJECT

 private slots:
  void words_are_those_of_a_shell_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("words");
    QTest::newRow("plain") << "make  -j4 " << QStringList{"make", "-j4"};
    QTest::newRow("single") << "sh -c 'a | b \"$x\"'" << QStringList{"sh", "-c", "a | b \"$x\""};
    QTest::newRow("double") << "echo \"a \\\"b\\\" \\x\" c" << QStringList{"echo", "a \"b\" \\x", "c"};
    QTest::newRow("backslash") << "cat a\\ b \\|" << QStringList{"cat", "a b", "|"};
    QTest::newRow("empty word") << "x '' y" << QStringList{"x", "", "y"};
    QTest::newRow("joined") << "a'b'\"c\"d" << QStringList{"abcd"};
    QTest::newRow("nothing") << "  " << QStringList{};
  }
  void words_are_those_of_a_shell() {
    QFETCH(QString, text);
    QFETCH(QStringList, words);
    QString error;
    const auto found = command_words(text, error);
    QVERIFY2(found.has_value(), qPrintable(error));
    QCOMPARE(*found, words);
    // And back.
    QStringList quoted;
    for (const QString& word : words) quoted += word.isEmpty() ? QString("''") : shell_word(word);
    QCOMPARE(command_words(quoted.join(' '), error).value_or(QStringList{"?"}), words);
  }
  void what_needs_a_shell_is_said_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("pipe") << "a | b"
                          << "has |";
    QTest::newRow("variable") << "echo $HOME"
                              << "has $";
    QTest::newRow("redirection") << "a > b"
                                 << "has >";
    QTest::newRow("quote") << "echo 'a"
                           << "not closed";
  }
  void what_needs_a_shell_is_said() {
    QFETCH(QString, text);
    QFETCH(QString, says);
    const RecordCommand made = record_command(options_of(text), kOwn);
    QVERIFY(!made.isValid());
    QVERIFY2(made.error.contains(says), qPrintable(made.error));
    QVERIFY(made.program.isEmpty());
  }
  void the_command_line_has_what_is_chosen() {
    RecordOptions options = options_of("make 'a b'");
    options.calls = " %file, !close ";
    options.data = true;
    options.string_limit = "1024";
    options.duration = "2.5";
    RecordCommand made = record_command(options, kOwn);
    QVERIFY2(made.isValid(), qPrintable(made.error));
    QCOMPARE(made.shellLine(),
             QString("/usr/bin/ebpf-record -q -o /tmp/run.trace -e '%file,!close' -s 1024 --data -d 2.5 "
                     "-- make 'a b'"));
    options.what = RecordOptions::What::kProcesses;
    options.pids = "4711, 4712 4713";
    made = record_command(options, kOwn);
    QVERIFY(made.arguments.contains("-p"));
    QVERIFY(made.arguments.contains("4711,4712,4713"));
    QVERIFY(!made.arguments.contains("--"));
    options.what = RecordOptions::What::kMachine;
    made = record_command(options, kOwn);
    QVERIFY(made.isValid() && !made.arguments.contains("-p") && !made.arguments.contains("--"));
  }
  void privileges_decide_who_starts_it() {
    const RecordOptions options = options_of("make");
    RecordCommand made = record_command(options, {Privileges::By::kPkexec, "/r", "/usr/bin/pkexec"});
    QCOMPARE(made.program, QString("/usr/bin/pkexec"));
    QCOMPARE(made.arguments.first(), QString("/r"));
    QVERIFY(made.arguments.contains("env"));  // its folder is not that of root
    made = record_command(options, {Privileges::By::kSudoAsk, "/r", "/usr/bin/sudo"});
    QCOMPARE(made.arguments.mid(0, 3), (QStringList{"-A", "--", "/r"}));
    made = record_command(options, {Privileges::By::kSudo, "/r", "/usr/bin/sudo"});
    QCOMPARE(made.arguments.mid(0, 3), (QStringList{"-n", "--", "/r"}));
    made = record_command(options, {Privileges::By::kNone, "/r", {}});
    QVERIFY(made.error.contains("pkexec") && made.error.contains("sudo"));
    made = record_command(options, {Privileges::By::kOwn, {}, {}});
    QVERIFY(made.error.contains("not installed"));
  }
  void wrong_fields_are_named_data() {
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("value");
    QTest::newRow("seconds") << "duration"
                             << "soon";
    QTest::newRow("seconds below 0") << "duration"
                                     << "-1";
    QTest::newRow("bytes") << "limit"
                           << "5000";
    QTest::newRow("pids") << "pids"
                          << "12, make";
    QTest::newRow("no pids") << "pids"
                             << "";
    QTest::newRow("folder") << "folder"
                            << "/nonexistent/x";
    QTest::newRow("output") << "output"
                            << "/nonexistent/x.trace";
    QTest::newRow("output is a folder") << "output"
                                        << "/tmp";
    QTest::newRow("no output") << "output"
                               << "";
  }
  void wrong_fields_are_named() {
    QFETCH(QString, field);
    QFETCH(QString, value);
    RecordOptions options = options_of("make");
    if (field == "duration") options.duration = value;
    if (field == "limit") options.string_limit = value;
    if (field == "folder") options.folder = value;
    if (field == "output") options.output = value;
    if (field == "pids") {
      options.what = RecordOptions::What::kProcesses;
      options.pids = value;
    }
    const RecordCommand made = record_command(options, kOwn);
    QVERIFY(!made.isValid());
    const QString named = value.section(',', 1).trimmed().isEmpty() ? value : value.section(',', 1).trimmed();
    const QString shown = field == "output" ? named.section("/x", 0, 0) : named;
    if (!value.isEmpty()) QVERIFY2(made.error.contains(shown), qPrintable(made.error));
    QVERIFY(made.error.size() > 10 && !made.error.contains('\n'));
  }

  void calls_are_those_of_the_filter_data() {
    QTest::addColumn<QString>("filter");
    QTest::addColumn<QString>("calls");
    QTest::newRow("none") << ""
                          << "";
    QTest::newRow("one") << "event == \"openat\""
                         << "openat";
    QTest::newRow("other field") << "syscall == \"read\" && failed"
                                 << "read";
    QTest::newRow("several") << "event in {\"read\", \"write\"} && duration > 1ms"
                             << "read,write";
    QTest::newRow("class") << "class == \"network\""
                           << "%net";
    QTest::newRow("no call") << "event == \"fork\""
                             << "";
    QTest::newRow("negated") << "event != \"openat\""
                             << "";
    QTest::newRow("either") << "event == \"read\" || failed"
                            << "";
  }
  void calls_are_those_of_the_filter() {
    QFETCH(QString, filter);
    QFETCH(QString, calls);
    QCOMPARE(calls_of_filter(filter), calls);
  }
  void again_is_what_is_selected() {
    std::vector<Lane> lanes(4);
    lanes[0].kind = LaneKind::kProcesses;
    lanes[1] = {.kind = LaneKind::kProcess, .parent = 0, .name = "bash", .command = "bash"};
    lanes[1].recorded = false;
    lanes[2] = {.kind = LaneKind::kProcess, .parent = 1, .name = "make", .command = "make 'a b'"};
    lanes[2].ended = true;
    lanes[3] = {.kind = LaneKind::kThread, .parent = 2, .name = "worker"};
    QTemporaryDir folder;
    const QString file = folder.filePath("run.trace");
    RecordOptions options =
        record_again(lanes, {}, "event == \"read\"", {"ebpf-record", "--data", "-s", "99", "--", "--x"}, file);
    QCOMPARE(options.command, QString("make 'a b'"));
    QCOMPARE(options.calls, QString("read"));
    QVERIFY(options.data);
    QCOMPARE(options.string_limit, QString("99"));
    QCOMPARE(options.output, folder.filePath("run.2.trace"));
    options = record_again(lanes, {3}, {}, {}, file);
    QCOMPARE(options.command, QString("make 'a b'"));
    QVERIFY(!options.data);
    QFile there(folder.filePath("run.2.trace"));
    QVERIFY(there.open(QIODevice::WriteOnly));
    QCOMPARE(free_name_beside(file), folder.filePath("run.3.trace"));
    QCOMPARE(free_name_beside(folder.filePath("run.2.trace")), folder.filePath("run.3.trace"));
  }
};

QTEST_GUILESS_MAIN(RecordCommandTest)
#include "record_command_test.moc"
