// SPDX-License-Identifier: Apache-2.0
// The window end to end: opened, looked at, filtered, selected, with keyboard and mouse, on real and on hostile recordings.
#include <QApplication>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QtTest>

#include "gui/details/call_line.h"
#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/tables/dragged_field.h"
#include "tests/gui/open_window.h"

using namespace ebpftrace::gui;
namespace an = ebpftrace::analyzer;

class WindowTest : public QObject {
  Q_OBJECT

  ScriptedTraces traces_;
  QTemporaryDir folder_;

 private slots:
  void shows_a_table_again_by_the_name_of_the_shown_one() {
    OpenWindow open(sample("build"));
    for (const char* name : {"events", "moment", "streams", "top_files", "tree", "summary"}) {
      QVERIFY2(open.window.showTable(QString::fromLatin1(name)), name);
      QCOMPARE(open.window.shownTable(), QString::fromLatin1(name));
    }
    QVERIFY(!open.window.showTable(QStringLiteral("nothing like that")));
    QCOMPARE(open.window.shownTable(), QStringLiteral("summary"));
  }
  void a_long_argument_leaves_the_window_as_wide_as_it_is() {
    const std::string name(900, 'n');
    OpenWindow open(
        {traces_.make("0us sh exec /bin/sh sh\n10us sh openat filename=/" + name + " 3 dur=2us\n20us sh exit 0\n")});
    const int wide = open.window.width();
    open.window.events().setCurrentRow(1);
    QVERIFY(open.settle());
    QVERIFY(open.window.details().headline().contains(QString::fromLatin1(name.substr(0, 100).c_str())));
    QTest::qWait(50);
    QCOMPARE(open.window.width(), wide);
    // What is shown of it keeps what came of the call.
    CallLine* line = open.window.details().findChild<CallLine*>();
    const QString shown = line->shownText(line->width());
    QVERIFY(shown.size() < line->text().size());
    QVERIFY(shown.contains(u'…'));
    QVERIFY(shown.endsWith(line->text().mid(line->text().lastIndexOf(QStringLiteral(") = ")))));
  }
  void the_icons_have_the_colours_of_the_theme() {
    OpenWindow open(sample("build"));
    auto darkest = [&](const char* id) {
      const QImage image = open.window.actions().find(id)->icon().pixmap(16, 16).toImage();
      int least = 255;
      for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
          if (image.pixelColor(x, y).alpha() > 200) least = std::min(least, qGray(image.pixel(x, y)));
      return least;
    };
    QVERIFY(!open.window.actions().find("dark")->isChecked());
    for (const char* id : {"open", "fit", "whole"}) QVERIFY2(darkest(id) < 80, id);
    QApplication::setPalette(qt_palette(dark_colours()));
    for (const char* id : {"open", "fit", "whole"}) QVERIFY2(darkest(id) > 150, id);
    QApplication::setPalette(qt_palette(light_colours()));
  }
  void tables_are_found_by_what_is_in_them() {
    OpenWindow open(sample("build"));
    // In the order of what people look for, and each tab shows its own.
    QStringList names;
    for (int tab = 0; tab < open.window.tabs().count(); ++tab)
      names << open.window.tabs().tabText(tab).section(QStringLiteral("  "), 0, 0);
    QCOMPARE(names.mid(0, 10),
             (QStringList{QStringLiteral("Events"), QStringLiteral("Processes"), QStringLiteral("I/O"),
                          QStringLiteral("Files"), QStringLiteral("Calls"), QStringLiteral("Network"),
                          QStringLiteral("Findings"), QStringLiteral("Moment"), QStringLiteral("Streams"),
                          QStringLiteral("Machine")}));
    QVERIFY(open.window.showTable(QStringLiteral("moment")));
    QVERIFY(open.window.moment().isVisible());
    QVERIFY(open.window.showTable(QStringLiteral("summary")));
    QVERIFY(open.window.selection().isVisible());
    QCOMPARE(open.window.shownTable(), QStringLiteral("summary"));
  }
  void the_loss_badge_is_there_in_a_narrow_window() {
    OpenWindow open(sample("losses"));
    for (const int width : {1920, 1280, 1180, 1100, 1000, 900}) {
      open.window.resize(width, 800);
      QVERIFY(open.settle());
      QTest::qWait(20);
      LossBadge& badge = open.window.lossBadge();
      QVERIFY2(badge.isVisible(), QByteArray::number(width).constData());
      const int right = badge.mapTo(&open.window, QPoint(badge.width(), 0)).x();
      QVERIFY2(right <= open.window.width(), QByteArray::number(width).constData());
      QCOMPARE(badge.width(), badge.sizeHint().width());
    }
  }
  void columns_are_dragged_across_the_bar_of_the_pivot() {
    OpenWindow open(sample("build"));
    using Fields = std::vector<std::string>;
    SelectionPane& selection = open.window.selection();
    QCOMPARE(selection.groupedBy(), (Fields{"process", "syscall"}));
    auto drop = [&](const char* field, QPoint at) {
      const std::unique_ptr<QMimeData> data(drag_of(field));
      QDragEnterEvent enter(at, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(&selection, &enter);
      QVERIFY(enter.isAccepted());
      QDropEvent event(at, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(&selection, &event);
      QVERIFY(open.settle());
    };
    drop("error", {5, 5});
    QCOMPARE(selection.groupedBy(), (Fields{"process", "syscall", "error"}));
    drop("error", selection.pivot().viewport()->mapTo(&selection, QPoint(2, 5)));
    QCOMPARE(selection.groupedBy(), (Fields{"error", "process", "syscall"}));
    QCOMPARE(selection.pivot().answer().grouping(), 3);
    // Its own: into another order, and behind the bar.
    QHeaderView* header = selection.pivot().header();
    header->moveSection(2, 0);
    QTRY_COMPARE(selection.groupedBy(), (Fields{"syscall", "error", "process"}));
    QVERIFY(open.settle());
    header->moveSection(1, 4);
    QTRY_COMPARE(selection.groupedBy(), (Fields{"syscall", "process"}));
    QVERIFY(open.settle());
    QCOMPARE(selection.pivot().answer().grouping(), 2);
    QCOMPARE(header->visualIndex(0), 0);
    // A number is nothing to group by, and the last group stays.
    header->moveSection(3, 0);
    QTest::qWait(20);
    QCOMPARE(selection.groupedBy(), (Fields{"syscall", "process"}));
    selection.setGroupedBy({"process"});
    QVERIFY(open.settle());
    header->moveSection(0, 2);
    QTest::qWait(20);
    QCOMPARE(selection.groupedBy(), (Fields{"process"}));
  }
  void where_nothing_is_it_says_why() {
    OpenWindow open(sample("build"));
    const QString all = QLocale(QLocale::English).toString(open.window.eventSource().rows());
    open.type_filter("process == \"nobody\"");
    QCOMPARE(open.window.events().emptyText(),
             QStringLiteral("No event matches; %1 are hidden by the filter.").arg(all));
    auto* button = open.window.events().viewport()->findChild<QPushButton*>();
    QVERIFY(button && button->isVisible());
    QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(open.settle());
    QVERIFY(open.window.scope().now().filter.isEmpty());
    QVERIFY(!button->isVisible());
    // The build used no interface that was observed; the network's recording has packets, but none by then.
    QVERIFY(open.window.showTable(QStringLiteral("network")));
    QVERIFY(open.settle());
    QVERIFY(open.window.grab().toImage().width() > 0);
    auto sentences = [&] {
      QStringList found;
      for (const QLabel* label : open.window.findChildren<QLabel*>())
        if (label->isVisible()) found << label->text();
      return found.join(u'|');
    };
    QVERIFY2(sentences().contains(QStringLiteral("--xdp INTERFACE")), qPrintable(sentences()));
    // Who was there all along began before.
    const an::TimeSpan extent = open.window.timeline().extent();
    open.window.scope().setRange(an::TimeSpan{extent.to_ns - 2, extent.to_ns - 1});
    QVERIFY(open.window.showTable(QStringLiteral("tree")));
    QVERIFY(open.settle());
    QVERIFY2(sentences().contains(QStringLiteral("None of these began in what is selected.")), qPrintable(sentences()));
    OpenWindow other(sample("network"));
    other.type_filter("process == \"nobody\"");
    other.window.scope().setRange(ebpftrace::analyzer::TimeSpan{0, 1000});
    QVERIFY(other.window.showTable(QStringLiteral("security")));
    QVERIFY(other.settle());
    for (const QLabel* label : other.window.findChildren<QLabel*>())
      if (label->isVisible())
        QVERIFY2(!label->text().contains(QStringLiteral("--rules FILE")), qPrintable(label->text()));
  }
  void opens_and_counts_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"build", "file-io", "killed", "losses", "network"})
      QTest::newRow(name) << QString::fromLatin1(name);
  }
  void opens_and_counts() {
    QFETCH(QString, name);
    OpenWindow open(sample(name.toLatin1().constData()));
    QVERIFY(open.window.settled());
    QVERIFY2(open.window.openError().isEmpty(), qPrintable(open.window.openError()));
    QCOMPARE(open.window.eventSource().rows(), open.window.recording()->events);
    QVERIFY(!open.window.selection().statistics().empty());
    const bool lost = open.window.recording()->countsAreLeast();
    QCOMPARE(open.window.selection().statistics().front().value.startsWith(QString::fromUtf8("≥")), lost);
    if (lost) QVERIFY(open.window.banner().isVisible());
    // Every tab has an answer or says that there is none.
    for (int tab = 0; tab < open.window.tabs().count(); ++tab) {
      open.window.tabs().setCurrentIndex(tab);
      QVERIFY(open.settle());
    }
  }

  void a_filter_narrows_everything_and_undo_brings_it_back() {
    OpenWindow open(sample("build"));
    const uint64_t all = open.window.eventSource().rows();
    open.type_filter("failed");
    const uint64_t failed = open.window.eventSource().rows();
    QVERIFY(failed > 0 && failed < all);
    QCOMPARE(open.window.filterBar().chips(), std::vector<QString>{"failed"});
    for (const analyzerRow& row : rows(open, 5)) QVERIFY(row.failed);
    open.type_filter("failed && error != ENOENT");
    QVERIFY(open.window.eventSource().rows() < failed);
    open.window.scope().undo();
    QVERIFY(open.settle());
    QCOMPARE(open.window.eventSource().rows(), failed);
    QCOMPARE(open.window.filterBar().field().text(), QString("failed"));
  }

  void an_error_says_where_it_is() {
    OpenWindow open(sample("build"));
    const uint64_t all = open.window.eventSource().rows();
    open.type_filter("failed && pth == \"x\"");
    QTRY_VERIFY_WITH_TIMEOUT(open.window.filterBar().errorText().startsWith("Column 11: "), kLimitMs);
    QVERIFY(open.window.filterBar().errorText().contains("path"));
    QCOMPARE(open.window.eventSource().rows(), all);  // nothing was asked
    open.type_filter("failed");
    QTRY_VERIFY_WITH_TIMEOUT(open.window.filterBar().errorText().isEmpty(), kLimitMs);
  }

  void completion_offers_and_takes() {
    OpenWindow open(sample("build"));
    QApplication::setActiveWindow(&open.window);
    FilterField& field = open.window.filterBar().field();
    field.setFocus();
    QTest::keyClicks(&field, "dura");
    QTRY_VERIFY_WITH_TIMEOUT(field.offersChoices(), kLimitMs);
    QTest::keyClick(&field, Qt::Key_Tab);
    QCOMPARE(field.text(), QString("duration"));
  }

  void rows_that_are_not_read_can_be_painted_after_an_answer_was_worked_out() {
    OpenWindow open(sample("losses"));
    // The progress bar stands at a quarter, and is hidden.
    PoolJob job(open.window.workers(), QStringLiteral("Something long"), nullptr);
    job.start(
        [](const PoolJob::Task& task) {
          task.tell(1, 4);
          return 0;
        },
        [](int) {});
    QVERIFY(open.settle());
    QCoreApplication::processEvents();
    EventTable& table = open.window.events();
    table.verticalScrollBar()->setValue(table.verticalScrollBar()->maximum() / 2);
    QVERIFY(!open.window.eventSource().heldRow(open.window.eventSource().rows() / 2));
    table.viewport()->repaint();  // reading begins, and the bar is shown and set back
    QVERIFY(!open.window.workers().idle());
    QVERIFY(open.settle());
    QVERIFY(open.window.eventSource().heldRow(open.window.eventSource().rows() / 2));
  }

  void rows_and_details_follow_keys() {
    OpenWindow open(sample("build"));
    EventTable& table = open.window.events();
    table.setFocus();
    QTest::keyClick(&table, Qt::Key_End);
    QTRY_VERIFY_WITH_TIMEOUT(table.currentRow() == open.window.eventSource().rows() - 1, kLimitMs);
    QVERIFY(open.settle());
    QVERIFY(open.window.eventSource().heldRow(*table.currentRow()));
    QVERIFY(!open.window.details().headline().isEmpty());
    const QString last = open.window.details().headline();
    QTest::keyClick(&table, Qt::Key_Home);
    QTRY_VERIFY_WITH_TIMEOUT(open.settle() && open.window.details().headline() != last, kLimitMs);
    QCOMPARE(*table.currentRow(), uint64_t{0});
    QTest::keyClick(&table, Qt::Key_Down);
    QCOMPARE(*table.currentRow(), uint64_t{1});
    QTest::mouseClick(table.viewport(), Qt::LeftButton, {}, QPoint(200, sizes::kTableHeader + 5 * sizes::kRow + 4));
    QCOMPARE(*table.currentRow(), uint64_t{5});
  }

  void timeline_and_table_select_the_same_event() {
    OpenWindow open(sample("build"));
    open.window.events().setCurrentRow(100);
    QVERIFY(open.settle());
    const an::EventRow* row = open.window.eventSource().heldRow(100);
    QVERIFY(row);
    QTRY_VERIFY_WITH_TIMEOUT(open.window.timeline().selectedEvent().has_value(), kLimitMs);
    QCOMPARE(open.window.timeline().selectedEvent()->row, row->ref.row);
    QCOMPARE(open.window.timeline().selectedEvent()->frame, row->ref.frame);
    // And back: what the timeline selects, the table shows.
    const an::EventRow wanted = rows(open, 2000).back();
    open.window.events().clearCurrent();
    emit open.window.timeline().eventSelected(wanted.ref);
    QTRY_VERIFY_WITH_TIMEOUT(open.window.events().currentRow() == wanted.offset, kLimitMs);
  }

  void a_range_limits_tables_and_statistics() {
    OpenWindow open(sample("build"));
    const uint64_t all = open.window.eventSource().rows();
    open.window.timeline().selectRange({10'000'000, 60'000'000});
    QVERIFY(open.settle());
    const uint64_t some = open.window.eventSource().rows();
    QVERIFY(some > 0 && some < all);
    QVERIFY(open.window.filterBar().chips().back().startsWith(QString::fromUtf8("A – B")));
    open.window.tabs().setCurrentIndex(open.window.tabs().count() > 4 ? 4 : 1);
    QVERIFY(open.settle());
    QTest::keyClick(&open.window, Qt::Key_Escape);
    QVERIFY(open.settle());
    QCOMPARE(open.window.eventSource().rows(), all);
  }

  void as_command_line_is_what_was_asked() {
    OpenWindow open(sample("build"));
    open.type_filter("process == \"make\"");
    open.window.actions().find("copy command")->trigger();
    const QString command = QApplication::clipboard()->text();
    QVERIFY2(command.startsWith("ebpf-analyze ") && command.endsWith(" --events --filter 'process == \"make\"'"),
             qPrintable(command));
    QVERIFY(open.window.selection().commandLine().contains("--syscalls --filter 'process == \"make\"'"));
  }

  void hostile_names_do_nothing() {
    const std::string file = traces_.make(
        "10us \"<b>x</b>\" openat filename=\"/a\\x1b[31m\\xe2\\x80\\xae<img src=x>\" 3 file=\"/a\\x1b<i>\" dur=5us\n"
        "20us \"\\xff&amp;\" write fd=3 count=1 1 file=\"/a\\n/b\" dur=5us\n"
        "30us \"'; rm -rf /\" read fd=3 count=1 -EIO file=\"/'\\\"$(x)\" dur=5us\n");
    OpenWindow open({file});
    QCOMPARE(open.window.eventSource().rows(), uint64_t{3});
    for (uint64_t row = 0; row < 3; ++row) {
      open.window.events().setCurrentRow(row);
      QVERIFY(open.settle());
      const QString headline = open.window.details().headline();
      for (const QChar c : headline) QVERIFY2(c.unicode() >= 0x20 && c.unicode() != 0x202e, qPrintable(headline));
      for (const QLabel* label : open.window.findChildren<QLabel*>())
        if (!label->text().isEmpty() && label->text().contains(u'<')) QCOMPARE(label->textFormat(), Qt::PlainText);
      // What is made of a value is a filter for that value.
      const an::EventRow held = *open.window.eventSource().heldRow(row);
      const PickedValue process = event_value(held, EventColumn::kThread);
      const QString only = conditions_of(*open.window.recording()->session, process).only;
      open.window.scope().setFilter(only);
      QVERIFY(open.settle());
      QCOMPARE(open.window.eventSource().rows(), uint64_t{1});
      open.window.scope().setFilter({});
      QVERIFY(open.settle());
    }
  }

  void what_is_no_trace_is_said() {
    const QString path = folder_.filePath("not a trace");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("hello, this is text\n");
    file.close();
    OpenWindow open({path.toStdString()});
    QVERIFY(open.window.openError().contains("not a trace"));
    QVERIFY(!open.window.recording());
    // It is of use all the same.
    open.window.openFiles(sample("build"));
    QVERIFY(QTest::qWaitFor([&] { return open.window.recording() && open.window.settled(); }, kLimitMs));
    QVERIFY(open.window.eventSource().rows() > 0);
    // And when another cannot be opened, what is open stays.
    open.window.openFiles({"/nonexistent/x.trace"});
    QTRY_VERIFY_WITH_TIMEOUT(open.window.openError().contains("/nonexistent/x.trace"), kLimitMs);
    QVERIFY(open.window.recording() != nullptr);
  }

  void cut_and_flipped_files_open_with_a_banner() {
    QFile whole(QString::fromStdString(sample("build").front()));
    QVERIFY(whole.open(QIODevice::ReadOnly));
    QByteArray bytes = whole.readAll();
    const QString path = folder_.filePath("broken.trace");
    for (int i = 0; i < 2; ++i) {
      QByteArray broken = bytes;
      if (i == 0) {
        broken.truncate(broken.size() / 2);
      } else {
        // In the group table of a block of calls: no question about them gets round it.
        qsizetype frame = bytes.indexOf(QByteArray::fromHex("e5b3f731"), bytes.size() / 2);
        while (frame >= 0 && (bytes[frame + 4] != 2 || bytes[frame + 6] != 1))
          frame = bytes.indexOf(QByteArray::fromHex("e5b3f731"), frame + 4);
        QVERIFY(frame >= 0);
        broken[frame + 64] = static_cast<char>(broken[frame + 64] ^ 0x55);
      }
      QFile file(path);
      QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
      file.write(broken);
      file.close();
      OpenWindow open({path.toStdString()});
      QVERIFY2(open.window.openError().isEmpty(), qPrintable(open.window.openError()));
      QVERIFY(open.window.banner().isVisible());
    }
  }

  void empty_and_tiny_recordings() {
    {
      OpenWindow open({traces_.make("")});
      QCOMPARE(open.window.eventSource().rows(), uint64_t{0});
      QVERIFY(!open.window.events().emptyText().isEmpty());
    }
    OpenWindow open({traces_.make("10us cat read fd=3 count=1 1 file=/a dur=5us\n", "one.trace")});
    QCOMPARE(open.window.eventSource().rows(), uint64_t{1});
    open.window.events().setCurrentRow(0);
    QVERIFY(open.settle());
    QVERIFY(open.window.details().headline().startsWith("read(3</a>"));
  }

  void every_action_is_in_a_menu_and_keys_are_unique() {
    MainWindow window;
    QStringList keys;
    for (const ActionEntry& entry : window.actions().list()) {
      QVERIFY2(!entry.text.isEmpty() && !entry.menu.isEmpty(), qPrintable(entry.text));
      QVERIFY2(window.actions().menu(entry.menu)->actions().contains(entry.action), qPrintable(entry.text));
      for (const QKeySequence& key : entry.keys) {
        QVERIFY2(!keys.contains(key.toString()), qPrintable(key.toString()));
        keys += key.toString();
      }
    }
    for (const QWidget* widget : window.findChildren<QWidget*>())
      if (widget->focusPolicy() & Qt::TabFocus && widget->isVisibleTo(&window) && !widget->inherits("QScrollBar") &&
          !widget->inherits("QMenu")) {
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()),
                 qPrintable(QString::fromLatin1(widget->metaObject()->className())));
      }
  }

  void both_themes_paint() {
    for (const bool dark : {false, true}) {
      QApplication::setPalette(qt_palette(dark ? dark_colours() : light_colours()));
      OpenWindow open(sample("losses"));
      const QImage image = open.window.grab().toImage();
      const QColor base = image.pixelColor(image.width() / 4, image.height() - 60);
      QCOMPARE(base.lightness() < 128, dark);
    }
  }

 private:
  using analyzerRow = an::EventRow;
  static std::vector<an::EventRow> rows(OpenWindow& open, uint64_t most) {
    an::EventRows all(*open.window.recording()->session, open.window.scope().now().whole_filter(), {}, {});
    all.count();
    return all.read(0, most);
  }
};

QTEST_MAIN(WindowTest)
#include "window_test.moc"
