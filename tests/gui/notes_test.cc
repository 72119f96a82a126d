// SPDX-License-Identifier: Apache-2.0
// Markers, views and notes: their undo, the file beside the recording, and what is left alone. And the window that shows them.
#include <QDir>
#include <QInputDialog>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPlainTextEdit>
#include <QTemporaryDir>
#include <QTreeWidget>
#include <QtTest>

#include "gui/notes/notebook.h"
#include "gui/notes/notes_dialog.h"
#include "gui/notes/sidecar.h"
#include "tests/gui/open_window.h"

using namespace ebpftrace::gui;

namespace {

const std::string kId = "00112233445566778899aabbccddeeff";

Notes some_notes() {
  Notes notes;
  notes.markers = {
      {-5, "before"},
      {1'234'567'890'123'456'789, "late \"quoted\" <b>\n"},
  };
  SavedView view;
  view.name = "slow part";
  view.view = {10, 9'007'199'254'740'993};  // no double holds it
  view.range = {20, 30};
  view.playhead = 25;
  view.filter = "duration > 1ms";
  view.tab = "top_io";
  view.colour_by = "errno";
  view.hidden = {"process 4711", "thread 1 2 #1"};
  view.pinned = {"cpu 3"};
  notes.views = {view};
  notes.text = QString::fromUtf8("a note: ±≥ \U0001F600");
  return notes;
}

}  // namespace

class NotesTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  QString put(const QString& name, const QByteArray& bytes) {
    const QString path = folder_.filePath(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)) qFatal("no temporary file");
    file.write(bytes);
    return path;
  }
  QByteArray get(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }

 private slots:
  void initTestCase() { qputenv("XDG_DATA_HOME", folder_.filePath("home").toUtf8()); }

  void every_change_can_be_undone() {
    Notebook book;
    QSignalSpy edited(&book, &Notebook::edited);
    book.addMarker(30, "c");
    book.addMarker(10, " a ");
    QCOMPARE(book.notes().markers, (std::vector<Marker>{{10, "a"}, {30, "c"}}));
    QCOMPARE(book.nextMarker(10)->text, QString("c"));
    QCOMPARE(book.previousMarker(30)->text, QString("a"));
    QVERIFY(!book.nextMarker(30) && !book.previousMarker(10));
    book.renameMarker(1, "C");
    book.removeMarker(0);
    book.setText("x");
    SavedView view;
    view.name = "one";
    book.saveView(view);
    view.filter = "failed";
    book.saveView(view);  // takes its place
    QCOMPARE(book.notes().views.size(), size_t{1});
    book.renameView(0, "two");
    QCOMPARE(book.findView("two")->filter, QString("failed"));
    book.removeView(0);
    const Notes last = book.notes();
    QCOMPARE(edited.count(), 9);
    book.removeMarker(7);  // there is none
    book.renameView(7, "x");
    book.setText("x");  // as it is
    QCOMPARE(edited.count(), 9);
    int steps = 0;
    for (; book.canUndo(); ++steps) book.undo();
    QCOMPARE(steps, 9);
    QVERIFY(book.notes().isEmpty());
    while (book.canRedo()) book.redo();
    QCOMPARE(book.notes(), last);
  }

  void json_keeps_all_of_it() {
    const Notes notes = some_notes();
    const ReadNotes read = notes_of_json(notes_json(notes, kId), kId);
    QVERIFY2(read.error.isEmpty(), qPrintable(read.error));
    QCOMPARE(read.notes, notes);
  }

  void what_is_wrong_is_refused_as_a_whole_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("says");
    const QByteArray head =
        R"({"format":"ebpf-view notes","version":1,"recording":"00112233445566778899aabbccddeeff",)";
    QTest::newRow("no JSON") << QByteArray("hello") << "no JSON";
    QTest::newRow("cut") << notes_json(some_notes(), kId).chopped(20) << "no JSON";
    QTest::newRow("a list") << QByteArray("[]") << "no JSON object";
    QTest::newRow("something else") << QByteArray(R"({"format":"x"})") << "no notes of ebpf-view";
    QTest::newRow("version") << QByteArray(R"({"format":"ebpf-view notes","version":2})") << "another version";
    QTest::newRow("another recording") << notes_json(some_notes(), "ff") << "another recording";
    QTest::newRow("time is text") << head + R"("markers":[{"at_ns":"1","text":"a"}]})"
                                  << "marker 1";
    QTest::newRow("time is huge") << head + R"("markers":[{"at_ns":1e300,"text":"a"}]})"
                                  << "marker 1";
    QTest::newRow("marker is a number") << head + R"("markers":[{"at_ns":1},2]})"
                                        << "marker 2";
    QTest::newRow("markers are text") << head + R"("markers":"x"})"
                                      << "markers";
    QTest::newRow("view without a name") << head + R"("views":[{"view_ns":[1,2]}]})"
                                         << "no name";
    QTest::newRow("view ends first") << head + R"("views":[{"name":"a","view_ns":[2,1]}]})"
                                     << "ends before";
    QTest::newRow("view of one time") << head + R"("views":[{"name":"a","view_ns":[2]}]})"
                                      << "two times";
    QTest::newRow("lane is a number") << head + R"("views":[{"name":"a","view_ns":[1,2],"hidden_lanes":[7]}]})"
                                      << "lane";
    QTest::newRow("long") << head + "\"text\":\"" + QByteArray(kMostNoteBytes, 'x') + "\"}"
                          << "bytes";
    QTest::newRow("deep") << QByteArray(200'000, '[') << "no JSON";
  }
  void what_is_wrong_is_refused_as_a_whole() {
    QFETCH(QByteArray, json);
    QFETCH(QString, says);
    const ReadNotes read = notes_of_json(json, kId);
    QVERIFY2(read.error.contains(says), qPrintable(read.error));
    QVERIFY(!read.error.contains('\n'));
    QVERIFY(read.notes.isEmpty());
    // And the file stays what it is: notes then go to the user's own folder.
    const QString trace = folder_.filePath("foreign.trace");
    const QString sidecar = put("foreign.trace.view", json);
    Sidecar place(trace.toStdString(), kId);
    QVERIFY(place.load().message.contains("foreign.trace.view is left alone"));
    QCOMPARE(place.save(some_notes()), QString());
    QCOMPARE(get(sidecar), json);
    QVERIFY(place.path().startsWith(folder_.filePath("home")));
    QVERIFY(QFile::remove(place.path()));
    QVERIFY(QFile::remove(sidecar));
  }

  void they_are_kept_beside_the_recording() {
    const QString trace = folder_.filePath("mine.trace");
    Sidecar place(trace.toStdString(), kId);
    QVERIFY(place.load().notes.isEmpty());
    QCOMPARE(place.save(some_notes()), QString());
    QCOMPARE(place.path(), trace + ".view");
    Sidecar again(trace.toStdString(), kId);
    const Sidecar::Loaded loaded = again.load();
    QCOMPARE(loaded.message, QString());
    QCOMPARE(loaded.notes, some_notes());
    // Nothing else is left in the folder.
    QCOMPARE(QDir(folder_.path()).entryList({"mine.trace*"}).size(), 1);
  }

  void a_place_that_cannot_be_written_has_another() {
    Sidecar place("/proc/self/no.trace", kId);
    QCOMPARE(place.save(some_notes()), QString());
    QCOMPARE(place.path(), folder_.filePath("home") + "/ebpf-trace/notes/" + QString::fromStdString(kId) + ".view");
    Sidecar again("/proc/self/no.trace", kId);
    QCOMPARE(again.load().notes, some_notes());
    QVERIFY(QFile::remove(place.path()));
  }

  void the_window_keeps_markers_and_views() {
    const std::vector<std::byte> bytes = ebpftrace::script_bytes(
        "10ms cat read fd=3 count=1 1 file=/a dur=5us\n20ms cat write fd=1 count=1 -EPIPE dur=5us\n"
        "500ms tail read fd=3 count=1 1 file=/b dur=5us\n");
    const QString trace = put(
        "window.trace", QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())));
    {
      MainWindow window;
      window.resize(1280, 800);
      window.show();
      window.openFiles({trace.toStdString()});
      auto settle = [&] { return QTest::qWaitFor([&] { return window.settled(); }, kLimitMs); };
      QVERIFY(settle());
      window.timeline().setPlayhead(20'000'000);
      // M, a text, Return.
      QTest::keyClick(&window.timeline(), Qt::Key_M);
      auto* dialog = window.findChild<QInputDialog*>();
      QVERIFY(dialog);
      dialog->setTextValue("pipe breaks");
      dialog->accept();
      QCOMPARE(window.notebook().notes().markers, (std::vector<Marker>{{20'000'000, "pipe breaks"}}));
      window.scope().setFilter("failed");
      window.timeline().selectRange({15'000'000, 25'000'000});
      window.timeline().showRange({10'000'000, 30'000'000});
      window.tabs().setCurrentIndex(2);
      QVERIFY(settle());
      window.actions().find("save view")->trigger();
      dialog = window.findChildren<QInputDialog*>().last();
      dialog->setTextValue("the pipe");
      dialog->accept();
      QVERIFY(window.notebook().findView("the pipe"));
      window.actions().find("notes")->trigger();
      QCOMPARE(window.notesDialog()->list().topLevelItemCount(), 2);
      window.notesDialog()->text().setPlainText("to do");
      window.timeline().setPlayhead({});
      window.actions().find("next marker")->trigger();
      QCOMPARE(window.timeline().playhead(), std::optional<int64_t>(20'000'000));
    }
    const QJsonObject kept = QJsonDocument::fromJson(get(trace + ".view")).object();
    QCOMPARE(kept["text"].toString(), QString("to do"));
    // Another window, as --view opens it.
    MainWindow window;
    ViewOptions options;
    options.files = {trace.toStdString()};
    options.view = "the pipe";
    window.resize(1280, 800);
    window.show();
    window.apply(options);
    QVERIFY(QTest::qWaitFor([&] { return window.recording() && window.settled(); }, kLimitMs));
    QCOMPARE(window.scope().now().filter, QString("failed"));
    QCOMPARE(window.timeline().range(), (ebpftrace::analyzer::TimeSpan{10'000'000, 30'000'000}));
    QCOMPARE(window.timeline().selectedRange(), std::optional(ebpftrace::analyzer::TimeSpan{15'000'000, 25'000'000}));
    QCOMPARE(window.tabs().currentIndex(), 2);
    QCOMPARE(window.notebook().notes().markers.size(), size_t{1});
    QCOMPARE(window.eventSource().rows(), uint64_t{1});
  }

  void the_window_says_which_notes_it_left_alone() {
    const std::vector<std::byte> bytes = ebpftrace::script_bytes("10ms cat read fd=3 count=1 1 file=/a dur=5us\n");
    const QString trace = put(
        "alone.trace", QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())));
    put("alone.trace.view", "#!/bin/sh\necho it is mine\n");
    {
      MainWindow window;
      window.show();
      window.openFiles({trace.toStdString()});
      QVERIFY(QTest::qWaitFor([&] { return window.recording() && window.settled(); }, kLimitMs));
      QVERIFY(window.banner().isVisible());
      QVERIFY2(window.banner().text().contains("alone.trace.view is left alone"), qPrintable(window.banner().text()));
      window.notebook().addMarker(5, "x");
    }
    QCOMPARE(get(trace + ".view"), QByteArray("#!/bin/sh\necho it is mine\n"));
    // They are the user's, by the recording's id, which all scripted ones share.
    QVERIFY(QDir(folder_.filePath("home")).removeRecursively());
  }

  void recorded_markers_are_in_the_list() {
    const std::vector<std::byte> bytes = ebpftrace::script_bytes(
        "10ms cat read fd=3 count=1 1 file=/a dur=5us\nrow 20ms marker text=\"phase <b>two\"\n");
    const QString trace = put(
        "marked.trace", QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())));
    MainWindow window;
    window.show();
    window.openFiles({trace.toStdString()});
    QVERIFY(QTest::qWaitFor([&] { return window.recording() && window.settled(); }, kLimitMs));
    window.actions().find("notes")->trigger();
    QTreeWidget& list = window.notesDialog()->list();
    QTRY_COMPARE_WITH_TIMEOUT(list.topLevelItemCount(), 1, kLimitMs);
    QCOMPARE(list.topLevelItem(0)->text(1), QString("phase <b>two"));
    QVERIFY(!(list.topLevelItem(0)->flags() & Qt::ItemIsEditable));
    QVERIFY(!QFile::exists(trace + ".view"));  // looking writes nothing
  }
};

QTEST_MAIN(NotesTest)
#include "notes_test.moc"
