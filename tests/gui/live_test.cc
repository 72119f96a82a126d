// SPDX-License-Identifier: Apache-2.0
// A recording that grows while the window shows it: written by a writer that holds the recorder's lock, frame after frame. The
// place is kept, the end is followed, pausing holds it; cut, replaced and abandoned files get a banner.
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <QDir>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QtTest>

#include "gui/live/follower.h"
#include "gui/live/record_dialog.h"
#include "gui/live/recorder_process.h"
#include "tests/gui/open_window.h"

using namespace ebpftrace::gui;
namespace an = ebpftrace::analyzer;

namespace {

// Of events each 10 ms, of processes that come one after the other; a frame of its own every ten.
std::vector<std::byte> recording(int events) {
  std::string text = "small header\n";
  for (int i = 0; i < events; ++i) {
    const std::string process = "worker" + std::to_string(i / 20) + ":" + std::to_string(500 + i / 20);
    text += std::to_string(10 * (i + 1)) + "ms " + process + " read fd=3 count=1 1 file=/a dur=1ms\n";
    if (i % 10 == 9) text += "flush\n";
  }
  return ebpftrace::script_bytes(text);
}

// A file as a recorder leaves it behind bit by bit.
class Writer {
 public:
  Writer(const QString& path, std::vector<std::byte> bytes) : bytes_(std::move(bytes)), file_(path) {
    if (!file_.open(QIODevice::WriteOnly | QIODevice::Unbuffered)) qFatal("no temporary file");
    if (::flock(file_.handle(), LOCK_EX | LOCK_NB) != 0) qFatal("no lock");
  }
  void writeTo(double share) {
    const auto end = static_cast<size_t>(static_cast<double>(bytes_.size()) * share);
    if (end > written_)
      file_.write(reinterpret_cast<const char*>(bytes_.data() + written_), static_cast<qint64>(end - written_));
    written_ = std::max(written_, end);
  }
  void cut(qint64 bytes) { file_.resize(bytes); }
  void close() { file_.close(); }  // and the lock goes

 private:
  std::vector<std::byte> bytes_;
  QFile file_;
  size_t written_ = 0;
};

struct LiveWindow : OpenWindow {
  explicit LiveWindow(const QString& file) : OpenWindow({file.toStdString()}) {}
  bool until(const std::function<bool()>& is) {
    return QTest::qWaitFor([&] { return is() && window.settled(); }, kLimitMs);
  }
  uint64_t rows() { return window.eventSource().rows(); }
};

}  // namespace

class LiveTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  static constexpr int kEvents = 400;

 private slots:
  void what_is_written_is_followed_to_its_end() {
    const QString path = folder_.filePath("grows.trace");
    Writer writer(path, recording(kEvents));
    writer.writeTo(0.4);
    LiveWindow open(path);
    QVERIFY2(open.window.openError().isEmpty(), qPrintable(open.window.openError()));
    QCOMPARE(open.window.follower().state(), Follower::State::kFollowing);
    QVERIFY(!open.window.banner().isVisible());
    const uint64_t first = open.rows();
    QVERIFY(first > 0 && first < kEvents);
    const int64_t extent = open.window.timeline().extent().to_ns;
    writer.writeTo(0.7);
    QVERIFY(open.until([&] { return open.rows() > first; }));
    QVERIFY(open.window.timeline().extent().to_ns > extent);
    // All was in view: it still is.
    QCOMPARE(open.window.timeline().range(), open.window.timeline().extent());
    writer.writeTo(1);
    writer.close();
    QVERIFY(open.until([&] { return open.window.follower().state() == Follower::State::kWatching; }));
    QVERIFY(open.until([&] { return open.rows() == kEvents; }));
    QVERIFY(!open.window.banner().isVisible());
    QVERIFY(open.window.recording()->summary.has_end);
    QVERIFY2(open.window.tabs().tabText(0).endsWith(QString::number(kEvents)),
             qPrintable(open.window.tabs().tabText(0)));
  }

  void place_selection_and_filter_stay() {
    const QString path = folder_.filePath("place.trace");
    Writer writer(path, recording(kEvents));
    writer.writeTo(0.5);
    LiveWindow open(path);
    const uint64_t first = open.rows();
    TimelineView& timeline = open.window.timeline();
    const an::TimeSpan view{100'000'000, 300'000'000}, range{120'000'000, 200'000'000};
    timeline.showRange(view);
    timeline.selectRange(range);
    open.window.scope().setFilter("duration >= 1ms");
    QVERIFY(open.settle());
    open.window.events().setCurrentRow(3);
    QVERIFY(open.settle());
    QTRY_VERIFY_WITH_TIMEOUT(timeline.selectedEvent().has_value(), kLimitMs);
    const auto event = timeline.selectedEvent();
    const QString headline = open.window.details().headline();
    const int64_t extent = timeline.extent().to_ns;
    writer.writeTo(0.9);
    QVERIFY(open.until([&] { return timeline.extent().to_ns > extent; }));
    QCOMPARE(timeline.range(), view);
    QCOMPARE(*timeline.selectedRange(), range);
    QVERIFY(timeline.selectedEvent() == event);
    QCOMPARE(open.window.scope().now().filter, QString("duration >= 1ms"));
    QCOMPARE(open.window.events().currentRow(), std::optional<uint64_t>(3));
    QCOMPARE(open.window.details().headline(), headline);
    QVERIFY(open.rows() < first);  // those of the range
  }

  void the_end_is_followed_where_it_is_in_view() {
    const QString path = folder_.filePath("chart.trace");
    Writer writer(path, recording(kEvents));
    writer.writeTo(0.5);
    LiveWindow open(path);
    TimelineView& timeline = open.window.timeline();
    const int64_t end = timeline.extent().to_ns, length = end / 4;
    timeline.showRange({end - length, end});
    QVERIFY(open.settle());
    writer.writeTo(0.9);
    QVERIFY(open.until([&] { return timeline.extent().to_ns > end; }));
    QCOMPARE(timeline.range().to_ns, timeline.extent().to_ns);
    QCOMPARE(timeline.range().length_ns(), length);
    // So are the tables where they show the last row.
    open.window.events().verticalScrollBar()->setValue(open.window.events().verticalScrollBar()->maximum());
    const uint64_t top = open.window.events().topRow();
    writer.writeTo(1);
    writer.close();
    QVERIFY(open.until([&] { return open.rows() == kEvents; }));
    QVERIFY(open.window.events().topRow() > top);
    QCOMPARE(open.window.events().topRow() + open.window.events().visibleRows(), open.rows());
  }

  void a_pause_holds_what_is_shown() {
    const QString path = folder_.filePath("pause.trace");
    Writer writer(path, recording(kEvents));
    writer.writeTo(0.4);
    LiveWindow open(path);
    const uint64_t first = open.rows();
    open.window.actions().find("pause")->trigger();
    QCOMPARE(open.window.follower().state(), Follower::State::kPaused);
    QSignalSpy grown(&open.window.follower(), &Follower::grown);
    writer.writeTo(0.8);
    QTest::qWait(1500);  // three looks, had it followed
    QCOMPARE(grown.count(), 0);
    QCOMPARE(open.rows(), first);
    open.window.actions().find("pause")->trigger();
    QVERIFY(open.until([&] { return open.rows() > first; }));
  }

  void a_recorder_that_was_killed_leaves_no_end() {
    const QString path = folder_.filePath("killed.trace");
    Writer writer(path, recording(kEvents));
    writer.writeTo(0.6);
    LiveWindow open(path);
    QCOMPARE(open.window.follower().state(), Follower::State::kFollowing);
    writer.close();
    QVERIFY(open.until([&] { return open.window.follower().state() == Follower::State::kWatching; }));
    QVERIFY(open.window.banner().isVisible());
    QVERIFY(!open.window.recording()->growing);
  }

  void cut_and_replaced_files_are_said_data() {
    QTest::addColumn<bool>("grows");
    QTest::addColumn<bool>("replaced");
    for (const bool grows : {false, true})
      for (const bool replaced : {false, true})
        QTest::addRow("%s, %s", grows ? "growing" : "whole", replaced ? "replaced" : "cut") << grows << replaced;
  }
  void cut_and_replaced_files_are_said() {
    QFETCH(bool, grows);
    QFETCH(bool, replaced);
    const QString path = folder_.filePath("changes.trace");
    QFile::remove(path);
    Writer writer(path, recording(kEvents));
    writer.writeTo(grows ? 0.7 : 1);
    if (!grows) writer.close();
    LiveWindow open(path);
    QVERIFY(!open.window.banner().isVisible());
    if (replaced) {
      const QString other = folder_.filePath("other.trace");
      Writer(other, recording(20)).writeTo(1);
      QVERIFY(QFile::remove(path) && QFile::rename(other, path));
    } else if (grows) {
      writer.cut(2000);
    } else {
      QVERIFY(QFile(path).resize(2000));
    }
    QVERIFY(open.until([&] { return open.window.banner().isVisible(); }));
    QVERIFY2(open.window.banner().text().contains(replaced ? "replaced" : "cut"),
             qPrintable(open.window.banner().text()));
    // Whatever is asked now is answered, if only by an error.
    open.window.scope().setFilter("failed");
    QVERIFY(open.settle());
    for (int tab = 0; tab < open.window.tabs().count(); ++tab) {
      open.window.tabs().setCurrentIndex(tab);
      QVERIFY(open.settle());
    }
    if (!replaced) return;
    // The button opens what is there now.
    open.window.scope().setFilter({});
    QVERIFY(open.settle());
    emit open.window.banner().actionRequested(Warning::Does::kOpenAgain);
    QVERIFY(open.until([&] { return open.rows() == 20; }));
  }

  void a_recorder_that_cannot_start_says_why() {
    // In place of the recorder: what it would print is what is shown.
    const QString fake = folder_.filePath("ebpf-record");
    QFile file(fake);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("#!/bin/sh\necho 'ebpf-record: CAP_BPF is lacking' >&2\nexit 120\n");
    file.close();
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    RecorderProcess recorder;
    RecordDialog dialog(recorder, {Privileges::By::kOwn, fake, {}});
    RecordOptions options;
    options.command = "true";
    options.output = folder_.filePath("never.trace");
    dialog.setOptions(options);
    dialog.show();
    QVERIFY(dialog.commandLine().contains("never.trace"));
    QSignalSpy finished(&recorder, &RecorderProcess::finished);
    dialog.record();
    QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, kLimitMs);
    QCOMPARE(dialog.errorText(), QString("CAP_BPF is lacking"));
    // And a command that makes no sense is not even started.
    options.command = "a | b";
    dialog.setOptions(options);
    dialog.record();
    QVERIFY(dialog.errorText().contains("shell"));
    QCOMPARE(finished.count(), 1);
  }

  void a_recorder_is_followed_and_stopped() {
    // It locks, writes and waits for SIGINT, as the real one does; that needs root.
    const QString fake = folder_.filePath("ebpf-record-2");
    const QString source = QStringLiteral(SAMPLES_FOLDER "/build.trace"), output = folder_.filePath("recorded.trace");
    QFile file(fake);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        QStringLiteral("#!/bin/sh\nexec 9>'%1'\nflock -n 9 || exit 123\nsize=$(stat -c %s '%2')\n"
                       "trap 'tail -c +$((size / 2 + 1)) \"%2\" >&9; exit 0' INT\nhead -c $((size / 2)) '%2' >&9\n"
                       "while :; do sleep 0.05; done\n")
            .replace("%1", output)
            .replace("%2", source)
            .toUtf8());
    file.close();
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    ::signal(SIGINT, SIG_DFL);  // what is ignored, as in the background of some shells, a shell can't trap
    qputenv("EBPF_RECORD", fake.toUtf8());
    if (find_privileges().by != Privileges::By::kOwn) QSKIP("it would ask for a password");
    MainWindow window;
    window.show();
    window.actions().find("record")->trigger();
    RecordOptions options;
    options.command = "true";
    options.output = output;
    window.recordDialog()->setOptions(options);
    window.recordDialog()->record();
    QVERIFY(QTest::qWaitFor([&] { return window.recording() && window.settled(); }, kLimitMs));
    QCOMPARE(window.follower().state(), Follower::State::kFollowing);
    QVERIFY(!window.recordDialog()->isVisible());
    const uint64_t first = window.eventSource().rows();
    window.actions().find("stop recording")->trigger();
    QVERIFY(QTest::qWaitFor([&] { return window.follower().state() == Follower::State::kWatching && window.settled(); },
                            kLimitMs));
    QVERIFY(window.eventSource().rows() > first);
    QVERIFY(window.recording()->summary.has_end);
    QTRY_VERIFY_WITH_TIMEOUT(!window.recorder().isRunning(), kLimitMs);
    QCOMPARE(window.recordDialog()->errorText(), QString());
    qunsetenv("EBPF_RECORD");
  }

  // The real one, through whatever leads to root here: live.window_records, which may record.
  void the_recorder_records() {
    const QString recorder = qEnvironmentVariable("EBPF_VIEW_RECORDER");
    if (recorder.isEmpty()) QSKIP("EBPF_VIEW_RECORDER names no recorder that may record");
    const QString output = folder_.filePath("real.trace");
    qputenv("EBPF_RECORD", recorder.toUtf8());
    MainWindow window;
    window.show();
    window.actions().find("record")->trigger();
    RecordOptions options;
    options.command = "sh -c 'while :; do cat /dev/null; sleep 0.05; done'";
    options.output = output;
    window.recordDialog()->setOptions(options);
    window.recordDialog()->record();
    QVERIFY2(
        QTest::qWaitFor([&] { return window.recording() && window.settled() && window.eventSource().rows() > 1000; },
                        kLimitMs),
        qPrintable(window.recordDialog()->errorText()));
    QCOMPARE(window.follower().state(), Follower::State::kFollowing);
    const uint64_t first = window.eventSource().rows();
    window.actions().find("stop recording")->trigger();
    QVERIFY(QTest::qWaitFor([&] { return window.follower().state() == Follower::State::kWatching && window.settled(); },
                            kLimitMs));
    QVERIFY(window.recording()->summary.has_end);
    QVERIFY(window.eventSource().rows() > first);
    QTRY_VERIFY_WITH_TIMEOUT(!window.recorder().isRunning(), kLimitMs);
    QCOMPARE(window.recordDialog()->errorText(), QString());
    QCOMPARE(QFileInfo(output).ownerId(), ::getuid());  // whoever had to become root for it
    qunsetenv("EBPF_RECORD");
  }
};

QTEST_MAIN(LiveTest)
#include "live_test.moc"
