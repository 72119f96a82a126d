// SPDX-License-Identifier: Apache-2.0
// The timeline under mouse and keyboard, on a real recording.
#include "gui/timeline/timeline_view.h"

#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QtTest>

#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/timeline/scene.h"
#include "tests/script.h"

using namespace ebpftrace;
using namespace ebpftrace::gui;
using analyzer::LaneKind;
using analyzer::TimeSpan;

namespace {

constexpr int kLimitMs = 60'000;  // that a machine under load may take; nothing is measured
constexpr int kTop = sizes::kMinimap + sizes::kRuler, kLeft = sizes::kLaneColumn;

constexpr char kWorld[] =
    "0us sh exec /bin/sh sh run.sh\n"
    "10us sh fork cat\n"
    "100us sh wait4 101 dur=700us\n"
    "20us cat exec /bin/cat cat file\n"
    "200us cat read fd=3 1 file=/a dur=100us\n"
    "400us cat write fd=1 -EIO file=/b dur=200us\n"
    "700us cat exit 0\n"
    "990us sh exit 0\n";

// A scripted trace with its session.
struct World {
  explicit World(const std::string& text) : trace(script(text)), session(trace) {}
  trace::Trace trace;
  analyzer::Session session;
};

std::shared_ptr<const analyzer::Session> scripted(const char* world) {
  const auto both = std::make_shared<World>(world);
  return {both, &both->session};
}

void show(TimelineView& view, std::shared_ptr<const analyzer::Session> session) {
  QSignalSpy refined(&view, &TimelineView::refined);
  view.resize(kLeft + 1000 + view.verticalScrollBar()->sizeHint().width(), 500);
  view.setSession(std::move(session));
  view.show();
  QVERIFY(refined.wait(kLimitMs));
}

uint32_t lane_of(const TimelineView& view, const std::string& name) {
  const auto& lanes = view.timeline()->lanes();
  for (uint32_t i = 0; i < lanes.size(); ++i)
    if (lanes[i].name == name && lanes[i].kind == LaneKind::kProcess) return i;
  return analyzer::kNoLane;
}

// Rows that are selected are higher where single calls are to be seen.
int y_of(const TimelineView& view, const std::string& name) { return view.laneRect(lane_of(view, name)).center().y(); }

// Rows of the world: Processes, sh, cat, Findings.
int y_of_row(int row) { return kTop + row * sizes::kLane + sizes::kLane / 2; }

void wheel(TimelineView& view, QPoint at, int turns, Qt::KeyboardModifiers modifiers) {
  QWheelEvent event(QPointF(at), view.viewport()->mapToGlobal(QPointF(at)), QPoint(), QPoint(0, 120 * turns),
                    Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(view.viewport(), &event);
}

}  // namespace

class TimelineViewTest : public QObject {
  Q_OBJECT

 private slots:
  void shows_all_of_it_at_first() {
    TimelineView view;
    show(view, scripted(kWorld));
    QCOMPARE(view.range(), view.extent());
    QCOMPARE(view.timeline()->lanes().size(), size_t{4});
    QVERIFY(!view.canZoomBack());
    QVERIFY(view.viewport()->grab().toImage().width() > 0);
  }
  void zooms_at_the_cursor_and_back() {
    TimelineView view;
    show(view, scripted(kWorld));
    const TimeSpan all = view.extent();
    const QPoint at(kLeft + 250, y_of_row(1));
    const int64_t before = view.range().from_ns + static_cast<int64_t>(250 * view.nsPerPixel());
    wheel(view, at, 4, Qt::ControlModifier);
    QVERIFY(view.range().length_ns() < all.length_ns() / 2);
    const int64_t after = view.range().from_ns + static_cast<int64_t>(250 * view.nsPerPixel());
    QVERIFY(std::abs(after - before) <= static_cast<int64_t>(view.nsPerPixel()) + 2);
    QVERIFY(view.canZoomBack());
    const TimeSpan zoomed = view.range();
    QTest::keyClick(&view, Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(view.range(), all);
    QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
    QCOMPARE(view.range(), zoomed);
    QTest::keyClick(&view, Qt::Key_0);
    QCOMPARE(view.range(), all);
  }
  void keys_zoom_and_pan() {
    TimelineView view;
    show(view, scripted(kWorld));
    const TimeSpan all = view.extent();
    QTest::keyClick(&view, Qt::Key_W);
    QVERIFY(view.range().length_ns() < all.length_ns());
    const TimeSpan zoomed = view.range();
    QTest::keyClick(&view, Qt::Key_D);
    QVERIFY(view.range().from_ns > zoomed.from_ns);
    QCOMPARE(view.range().length_ns(), zoomed.length_ns());
    QTest::keyClick(&view, Qt::Key_A);
    QCOMPARE(view.range(), zoomed);
    wheel(view, {kLeft + 10, y_of_row(1)}, -1, Qt::ShiftModifier);
    QVERIFY(view.range().from_ns > zoomed.from_ns);
    QTest::keyClick(&view, Qt::Key_S);
    QTest::keyClick(&view, Qt::Key_S);
    QCOMPARE(view.range(), all);
  }
  void a_drag_selects_a_range_and_f_fits_it() {
    TimelineView view;
    show(view, scripted(kWorld));
    QSignalSpy changed(&view, &TimelineView::selectionChanged);
    QTest::mousePress(view.viewport(), Qt::LeftButton, {}, {kLeft + 600, y_of_row(1)});
    QTest::mouseMove(view.viewport(), {kLeft + 500, y_of_row(1)});
    QTest::mouseMove(view.viewport(), {kLeft + 200, y_of_row(2)});
    QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, {kLeft + 200, y_of_row(2)});
    QCOMPARE(changed.count(), 1);
    QVERIFY(view.selectedRange());
    const double ns = view.nsPerPixel();
    QVERIFY(std::abs(static_cast<double>(view.selectedRange()->from_ns) - 200 * ns) <= ns + 1);
    QVERIFY(std::abs(static_cast<double>(view.selectedRange()->to_ns) - 600 * ns) <= ns + 1);
    // An edge can be moved, past the other one too.
    QTest::mousePress(view.viewport(), Qt::LeftButton, {}, {kLeft + 201, y_of_row(1)});
    QTest::mouseMove(view.viewport(), {kLeft + 650, y_of_row(1)});
    QTest::mouseMove(view.viewport(), {kLeft + 700, y_of_row(1)});
    QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, {kLeft + 700, y_of_row(1)});
    QVERIFY(std::abs(static_cast<double>(view.selectedRange()->from_ns) - 600 * ns) <= ns + 1);
    QVERIFY(std::abs(static_cast<double>(view.selectedRange()->to_ns) - 700 * ns) <= ns + 1);
    const TimeSpan chosen = *view.selectedRange();
    QTest::keyClick(&view, Qt::Key_F);
    QVERIFY(view.range().from_ns <= chosen.from_ns && view.range().to_ns >= chosen.to_ns);
    QVERIFY(view.range().length_ns() < chosen.length_ns() * 6 / 5);
    QTest::keyClick(&view, Qt::Key_Escape);
    QVERIFY(!view.selectedRange());
  }
  void a_click_selects_the_call_there_and_steps_follow_the_lane() {
    TimelineView view;
    show(view, scripted(kWorld));
    QSignalSpy selected(&view, &TimelineView::eventSelected);
    // The write, 400 to 600 µs of 990.
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {},
                      {kLeft + static_cast<int>(500'000 / view.nsPerPixel()), y_of_row(2)});
    QTRY_COMPARE_WITH_TIMEOUT(selected.count(), 1, kLimitMs);
    QCOMPARE(view.selectedEvent()->start_ns, int64_t{400'000});
    QTest::keyClick(&view, Qt::Key_Comma);
    QTRY_COMPARE_WITH_TIMEOUT(selected.count(), 2, kLimitMs);
    QCOMPARE(view.selectedEvent()->start_ns, int64_t{200'000});
    QTest::keyClick(&view, Qt::Key_Period);
    QTRY_COMPARE_WITH_TIMEOUT(selected.count(), 3, kLimitMs);
    QCOMPARE(view.selectedEvent()->start_ns, int64_t{400'000});
  }
  void going_to_an_event_brings_it_into_view() {
    TimelineView view;
    show(view, scripted(kWorld));
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {},
                      {kLeft + static_cast<int>(250'000 / view.nsPerPixel()), y_of_row(2)});
    QTRY_VERIFY_WITH_TIMEOUT(view.selectedEvent(), kLimitMs);
    const analyzer::EventRef read = *view.selectedEvent();
    view.clearSelection();
    view.showRange({800'000, 900'000});
    view.foldAll();
    QSignalSpy ranges(&view, &TimelineView::rangeChanged);
    view.goTo(read);
    QTRY_VERIFY_WITH_TIMEOUT(view.selectedEvent(), kLimitMs);
    QVERIFY(view.range().contains(read.start_ns));
    QCOMPARE(view.selectedEvent()->start_ns, int64_t{200'000});
  }
  void lanes_fold_and_are_selected_by_mouse_and_keys() {
    TimelineView view;
    show(view, scripted(kWorld));
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {150, y_of(view, "cat")});
    QCOMPARE(view.selectedLanes(), std::vector<uint32_t>{lane_of(view, "cat")});
    QCOMPARE(view.selectedLanesFilter(),
             QStringLiteral("pid == %1").arg(view.timeline()->lanes()[lane_of(view, "cat")].pid));
    QTest::keyClick(&view, Qt::Key_Up);
    QCOMPARE(view.selectedLanes(), std::vector<uint32_t>{lane_of(view, "sh")});
    QTest::mouseClick(view.viewport(), Qt::LeftButton, Qt::ControlModifier, {150, y_of(view, "cat")});
    QCOMPARE(view.selectedLanes().size(), size_t{2});
    // Its triangle folds the shell; cat's row is gone then.
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {11, y_of(view, "sh")});
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {150, y_of(view, "sh")});
    QCOMPARE(view.selectedLanes(), std::vector<uint32_t>{lane_of(view, "sh")});
    QCOMPARE(view.selectedLanesFilter(),
             QStringLiteral("descends_from(%1)").arg(view.timeline()->lanes()[lane_of(view, "sh")].pid));
    QTest::keyClick(&view, Qt::Key_Right);
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {150, y_of(view, "cat")});
    QCOMPARE(view.selectedLanes(), std::vector<uint32_t>{lane_of(view, "cat")});
  }
  void a_click_in_the_ruler_sets_the_playhead() {
    TimelineView view;
    show(view, scripted(kWorld));
    QSignalSpy moved(&view, &TimelineView::playheadChanged);
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {kLeft + 300, sizes::kMinimap + 10});
    QCOMPARE(moved.count(), 1);
    QVERIFY(std::abs(static_cast<double>(*view.playhead()) - 300 * view.nsPerPixel()) <= view.nsPerPixel() + 1);
  }
  void a_marker_says_what_it_is_where_its_pennant_is() {
    TimelineView view;
    show(view, scripted(kWorld));
    view.setMarks({{300'000, QStringLiteral("first"), false}, {500'000, QStringLiteral("<b>second"), true}});
    QSignalSpy hovered(&view, &TimelineView::hovered);
    auto said_at = [&](QPoint at) {
      hovered.clear();
      QTest::mouseMove(view.viewport(), at);
      const bool any =
          QTest::qWaitFor([&] { return !hovered.isEmpty() && !hovered.back().front().toString().isEmpty(); }, 2'000);
      return any ? hovered.back().front().toString() : QString();
    };
    const int x = kLeft + static_cast<int>(500'000 / view.nsPerPixel());
    QVERIFY(said_at({x + 3, sizes::kMinimap + 4}).endsWith(QStringLiteral("  <b>second")));
    const double share = 300'000 / static_cast<double>(view.extent().length_ns());
    const int in_minimap = kLeft + static_cast<int>(share * (view.viewport()->width() - kLeft));
    QVERIFY(said_at({in_minimap + 3, 20}).endsWith(QStringLiteral("  first")));
    QCOMPARE(said_at({x - 40, sizes::kMinimap + 4}), QString());
  }
  void the_minimap_moves_the_view() {
    TimelineView view;
    show(view, scripted(kWorld));
    view.showRange({0, 100'000});
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {kLeft + 800, 20});
    QVERIFY(view.range().contains(static_cast<int64_t>(0.8 * static_cast<double>(view.extent().length_ns()))));
    QCOMPARE(view.range().length_ns(), int64_t{100'000});
  }
  void a_right_click_says_what_it_was_on() {
    TimelineView view;
    show(view, scripted(kWorld));
    std::vector<ValueAt> values;
    connect(&view, &TimelineView::valueMenuRequested, &view,
            [&](const ValueAt& value, const QPoint&) { values.push_back(value); });
    auto click = [&](QPoint at) {
      QContextMenuEvent event(QContextMenuEvent::Mouse, at, view.viewport()->mapToGlobal(at));
      QCoreApplication::sendEvent(view.viewport(), &event);
    };
    click({100, y_of_row(2)});
    click({kLeft + static_cast<int>(500'000 / view.nsPerPixel()), y_of_row(2)});
    QCOMPARE(values.size(), size_t{2});
    QCOMPARE(values[0].field, QStringLiteral("pid"));
    QCOMPARE(values[1].filter(), QStringLiteral("syscall == \"write\""));
    QVERIFY(values[1].event);
  }
  void a_filter_that_makes_no_sense_is_said() {
    TimelineView view;
    show(view, scripted(kWorld));
    QSignalSpy failed(&view, &TimelineView::failed);
    view.setFilter(QStringLiteral("nonsense =="));
    QVERIFY(failed.wait(30'000));
    QSignalSpy refined(&view, &TimelineView::refined);
    view.setFilter(QStringLiteral("syscall == \"read\""));
    QVERIFY(refined.wait(30'000));
  }
  void searching_leaves_what_matches() {
    TimelineView view;
    show(view, scripted(kWorld));
    view.findLane();
    auto* find = view.findChild<QLineEdit*>();
    QVERIFY(find);
    QTest::keyClicks(find, QStringLiteral("cat"));
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {150, y_of_row(2)});
    QCOMPARE(view.selectedLanes(), std::vector<uint32_t>{lane_of(view, "cat")});
  }
  void every_sample_is_painted_in_both_themes_data() {
    QTest::addColumn<QString>("file");
    for (const char* file : {"build.trace", "file-io.trace", "killed.trace", "losses.trace", "network.trace"})
      QTest::newRow(file) << QString::fromLatin1(file);
  }
  void every_sample_is_painted_in_both_themes() {
    QFETCH(QString, file);
    auto sessions =
        analyzer::Session::open(std::vector<std::string>{std::string(SAMPLES_FOLDER) + "/" + file.toStdString()});
    TimelineView view;
    show(view, std::move(sessions.front()));
    const QImage light = view.grab().toImage();
    view.setPalette(qt_palette(dark_colours()));
    const QImage dark = view.grab().toImage();
    QVERIFY(light != dark);
    QVERIFY(qGray(light.pixel(light.width() - 30, light.height() - 3)) > 200);
    QVERIFY(qGray(dark.pixel(dark.width() - 30, dark.height() - 3)) < 60);
  }
  void nothing_open_and_another_one_open() {
    TimelineView view;
    view.resize(900, 400);
    view.show();
    QVERIFY(!view.timeline());
    QTest::keyClick(&view, Qt::Key_W);
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {kLeft + 10, 200});
    show(view, scripted(kWorld));
    QVERIFY(view.timeline());
    view.setSession(nullptr);
    QVERIFY(!view.timeline());
    view.grab();
    // A trace without any call.
    QSignalSpy loaded(&view, &TimelineView::loaded);
    view.setSession(scripted("1us sh fork cat\n"));
    QVERIFY(loaded.wait(30'000));
    view.grab();
  }
  void hostile_names_are_painted_as_text() {
    TimelineView view;
    show(view, scripted("0us sh exec /bin/sh \"<img src=x>\" \"\\x1b[31m\"\n10us sh comm \"<b>\\xe2\\x80\\xae\"\n20us "
                        "sh read fd=3 1 file=/a dur=5us\n"));
    QVERIFY(!view.grab().isNull());
  }
};

QTEST_MAIN(TimelineViewTest)
#include "timeline_view_test.moc"
