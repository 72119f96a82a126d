// SPDX-License-Identifier: Apache-2.0
// What the window writes for others: each form of a part of a recording, refused paths, Cancel.
#include "gui/share/save.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QtTest>

#include "analyzer/api/export_file.h"
#include "analyzer/tables/table.h"
#include "gui/share/save_dialog.h"
#include "tests/gui/open_window.h"

using namespace ebpftrace::gui;
namespace an = ebpftrace::analyzer;

namespace {

const char kSample[] = SAMPLES_FOLDER "/build.trace";

PoolJob::Task task() {
  PoolJob::Task task;
  task.tell = [](uint64_t, uint64_t) {};
  return task;
}

QByteArray bytes_of(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

SaveForm form_of(SaveForm::Kind kind, const std::string& export_name = {}) {
  for (const SaveForm& form : save_forms())
    if (form.kind == kind && form.export_name == export_name) return form;
  qFatal("no such form");
}

}  // namespace

class SaveTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::shared_ptr<const Recording> recording_ = open_recording({kSample}, task());

  SaveRequest request(SaveForm::Kind kind, const QString& name, const std::string& export_name = {}) {
    SaveRequest made;
    made.form = form_of(kind, export_name);
    made.recording = recording_;
    made.inquiry.filter = "process == \"make\"";
    made.inquiry.range = an::TimeSpan{0, recording_->duration_ns / 2};
    made.path = folder_.filePath(name);
    return made;
  }
  uint64_t expected() {
    an::EventRows rows(*recording_->session, "process == \"make\"", 0, recording_->duration_ns / 2);
    rows.count();
    return rows.rows();
  }

 private slots:
  void a_slice_has_what_is_selected() {
    const SaveRequest made = request(SaveForm::Kind::kSlice, "slice.trace");
    QVERIFY(save(made, task()).has_value());
    const auto slice = open_recording({made.path.toStdString()}, task());
    an::EventRows rows(*slice->session, "process == \"make\"", {}, {});
    rows.count();
    QVERIFY(expected() > 0);
    QCOMPARE(rows.rows(), expected());
    QVERIFY(slice->events < recording_->events);
  }
  void a_redacted_slice_has_no_names() {
    const SaveRequest made = request(SaveForm::Kind::kRedactedSlice, "redacted.trace");
    QVERIFY(save(made, task()).has_value());
    const auto slice = open_recording({made.path.toStdString()}, task());
    QVERIFY(slice->events > 0 && slice->events < recording_->events);
    an::EventRows rows(*slice->session, "process == \"make\"", {}, {});
    rows.count();
    QCOMPARE(rows.rows(), uint64_t{0});
    // What it was made of is gone.
    QCOMPARE(QDir(folder_.path()).entryList({".ebpf-view-*"}, QDir::AllEntries | QDir::Hidden).size(), 0);
  }
  void tables_are_what_the_command_line_gives() {
    for (const auto kind : {SaveForm::Kind::kTableCsv, SaveForm::Kind::kTableJson}) {
      SaveRequest made = request(kind, "table");
      made.table.question = an::find_question("syscalls");
      made.table.asked = made.inquiry.asked();
      QVERIFY(save(made, task()).has_value());
      std::string direct;
      ebpftrace::analyzer::write_result(an::ask(*made.table.question, *recording_->session, made.table.asked),
                                        kind == SaveForm::Kind::kTableCsv ? an::Format::kCsv : an::Format::kJson, 0,
                                        [&](std::string_view piece) { direct += piece; });
      QVERIFY(direct.size() > 100);
      QCOMPARE(bytes_of(made.path), QByteArray::fromStdString(direct));
      if (kind == SaveForm::Kind::kTableJson) QVERIFY(!QJsonDocument::fromJson(bytes_of(made.path)).isNull());
    }
  }
  void every_export_writes() {
    for (const an::ExportForm& one : an::export_forms()) {
      if (one.name == "pcapng") continue;  // of packets, which this sample has none of
      const SaveRequest made = request(SaveForm::Kind::kExport, QString::fromStdString("export." + one.name), one.name);
      QVERIFY2(save(made, task()).has_value(), one.name.c_str());
      QVERIFY2(one.is_folder ? !QDir(made.path).isEmpty() : QFileInfo(made.path).size() > 0, one.name.c_str());
    }
    QVERIFY(bytes_of(folder_.filePath("export.html")).contains("<html"));
  }
  void what_cannot_be_written_is_named() {
    SaveRequest made = request(SaveForm::Kind::kTableCsv, "x");
    made.table.question = an::find_question("syscalls");
    for (const auto kind : {SaveForm::Kind::kTableCsv, SaveForm::Kind::kSlice, SaveForm::Kind::kRedactedSlice}) {
      made.form = form_of(kind);
      made.path = "/nonexistent/folder/file";
      QVERIFY_EXCEPTION_THROWN(save(made, task()), std::exception);
      made.path = kSample;  // the recording itself
      QVERIFY_EXCEPTION_THROWN(save(made, task()), std::exception);
    }
    QVERIFY(open_recording({kSample}, task())->events == recording_->events);
  }
  void what_is_stopped_leaves_nothing() {
    std::stop_source stop;
    stop.request_stop();
    PoolJob::Task stopped = task();
    stopped.stop = stop.get_token();
    for (const auto kind : {SaveForm::Kind::kTableCsv, SaveForm::Kind::kSlice, SaveForm::Kind::kRedactedSlice}) {
      SaveRequest made = request(kind, "stopped");
      made.table.question = an::find_question("events");
      QVERIFY(!save(made, stopped).has_value());
      QVERIFY(!QFile::exists(made.path));
    }
  }
  void the_dialog_saves_what_is_selected() {
    MainWindow window;
    window.resize(1280, 800);
    window.show();
    window.openFiles({kSample});
    QVERIFY(QTest::qWaitFor([&] { return window.recording() && window.settled(); }, kLimitMs));
    window.scope().setFilter("failed");
    QVERIFY(QTest::qWaitFor([&] { return window.settled(); }, kLimitMs));
    const uint64_t rows = window.eventSource().rows();
    window.actions().find("save")->trigger();
    SaveDialog& dialog = *window.saveDialog();
    QVERIFY(dialog.path().endsWith("build.events.csv"));
    const QString csv = folder_.filePath("failed.csv");
    dialog.setPath(csv);
    dialog.saveNow();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.outcome().startsWith("Saved as"), kLimitMs);
    const QByteArray text = bytes_of(csv);
    QVERIFY(static_cast<uint64_t>(text.count('\n')) >= rows + 1);
    // The timeline as lines and as pixels.
    dialog.choose(SaveForm::Kind::kPicture);
    for (const char* name : {"timeline.svg", "timeline.png"}) {
      dialog.setPath(folder_.filePath(name));
      dialog.saveNow();
      QVERIFY2(dialog.outcome().startsWith("Saved as"), qPrintable(dialog.outcome()));
      QVERIFY(QFileInfo(folder_.filePath(name)).size() > 1000);
    }
    QVERIFY(bytes_of(folder_.filePath("timeline.svg")).contains("<svg"));
    dialog.setPath(folder_.filePath("timeline.nosuch"));
    dialog.saveNow();
    QVERIFY(dialog.outcome().contains("format"));
  }
};

QTEST_MAIN(SaveTest)
#include "save_test.moc"
