// SPDX-License-Identifier: Apache-2.0
// The timeline on a screen that is scaled by 1.5: what is clicked on is what is shown there, images have a column for each of the
// screen's pixels, and lines of one pixel are one pixel everywhere.
#include <QApplication>
#include <QSignalSpy>
#include <QtTest>

#include "gui/style/device_grid.h"
#include "gui/style/palette.h"
#include "gui/style/sizes.h"
#include "gui/style/type.h"
#include "gui/timeline/timeline_view.h"
#include "tests/script.h"

using namespace ebpftrace;
using namespace ebpftrace::gui;

namespace {

constexpr int kLimitMs = 60'000;  // that a machine under load may take; nothing is measured
constexpr double kScale = 1.5;
constexpr int kTop = sizes::kMinimap + sizes::kRuler, kLeft = sizes::kLaneColumn;
constexpr int kWide = 1000;  // pixels of the lanes
// Not so near that single calls are shown, in taller lanes.
constexpr int64_t kViewNs = 30'000'000, kDevicePixelNs = 20'000;

// The reads are a device pixel each, with one between them; the write is 200 of them.
constexpr char kWorld[] =
    "0us sh exec /bin/sh sh run.sh\n"
    "10us sh fork cat\n"
    "20us cat exec /bin/cat cat file\n"
    "6000us cat read fd=3 1 file=/a dur=12us\n"
    "6040us cat read fd=3 1 file=/a dur=12us\n"
    "8000us cat write fd=1 5 file=/b dur=4000us\n"
    "38000us cat exit 0\n"
    "39800us sh exit 0\n";

struct World {
  explicit World(const std::string& text) : trace(script(text)), session(trace) {}
  trace::Trace trace;
  analyzer::Session session;
};

void show(TimelineView& view) {
  const auto world = std::make_shared<World>(kWorld);
  view.resize(kLeft + kWide, 500);  // of few lanes: without a scroll bar
  QSignalSpy refined(&view, &TimelineView::refined);
  view.setSession({world, &world->session});
  view.show();
  QVERIFY(refined.wait(kLimitMs));
  refined.clear();
  view.showRange({0, kViewNs});
  QVERIFY(refined.wait(kLimitMs));
  QCOMPARE(view.range(), (analyzer::TimeSpan{0, kViewNs}));
}

int y_of_row(int row) { return kTop + row * sizes::kLane + sizes::kLane / 2; }
int x_of(int64_t ns) { return kLeft + static_cast<int>(static_cast<double>(ns) / kScale / kDevicePixelNs); }
int device(double logical) { return static_cast<int>(std::lround(logical * kScale)); }

// Lengths of the runs of a colour along a line of pixels.
template <typename PixelAt>
std::vector<int> runs(int from, int to, const QColor& colour, PixelAt pixel_at) {
  std::vector<int> lengths;
  int length = 0;
  for (int i = from; i < to; ++i) {
    if (pixel_at(i) == colour.rgb()) {
      ++length;
    } else if (length) {
      lengths.push_back(length);
      length = 0;
    }
  }
  if (length) lengths.push_back(length);
  return lengths;
}

}  // namespace

class ScaledTest : public QObject {
  Q_OBJECT

 private slots:
  void images_have_the_screens_pixels() {
    TimelineView view;
    show(view);
    QCOMPARE(view.devicePixelRatioF(), kScale);
    const QImage image = view.viewport()->grab().toImage();
    QCOMPARE(image.size(), QSize(device(kLeft + kWide), device(500)));
    const Colours& colours = light_colours();
    const int y = device(y_of_row(2) - 3), left = device(kLeft);
    // Each read has a column of its own, and what is between them too.
    QVERIFY(image.pixel(left + 300, y) != colours.lifetime.rgb());
    QCOMPARE(image.pixelColor(left + 301, y), colours.lifetime);
    QCOMPARE(image.pixel(left + 302, y), image.pixel(left + 300, y));
    QCOMPARE(image.pixelColor(left + 303, y), colours.lifetime);
    // The write begins and ends between two pixels: none is mixed.
    const QColor write = colours.classes[static_cast<size_t>(analyzer::CallClass::kFile)];
    QCOMPARE(image.pixelColor(left + 399, y), colours.lifetime);
    QCOMPARE(image.pixelColor(left + 400, y), write);
    QCOMPARE(image.pixelColor(left + 599, y), write);
    QCOMPARE(image.pixelColor(left + 600, y), colours.lifetime);
  }
  void hairlines_are_one_pixel_everywhere() {
    TimelineView view;
    show(view);
    view.setPlayhead(14'222'000);
    const QImage image = view.viewport()->grab().toImage();
    const Colours& colours = light_colours();
    // Ticks of the ruler, above its lower edge.
    const int ruler = device(kTop - 2.5);
    const std::vector<int> ticks =
        runs(device(kLeft), image.width(), colours.tick, [&](int x) { return image.pixel(x, ruler); });
    QVERIFY(ticks.size() > 10);
    QCOMPARE(std::set<int>(ticks.begin(), ticks.end()), std::set<int>{1});
    // The grid where no lane is, and the playhead.
    const int below = device(y_of_row(8));
    const std::vector<int> grid =
        runs(device(kLeft), image.width(), colours.grid, [&](int x) { return image.pixel(x, below); });
    QVERIFY(grid.size() > 4);
    QCOMPARE(std::set<int>(grid.begin(), grid.end()), std::set<int>{1});
    QCOMPARE(runs(device(kLeft), image.width(), colours.text, [&](int x) { return image.pixel(x, below); }),
             std::vector<int>{1});
    // Between lanes, in their column where no text is.
    const int margin = device(3);
    const std::vector<int> borders =
        runs(0, image.height(), colours.border, [&](int y) { return image.pixel(margin, y); });
    QVERIFY(borders.size() >= 3);
    QCOMPARE(std::set<int>(borders.begin(), borders.end()), std::set<int>{1});
    // The column's right edge.
    QCOMPARE(runs(device(kLeft) - 8, device(kLeft), colours.border, [&](int x) { return image.pixel(x, below); }),
             std::vector<int>{1});
  }
  void edges_of_a_selection_are_where_its_flags_are() {
    TimelineView view;
    show(view);
    view.selectRange({6'666'000, 22'014'000});
    const QImage image = view.viewport()->grab().toImage();
    const int below = device(y_of_row(8)), flag = device(sizes::kMinimap + 5);
    auto first_gold = [&](int y) {
      for (int x = device(kLeft); x < image.width(); ++x)
        if (image.pixelColor(x, y) == light_colours().gold) return x;
      return -1;
    };
    QCOMPARE(first_gold(below), device(kLeft) + 333);
    QCOMPARE(first_gold(flag), device(kLeft) + 333);
    QCOMPARE(runs(device(kLeft), image.width(), light_colours().gold, [&](int x) { return image.pixel(x, below); }),
             (std::vector<int>{2, 2}));
  }
  void what_is_clicked_on_is_what_is_there() {
    TimelineView view;
    show(view);
    QSignalSpy selected(&view, &TimelineView::eventSelected);
    for (const int64_t at : {8'200'000, 10'000'000, 11'900'000}) {
      view.clearSelection();
      const auto before = selected.count();
      QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {x_of(at), y_of_row(2)});
      QTRY_COMPARE_WITH_TIMEOUT(selected.count(), before + 1, kLimitMs);
      QCOMPARE(view.selectedEvent()->start_ns, int64_t{8'000'000});
    }
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {x_of(18'000'000), sizes::kMinimap + 10});
    QVERIFY(view.playhead());
    QVERIFY(std::abs(*view.playhead() - 18'000'000) <= 2 * kDevicePixelNs);
    // A drag from pixel to pixel is that time, and its edges are found where they are drawn.
    QTest::mousePress(view.viewport(), Qt::LeftButton, {}, {x_of(14'000'000), y_of_row(3)});
    QTest::mouseMove(view.viewport(), {x_of(16'000'000), y_of_row(3)});
    QTest::mouseMove(view.viewport(), {x_of(20'000'000), y_of_row(3)});
    QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, {x_of(20'000'000), y_of_row(3)});
    QVERIFY(view.selectedRange());
    QVERIFY(std::abs(view.selectedRange()->from_ns - 14'000'000) <= 2 * kDevicePixelNs);
    QVERIFY(std::abs(view.selectedRange()->to_ns - 20'000'000) <= 2 * kDevicePixelNs);
    QTest::mousePress(view.viewport(), Qt::LeftButton, {}, {x_of(20'000'000) + 2, y_of_row(3)});
    QTest::mouseMove(view.viewport(), {x_of(22'000'000), y_of_row(3)});
    QTest::mouseMove(view.viewport(), {x_of(24'000'000), y_of_row(3)});
    QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, {x_of(24'000'000), y_of_row(3)});
    QVERIFY(std::abs(view.selectedRange()->from_ns - 14'000'000) <= 2 * kDevicePixelNs);
    QVERIFY(std::abs(view.selectedRange()->to_ns - 24'000'000) <= 2 * kDevicePixelNs);
  }
  void the_grid_is_of_the_device_data() {
    QTest::addColumn<double>("scale");
    QTest::addColumn<int>("line");
    QTest::addColumn<int>("edge");
    QTest::newRow("1") << 1.0 << 1 << 1;
    QTest::newRow("1.25") << 1.25 << 1 << 2;
    QTest::newRow("1.5") << 1.5 << 1 << 2;
    QTest::newRow("1.75") << 1.75 << 2 << 2;
    QTest::newRow("2") << 2.0 << 2 << 3;
    QTest::newRow("3") << 3.0 << 3 << 4;
  }
  void the_grid_is_of_the_device() {
    QFETCH(double, scale);
    QFETCH(int, line);
    QFETCH(int, edge);
    QImage image(200, 200, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::white);
    QPainter painter(&image);
    painter.scale(scale, scale);
    painter.translate(0.3, 0.7);
    const DeviceGrid grid(painter);
    for (int x = 0; x < 60; x += 7) painter.fillRect(grid.upright(x, 0, 20), Qt::black);
    painter.fillRect(grid.upright(3, 40, 20, 1.4), Qt::red);
    painter.end();
    const int y = static_cast<int>(10 * scale);
    const std::vector<int> lines = runs(0, 200, Qt::black, [&](int x) { return image.pixel(x, y); });
    QVERIFY(lines.size() >= 8);
    QCOMPARE(std::set<int>(lines.begin(), lines.end()), std::set<int>{line});
    const int lower = static_cast<int>(50 * scale);
    QCOMPARE(runs(0, 200, Qt::red, [&](int x) { return image.pixel(x, lower); }), std::vector<int>{edge});
  }
};

int main(int argc, char** argv) {
  qputenv("QT_SCALE_FACTOR", "1.5");
  QApplication application(argc, argv);
  ScaledTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "scaled_test.moc"
